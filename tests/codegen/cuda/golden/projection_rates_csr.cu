#include "storage.cuh"

using real = double;
using integer = int64_t;

// Sums over the synapses of each postsynaptic neuron: a team each.
template <class Storage, bool SHARED>
ANNLAB_INLINE void transmit_(void* const* _slots, const annlab_step* _now) {
    const int64_t* const _begins = (const int64_t*)_slots[19];
    if (_begins[0]) annlab::clear_unless<annlab::WARP>((real*)_slots[18], _slots[9], _slots[15], _slots[14]);
    const int32_t* const _flags = (const int32_t*)_slots[9];
    if (!_flags[0] || !*(const int32_t*)_slots[15]) return;
    const annlab::Team _team = annlab::Team::of();
    if (_team.is_idle()) return;
    const double _dt64 = *(const double*)_slots[8];
    const real _t = real(double(_now->step) * _dt64), _dt = real(_dt64);
    const int64_t* const _sizes = (const int64_t*)_slots[14];
    const int64_t _n_pre = _sizes[0], _n_post = _sizes[1], _delay = *(const int64_t*)_slots[11];
    const bool _is_plastic = _flags[3];
    const Storage _storage = Storage::of(_slots);
    const annlab::Range _own = annlab::own_neurons(_n_post, _team);
    const real _shared_w = SHARED ? *(const real*)_slots[17] : real(0);
    real* const _target_0 = (real*)_slots[18];
    real* const _p_w = (real*)_slots[17];
    const real* const _at_pre_r = annlab::Delayed<real>((const real*)_slots[20], (const real*)_slots[21], (const int64_t*)_slots[22], _now->step + 0).at(_delay);
    for (int64_t i = _team.index; i < _n_post; i += _team.count) {
        real _sum = 0;
        int32_t _count = 0;
        _storage.row(i, _team.lane, annlab::WARP, [&](int64_t k, int64_t j) {
            const real w = SHARED ? _shared_w : annlab::streamed(_p_w + k);
            const real _pre_r = _at_pre_r[j];
            const real _value = w * _pre_r;
            _sum += _value;
            ++_count;
        }, [&](int64_t k) {
            annlab::ask_for((SHARED ? nullptr : _p_w), k);
        });
        _sum = annlab::total(_sum);
        _count = annlab::total(_count);
        if (_team.lane != 0) continue;
        _target_0[i] = (_begins[0] ? real(0) : _target_0[i]) + _sum;
    }
}

ANNLAB_KERNEL(transmit_narrow_own, (transmit_<annlab::Csr<uint16_t>, false>))
ANNLAB_KERNEL(transmit_narrow_shared, (transmit_<annlab::Csr<uint16_t>, true>))
ANNLAB_KERNEL(transmit_wide_own, (transmit_<annlab::Csr<int32_t>, false>))
ANNLAB_KERNEL(transmit_wide_shared, (transmit_<annlab::Csr<int32_t>, true>))
