#include "storage.hpp"

using real = double;
using integer = int64_t;

// Sums over the synapses of each postsynaptic neuron.
template <class Storage, bool SHARED>
static inline void transmit_(void* const* _slots, const annlab_step* _now) {
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
    const real* const _at_pre_r = annlab::Delayed<real>((const real*)_slots[12], (const real*)_slots[13], (const int64_t*)_slots[14], _now->step + 0).at(_delay);
    const Storage _storage = Storage::of(_slots, _who);
    _storage.template sums<real>(_own, [&](int64_t i) __attribute__((always_inline)) {
        return [=](auto k, auto j) __attribute__((always_inline)) -> real {
            const real w = SHARED ? _shared_w : _p_w[k];
            const real _pre_r = _at_pre_r[j];
            return w * _pre_r;
        };
    }, [&](int64_t i, real _sum) __attribute__((always_inline)) {
        _target_0[i] += _sum;
    }, (SHARED ? nullptr : _p_w));
}

extern "C" void transmit_own(void* const* slots, const annlab_step* now) {
    transmit_<annlab::Dense, false>(slots, now);
}
extern "C" void transmit_shared(void* const* slots, const annlab_step* now) {
    transmit_<annlab::Dense, true>(slots, now);
}
