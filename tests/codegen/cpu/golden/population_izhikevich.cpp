
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
    const annlab::SpikeRing _ring = annlab::SpikeRing::of(
        _slots[20], _slots[21], _slots[22], _slots[23]);
    int32_t* const _spikes = annlab::begin_spikes(_ring, _own.begin, _now);
    int64_t _n_spikes = 0;
    int64_t* const __restrict _last_spike = (int64_t*)_slots[17];
    int64_t* const __restrict _frozen_until = (int64_t*)_slots[18];
    const int32_t* const _refractory_steps = (const int32_t*)_slots[19];
    const int64_t _end = *(const int32_t*)_slots[0] ? _own.end : _own.begin;
    const Clock _clock(_slots, _now);
    const double _dt64 = _clock.dt64;
    const real _t = _clock.t, _dt = _clock.dt;
    real* const __restrict _p_g_exc = (real*)_slots[4];
    real* const __restrict _p_g_inh = (real*)_slots[5];
    real* const __restrict _p_i_offset = (real*)_slots[6];
    real* const __restrict _p_noise = (real*)_slots[7];
    real* const __restrict _p_I = (real*)_slots[8];
    real* const __restrict _p_u = (real*)_slots[9];
    real* const __restrict _p_v = (real*)_slots[10];
    real* const __restrict _p_a = (real*)_slots[11];
    real* const __restrict _p_b = (real*)_slots[12];
    real* const __restrict _p_v_thresh = (real*)_slots[13];
    real* const __restrict _p_c = (real*)_slots[14];
    real* const __restrict _p_d = (real*)_slots[15];
    real* const __restrict _p_tau_refrac = (real*)_slots[16];
    for (int64_t _base = _own.begin; _base < _end; _base += annlab::BLOCK) {
        alignas(64) real _unit_0[annlab::BLOCK];
        annlab::normal_block(annlab::Stream::of(_slots[3], 0), _now->step, _base, _unit_0);  // Normal
        alignas(64) uint8_t _fired[annlab::BLOCK];
#pragma omp simd
        for (int l = 0; l < annlab::BLOCK; ++l) {
            const int64_t i = _base + l;
            const bool _live = _frozen_until[i] <= _now->step;
            const real _rand_0 = 0.0 + 1.0 * _unit_0[l];
            real g_exc = _p_g_exc[i];
            real g_inh = _p_g_inh[i];
            const real i_offset = _p_i_offset[i];
            const real noise = _p_noise[i];
            real I = _p_I[i];
            real u = _p_u[i];
            real v = _p_v[i];
            const real a = _p_a[i];
            const real b = _p_b[i];
            const real v_thresh = _p_v_thresh[i];
            const real _n1 = g_exc - g_inh + noise * _rand_0 + i_offset;
            I = _live ? _n1 : I;  // I = g_exc - g_inh + noise * Normal(0.0, 1.0) + i_offset
            const real _new_v = v + _dt * (0.04 * annlab::square(v) + 5.0 * v + 140.0 - u + I);
            const real _new_u = u + _dt * (a * (b * v - u));
            const real _n2 = _new_v;
            v = _live ? _n2 : v;  // dv/dt = 0.04 * v^2 + 5.0 * v + 140.0 - u + I
            const real _n3 = _new_u;
            u = _live ? _n3 : u;  // du/dt = a * (b * v - u)
            g_exc = 0.0;  // g_exc = 0.0
            g_inh = 0.0;  // g_inh = 0.0
            _fired[l] = _live & (v > v_thresh);
            _p_I[i] = I;
            _p_v[i] = v;
            _p_u[i] = u;
            _p_g_exc[i] = g_exc;
            _p_g_inh[i] = g_inh;
        }
        for (int _word = 0; _word < annlab::BLOCK; _word += 8) {
            uint64_t _any;
            __builtin_memcpy(&_any, _fired + _word, 8);
            if (!_any) continue;
            for (int l = _word; l < _word + 8; ++l) {
                const int64_t i = _base + l;
                if (i >= _n) break;
                if (_fired[l]) {
                    const real c = _p_c[i];
                    real v = _p_v[i];
                    const real d = _p_d[i];
                    real u = _p_u[i];
                    const real tau_refrac = _p_tau_refrac[i];
                    v = c;  // v = c
                    u = u + d;  // u += d
                    _p_v[i] = v;
                    _p_u[i] = u;
                    _frozen_until[i] = _now->step + 1 + int64_t(annlab::round(double(tau_refrac) / _dt64));
                    _last_spike[i] = _now->step;
                    _spikes[_n_spikes++] = (int32_t)i;
                }
            }
        }
    }
    annlab::end_spikes(_ring, _n_spikes, _now);
}

