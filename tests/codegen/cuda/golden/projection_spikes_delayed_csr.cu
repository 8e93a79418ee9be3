#include "storage.cuh"

using real = double;
using integer = int64_t;

// Spikes that arrive in this step.
template <class Storage, bool SHARED>
ANNLAB_INLINE void deliver_(void* const* _slots, const annlab_step* _now) {
    const int32_t* const _flags = (const int32_t*)_slots[9];
    if (!_flags[0] || !*(const int32_t*)_slots[15]) return;
    const annlab::Team _team = annlab::Team::of();
    if (_team.is_idle()) return;
    const double _dt64 = *(const double*)_slots[8];
    const real _t = real(double(_now->step) * _dt64), _dt = real(_dt64);
    const int64_t* const _sizes = (const int64_t*)_slots[14];
    const int64_t _n_pre = _sizes[0], _n_post = _sizes[1], _delay = *(const int64_t*)_slots[11];
    const int32_t* const _delays = (const int32_t*)_slots[12];
    const bool _is_plastic = _flags[3];
    const Storage _storage = Storage::of(_slots);
    const annlab::Range _own = annlab::own_neurons(_n_post, _team);
    const real _shared_w = SHARED ? *(const real*)_slots[17] : real(0);
    real* const _target_0 = (real*)_slots[18];
    real* const _p_w = (real*)_slots[17];
    const annlab::SpikeRing _ring = annlab::SpikeRing::of(
        _slots[19], _slots[20], _slots[21], _slots[22]);
    annlab::for_delayed(_storage, _ring, _now->step, _delay, _own, _team, false, [&](int64_t j, int64_t k, int64_t i, int64_t _emitted) {
        const real w = SHARED ? _shared_w : _p_w[k];
        _target_0[i] += w;  // g_target += w
    });
}

// The same where the weights are only added up: as integers, in any order.
template <class Storage, bool SHARED>
ANNLAB_INLINE void accumulate_(void* const* _slots, const annlab_step* _now) {
    const int32_t* const _flags = (const int32_t*)_slots[9];
    if (!_flags[0] || !*(const int32_t*)_slots[15]) return;
    const annlab::Sharing _sharing = annlab::Sharing::of(_slots[27]);
    if (_sharing.is_idle()) return;
    const int64_t _delay = *(const int64_t*)_slots[11];
    const Storage _storage = Storage::of(_slots);
    const real* const _p_w = (const real*)_slots[17];
    const real _shared_w = SHARED ? *_p_w : real(0);
    int64_t* const _pending_0 = (int64_t*)_slots[28];
    const double _scale_0 = *(const double*)_slots[29];
    const annlab::SpikeRing _ring = annlab::SpikeRing::of(
        _slots[19], _slots[20], _slots[21], _slots[22]);
    annlab::for_arriving_delayed(_storage, _ring, _now->step, _delay, _sharing, [&](int64_t k) {
        return SHARED ? _shared_w : _p_w[k];
    }, [&](real w, int64_t i) {
        annlab::add_fixed(_pending_0 + i, double(w) * _scale_0);
    });
}

ANNLAB_KERNEL(deliver_narrow_own, (deliver_<annlab::Csr<uint16_t>, false>))
ANNLAB_KERNEL(deliver_narrow_shared, (deliver_<annlab::Csr<uint16_t>, true>))
ANNLAB_KERNEL(deliver_wide_own, (deliver_<annlab::Csr<int32_t>, false>))
ANNLAB_KERNEL(deliver_wide_shared, (deliver_<annlab::Csr<int32_t>, true>))
ANNLAB_KERNEL(accumulate_narrow_own, (accumulate_<annlab::Csr<uint16_t>, false>))
ANNLAB_KERNEL(accumulate_narrow_shared, (accumulate_<annlab::Csr<uint16_t>, true>))
ANNLAB_KERNEL(accumulate_wide_own, (accumulate_<annlab::Csr<int32_t>, false>))
ANNLAB_KERNEL(accumulate_wide_shared, (accumulate_<annlab::Csr<int32_t>, true>))
