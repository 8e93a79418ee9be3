#include "storage.hpp"

using real = double;
using integer = int64_t;

// Sums over the synapses of each postsynaptic neuron.
template <class Storage, bool SHARED>
static inline void transmit_(void* const* _slots, const annlab_step* _now) {
    const int32_t* const _flags = (const int32_t*)_slots[10];
    if (!_flags[0] || !*(const int32_t*)_slots[16]) return;
    const double _dt64 = *(const double*)_slots[9];
    const real _t = real(double(_now->step) * _dt64), _dt = real(_dt64);
    const int64_t* const _sizes = (const int64_t*)_slots[15];
    const int64_t _n_pre = _sizes[0], _n_post = _sizes[1], _delay = *(const int64_t*)_slots[12];
    const bool _is_plastic = _flags[3];
    const annlab_step* const _who = _now;
    const annlab::Range _own = annlab::own_neurons(_n_post, _who);
    const real _shared_w = SHARED ? *(const real*)_slots[18] : real(0);
    real* const _target_0 = (real*)_slots[19];
    real* const _p_w = (real*)_slots[18];
    const real* const _at_pre_r = annlab::Delayed<real>((const real*)_slots[20], (const real*)_slots[21], (const int64_t*)_slots[22], _now->step + 0).at(_delay);
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

extern "C" void transmit_narrow_own(void* const* slots, const annlab_step* now) {
    transmit_<annlab::Csr<uint16_t>, false>(slots, now);
}
extern "C" void transmit_narrow_shared(void* const* slots, const annlab_step* now) {
    transmit_<annlab::Csr<uint16_t>, true>(slots, now);
}
extern "C" void transmit_wide_own(void* const* slots, const annlab_step* now) {
    transmit_<annlab::Csr<int32_t>, false>(slots, now);
}
extern "C" void transmit_wide_shared(void* const* slots, const annlab_step* now) {
    transmit_<annlab::Csr<int32_t>, true>(slots, now);
}
