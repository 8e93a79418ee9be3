
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
        _slots[21], _slots[22], _slots[23], _slots[24]);
    int32_t* const _spikes = annlab::begin_spikes(_ring, _own.begin, _now);
    int64_t _n_spikes = 0;
    int64_t* const __restrict _last_spike = (int64_t*)_slots[18];
    int64_t* const __restrict _frozen_until = (int64_t*)_slots[19];
    const int32_t* const _refractory_steps = (const int32_t*)_slots[20];
    const int64_t _end = *(const int32_t*)_slots[0] ? _own.end : _own.begin;
    const Clock _clock(_slots, _now);
    const double _dt64 = _clock.dt64;
    const real _t = _clock.t, _dt = _clock.dt;
    real* const __restrict _p_cm = (real*)_slots[4];
    real* const __restrict _p_e_rev_E = (real*)_slots[5];
    real* const __restrict _p_e_rev_I = (real*)_slots[6];
    real* const __restrict _p_g_exc = (real*)_slots[7];
    real* const __restrict _p_g_inh = (real*)_slots[8];
    real* const __restrict _p_i_offset = (real*)_slots[9];
    real* const __restrict _p_tau_m = (real*)_slots[10];
    real* const __restrict _p_v = (real*)_slots[11];
    real* const __restrict _p_v_rest = (real*)_slots[12];
    real* const __restrict _p_tau_syn_E = (real*)_slots[13];
    real* const __restrict _p_tau_syn_I = (real*)_slots[14];
    real* const __restrict _p_v_thresh = (real*)_slots[15];
    real* const __restrict _p_v_reset = (real*)_slots[16];
    real* const __restrict _p_tau_refrac = (real*)_slots[17];
    for (int64_t _base = _own.begin; _base < _end; _base += annlab::BLOCK) {
        alignas(64) uint8_t _fired[annlab::BLOCK];
#pragma omp simd
        for (int l = 0; l < annlab::BLOCK; ++l) {
            const int64_t i = _base + l;
            const bool _live = _frozen_until[i] <= _now->step;
            const real cm = _p_cm[i];
            const real e_rev_E = _p_e_rev_E[i];
            const real e_rev_I = _p_e_rev_I[i];
            real g_exc = _p_g_exc[i];
            real g_inh = _p_g_inh[i];
            const real i_offset = _p_i_offset[i];
            const real tau_m = _p_tau_m[i];
            real v = _p_v[i];
            const real v_rest = _p_v_rest[i];
            const real tau_syn_E = _p_tau_syn_E[i];
            const real tau_syn_I = _p_tau_syn_I[i];
            const real v_thresh = _p_v_thresh[i];
            const real _new_v = v + _dt / cm * (cm / tau_m * (v_rest - v) + g_exc * (e_rev_E - v) + g_inh * (e_rev_I - v) + i_offset) * annlab::exprel(-(_dt / cm * (cm / tau_m + g_exc + g_inh)));
            const real _new_g_exc = g_exc * annlab::exp(-(_dt / tau_syn_E));
            const real _new_g_inh = g_inh * annlab::exp(-(_dt / tau_syn_I));
            const real _n1 = _new_v;
            v = _live ? _n1 : v;  // cm * dv/dt = cm/tau_m * (v_rest - v) + g_exc * (e_rev_E - v) + g_inh * (e_rev_I - v) + i_offset
            g_exc = _new_g_exc;  // tau_syn_E * dg_exc/dt = -g_exc
            g_inh = _new_g_inh;  // tau_syn_I * dg_inh/dt = -g_inh
            _fired[l] = _live & (v > v_thresh);
            _p_v[i] = v;
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
                    const real v_reset = _p_v_reset[i];
                    real v = _p_v[i];
                    const real tau_refrac = _p_tau_refrac[i];
                    v = v_reset;  // v = v_reset
                    _p_v[i] = v;
                    _frozen_until[i] = _now->step + 1 + int64_t(annlab::round(double(tau_refrac) / _dt64));
                    _last_spike[i] = _now->step;
                    _spikes[_n_spikes++] = (int32_t)i;
                }
            }
        }
    }
    annlab::end_spikes(_ring, _n_spikes, _now);
}

