#define ANNLAB_SPLIT_ROWS
#include "storage.hpp"

using real = double;
using integer = int64_t;

// Spikes that arrive in this step.
template <class Storage, bool SHARED>
static inline void deliver_(void* const* _slots, const annlab_step* _now) {
    const int32_t* const _flags = (const int32_t*)_slots[2];
    if (!_flags[0] || !*(const int32_t*)_slots[8]) return;
    const double _dt64 = *(const double*)_slots[1];
    const real _t = real(double(_now->step) * _dt64), _dt = real(_dt64);
    const int64_t* const _sizes = (const int64_t*)_slots[7];
    const int64_t _n_pre = _sizes[0], _n_post = _sizes[1], _delay = *(const int64_t*)_slots[4];
    const bool _is_plastic = _flags[3];
    const annlab_step* const _who = _now;
    const annlab::Range _own = annlab::own_neurons(_n_post, _who);
    const real _shared_w = SHARED ? *(const real*)_slots[10] : real(0);
    real* const _target_0 = (real*)_slots[11];
    real* const _p_w = (real*)_slots[10];
    const annlab::SpikeRing _ring = annlab::SpikeRing::of(
        _slots[12], _slots[13], _slots[14], _slots[15]);
    const Storage _storage = Storage::of(_slots, _who);
    const int64_t _emitted = _now->step - _delay;
    annlab::for_spikes_ahead(_ring, _emitted, [&](int64_t j, int64_t _next) {
        _storage.row_ahead(j, _next, _own, [&](auto k, auto i) __attribute__((always_inline)) {
            const real w = SHARED ? _shared_w : _p_w[k];
            _target_0[i] += w;  // g_target += w
        }, (SHARED ? nullptr : _p_w));
    });
}

extern "C" void deliver_own(void* const* slots, const annlab_step* now) {
    deliver_<annlab::Dense, false>(slots, now);
}
extern "C" void deliver_shared(void* const* slots, const annlab_step* now) {
    deliver_<annlab::Dense, true>(slots, now);
}
