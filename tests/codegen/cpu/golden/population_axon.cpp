
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
        _slots[11], _slots[12], _slots[13], _slots[14]);
    int32_t* const _spikes = annlab::begin_spikes(_ring, _own.begin, _now);
    int64_t _n_spikes = 0;
    int64_t* const __restrict _last_spike = (int64_t*)_slots[8];
    const annlab::SpikeRing _axon_ring = annlab::SpikeRing::of(
        _slots[15], _slots[16], _slots[17], _slots[18]);
    int32_t* const _axon_spikes = annlab::begin_spikes(_axon_ring, _own.begin, _now);
    int64_t _n_axon_spikes = 0;
    const int64_t _end = *(const int32_t*)_slots[0] ? _own.end : _own.begin;
    const Clock _clock(_slots, _now);
    const double _dt64 = _clock.dt64;
    const real _t = _clock.t, _dt = _clock.dt;
    real* const __restrict _p_I = (real*)_slots[4];
    real* const __restrict _p_g_exc = (real*)_slots[5];
    real* const __restrict _p_tau = (real*)_slots[6];
    real* const __restrict _p_v = (real*)_slots[7];
    for (int64_t _base = _own.begin; _base < _end; _base += annlab::BLOCK) {
        alignas(64) uint8_t _fired[annlab::BLOCK];
        alignas(64) uint8_t _axon_fired[annlab::BLOCK];
#pragma omp simd
        for (int l = 0; l < annlab::BLOCK; ++l) {
            const int64_t i = _base + l;
            const real I = _p_I[i];
            real g_exc = _p_g_exc[i];
            const real tau = _p_tau[i];
            real v = _p_v[i];
            v = v - annlab::expm1(-(_dt / tau)) * (g_exc + I - v);  // tau * dv/dt + v = g_exc + I
            g_exc = 0.0;  // g_exc = 0.0
            _fired[l] = (v > 15.0);
            _axon_fired[l] = (v > 12.0) & !_fired[l];
            _p_v[i] = v;
            _p_g_exc[i] = g_exc;
        }
        for (int _word = 0; _word < annlab::BLOCK; _word += 8) {
            uint64_t _any, _any_axon;
            __builtin_memcpy(&_any, _fired + _word, 8);
            __builtin_memcpy(&_any_axon, _axon_fired + _word, 8);
            _any |= _any_axon;
            if (!_any) continue;
            for (int l = _word; l < _word + 8; ++l) {
                const int64_t i = _base + l;
                if (i >= _n) break;
                if (_fired[l]) {
                    real v = _p_v[i];
                    v = 0.0;  // v = 0.0
                    _p_v[i] = v;
                    _axon_fired[l] = (v > 12.0) & !(v > 15.0);
                    _last_spike[i] = _now->step;
                    _spikes[_n_spikes++] = (int32_t)i;
                }
                if (_axon_fired[l]) {
                    real v = _p_v[i];
                    v = v - 1.0;  // v -= 1.0
                    _p_v[i] = v;
                    _axon_spikes[_n_axon_spikes++] = (int32_t)i;
                }
            }
        }
    }
    annlab::end_spikes(_ring, _n_spikes, _now);
    annlab::end_spikes(_axon_ring, _n_axon_spikes, _now);
}

