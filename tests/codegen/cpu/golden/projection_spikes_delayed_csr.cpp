#define ANNLAB_SPLIT_ROWS
#include "storage.hpp"

using real = double;
using integer = int64_t;

// Spikes that arrive in this step.
template <class Storage, bool SHARED>
static inline void deliver_(void* const* _slots, const annlab_step* _now) {
    const int32_t* const _flags = (const int32_t*)_slots[10];
    if (!_flags[0] || !*(const int32_t*)_slots[16]) return;
    const double _dt64 = *(const double*)_slots[9];
    const real _t = real(double(_now->step) * _dt64), _dt = real(_dt64);
    const int64_t* const _sizes = (const int64_t*)_slots[15];
    const int64_t _n_pre = _sizes[0], _n_post = _sizes[1], _delay = *(const int64_t*)_slots[12];
    const int32_t* const _delays = (const int32_t*)_slots[13];
    const bool _is_plastic = _flags[3];
    const annlab_step* const _who = _now;
    const annlab::Range _own = annlab::own_neurons(_n_post, _who);
    const real _shared_w = SHARED ? *(const real*)_slots[18] : real(0);
    real* const _target_0 = (real*)_slots[19];
    real* const _p_w = (real*)_slots[18];
    const annlab::SpikeRing _ring = annlab::SpikeRing::of(
        _slots[20], _slots[21], _slots[22], _slots[23]);
    const Storage _storage = Storage::of(_slots, _who);
    for (int64_t _emitted = _now->step - 1; _emitted >= _now->step - _delay; --_emitted)
    annlab::for_spikes_ahead(_ring, _emitted, [&](int64_t j, int64_t _next) {
        _storage.row_of_delay_ahead(j, _next, _now->step - _emitted, _own, [&](auto k, auto i) __attribute__((always_inline)) {
            const real w = SHARED ? _shared_w : _p_w[k];
            _target_0[i] += w;  // g_target += w
        }, (SHARED ? nullptr : _p_w));
    });
}

extern "C" void deliver_narrow_own(void* const* slots, const annlab_step* now) {
    deliver_<annlab::Csr<uint16_t>, false>(slots, now);
}
extern "C" void deliver_narrow_shared(void* const* slots, const annlab_step* now) {
    deliver_<annlab::Csr<uint16_t>, true>(slots, now);
}
extern "C" void deliver_wide_own(void* const* slots, const annlab_step* now) {
    deliver_<annlab::Csr<int32_t>, false>(slots, now);
}
extern "C" void deliver_wide_shared(void* const* slots, const annlab_step* now) {
    deliver_<annlab::Csr<int32_t>, true>(slots, now);
}
