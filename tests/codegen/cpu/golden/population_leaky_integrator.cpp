
#include "kernel.hpp"

using real = double;
using integer = int64_t;

namespace {

struct Clock {
    double dt64;
    real t, dt;
    Clock(void* const* slots, const annlab_step* now)
        : dt64(*(const double*)slots[2]), t(real(double(now->step) * dt64)), dt(real(dt64)) {}
};

}  // namespace

// One step of the neurons that this thread owns.
extern "C" void update(void* const* _slots, const annlab_step* _now) {
    const int64_t _n = *(const int64_t*)_slots[1];
    const annlab::Range _own = annlab::own(_n, _now);
    const int64_t _end = *(const int32_t*)_slots[0] ? _own.end : _own.begin;
    const Clock _clock(_slots, _now);
    const double _dt64 = _clock.dt64;
    const real _t = _clock.t, _dt = _clock.dt;
    const real T = *(real*)_slots[8];
    const real tau = *(real*)_slots[10];
    real* const __restrict _p_B = (real*)_slots[4];
    real* const __restrict _p_v = (real*)_slots[5];
    real* const __restrict _at_sum_exc = (real*)_slots[6];
    real* const __restrict _at_sum_inh = (real*)_slots[7];
    real* const __restrict _p_r = (real*)_slots[9];
    const real _h0 = annlab::expm1(-(_dt / tau));
    for (int64_t _base = _own.begin; _base < _end; _base += annlab::BLOCK) {
#pragma omp simd
        for (int l = 0; l < annlab::BLOCK; ++l) {
            const int64_t i = _base + l;
            const real B = _p_B[i];
            real v = _p_v[i];
            const real _sum_exc = _at_sum_exc[i];
            const real _sum_inh = _at_sum_inh[i];
            real r = _p_r[i];
            v = v - _h0 * (_sum_exc - _sum_inh + B - v);  // tau * dv/dt + v = sum(exc) - sum(inh) + B
            r = annlab::pos(v - T);  // r = pos(v - T)
            _p_v[i] = v;
            _p_r[i] = r;
        }
    }
}

