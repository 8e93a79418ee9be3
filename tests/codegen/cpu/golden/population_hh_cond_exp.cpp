
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
        _slots[34], _slots[35], _slots[36], _slots[37]);
    int32_t* const _spikes = annlab::begin_spikes(_ring, _own.begin, _now);
    int64_t _n_spikes = 0;
    int64_t* const __restrict _last_spike = (int64_t*)_slots[31];
    const int64_t _end = *(const int32_t*)_slots[0] ? _own.end : _own.begin;
    const Clock _clock(_slots, _now);
    const double _dt64 = _clock.dt64;
    const real _t = _clock.t, _dt = _clock.dt;
    real* const __restrict _p_v = (real*)_slots[4];
    real* const __restrict _p_prev_v = (real*)_slots[5];
    real* const __restrict _p_v_offset = (real*)_slots[6];
    real* const __restrict _p_an = (real*)_slots[7];
    real* const __restrict _p_am = (real*)_slots[8];
    real* const __restrict _p_ah = (real*)_slots[9];
    real* const __restrict _p_bn = (real*)_slots[10];
    real* const __restrict _p_bm = (real*)_slots[11];
    real* const __restrict _p_bh = (real*)_slots[12];
    real* const __restrict _p_n = (real*)_slots[13];
    real* const __restrict _p_m = (real*)_slots[14];
    real* const __restrict _p_h = (real*)_slots[15];
    real* const __restrict _p_cm = (real*)_slots[16];
    real* const __restrict _p_e_rev_E = (real*)_slots[17];
    real* const __restrict _p_e_rev_I = (real*)_slots[18];
    real* const __restrict _p_e_rev_K = (real*)_slots[19];
    real* const __restrict _p_e_rev_Na = (real*)_slots[20];
    real* const __restrict _p_e_rev_leak = (real*)_slots[21];
    real* const __restrict _p_g_exc = (real*)_slots[22];
    real* const __restrict _p_g_inh = (real*)_slots[23];
    real* const __restrict _p_gbar_K = (real*)_slots[24];
    real* const __restrict _p_gbar_Na = (real*)_slots[25];
    real* const __restrict _p_gleak = (real*)_slots[26];
    real* const __restrict _p_i_offset = (real*)_slots[27];
    real* const __restrict _p_tau_syn_E = (real*)_slots[28];
    real* const __restrict _p_tau_syn_I = (real*)_slots[29];
    real* const __restrict _p_v_thresh = (real*)_slots[30];
    for (int64_t _base = _own.begin; _base < _end; _base += annlab::BLOCK) {
        alignas(64) uint8_t _fired[annlab::BLOCK];
#pragma omp simd
        for (int l = 0; l < annlab::BLOCK; ++l) {
            const int64_t i = _base + l;
            real v = _p_v[i];
            real prev_v = _p_prev_v[i];
            const real v_offset = _p_v_offset[i];
            real an = _p_an[i];
            real am = _p_am[i];
            real ah = _p_ah[i];
            real bn = _p_bn[i];
            real bm = _p_bm[i];
            real bh = _p_bh[i];
            real n = _p_n[i];
            real m = _p_m[i];
            real h = _p_h[i];
            const real cm = _p_cm[i];
            const real e_rev_E = _p_e_rev_E[i];
            const real e_rev_I = _p_e_rev_I[i];
            const real e_rev_K = _p_e_rev_K[i];
            const real e_rev_Na = _p_e_rev_Na[i];
            const real e_rev_leak = _p_e_rev_leak[i];
            real g_exc = _p_g_exc[i];
            real g_inh = _p_g_inh[i];
            const real gbar_K = _p_gbar_K[i];
            const real gbar_Na = _p_gbar_Na[i];
            const real gleak = _p_gleak[i];
            const real i_offset = _p_i_offset[i];
            const real tau_syn_E = _p_tau_syn_E[i];
            const real tau_syn_I = _p_tau_syn_I[i];
            const real v_thresh = _p_v_thresh[i];
            prev_v = v;  // prev_v = v
            an = 0.16 / annlab::exprel((15.0 - v + v_offset) / 5.0);  // an = 0.032 * (15.0 - v + v_offset) / (exp((15.0 - v + v_offset)/5.0) - 1.0)
            am = 1.28 / annlab::exprel((13.0 - v + v_offset) / 4.0);  // am = 0.32 * (13.0 - v + v_offset) / (exp((13.0 - v + v_offset)/4.0) - 1.0)
            ah = 0.128 * annlab::exp((17.0 - v + v_offset) / 18.0);  // ah = 0.128 * exp((17.0 - v + v_offset)/18.0)
            bn = 0.5 * annlab::exp((10.0 - v + v_offset) / 40.0);  // bn = 0.5 * exp((10.0 - v + v_offset)/40.0)
            bm = 1.4000000000000001 / annlab::exprel((v - v_offset - 40.0) / 5.0);  // bm = 0.28 * (v - v_offset - 40.0) / (exp((v - v_offset - 40.0)/5.0) - 1.0)
            bh = 4.0 / (1.0 + annlab::exp((40.0 - v + v_offset) / 5.0));  // bh = 4.0 / (1.0 + exp((40.0 - v + v_offset)/5.0))
            const real _new_n = n + _dt * (an * (1.0 - n) - bn * n) * annlab::exprel(-(_dt * (an + bn)));
            const real _new_m = m + _dt * (am * (1.0 - m) - bm * m) * annlab::exprel(-(_dt * (am + bm)));
            const real _new_h = h + _dt * (ah * (1.0 - h) - bh * h) * annlab::exprel(-(_dt * (ah + bh)));
            const real _new_v = v + _dt / cm * (gleak * (e_rev_leak - v) + gbar_K * annlab::fourth(n) * (e_rev_K - v) + gbar_Na * annlab::cube(m) * h * (e_rev_Na - v) + g_exc * (e_rev_E - v) + g_inh * (e_rev_I - v) + i_offset) * annlab::exprel(-(_dt / cm * (gleak + gbar_K * annlab::fourth(n) + gbar_Na * annlab::cube(m) * h + g_exc + g_inh)));
            const real _new_g_exc = g_exc * annlab::exp(-(_dt / tau_syn_E));
            const real _new_g_inh = g_inh * annlab::exp(-(_dt / tau_syn_I));
            n = _new_n;  // dn/dt = an * (1.0 - n) - bn * n
            m = _new_m;  // dm/dt = am * (1.0 - m) - bm * m
            h = _new_h;  // dh/dt = ah * (1.0 - h) - bh * h
            v = _new_v;  // cm * dv/dt = gleak * (e_rev_leak - v) + gbar_K * n**4 * (e_rev_K - v) + gbar_Na * m**3 * h * (e_rev_Na - v) + g_exc * (e_rev_E - v) + g_inh * (e_rev_I - v) + i_offset
            g_exc = _new_g_exc;  // tau_syn_E * dg_exc/dt = -g_exc
            g_inh = _new_g_inh;  // tau_syn_I * dg_inh/dt = -g_inh
            _fired[l] = ((v > v_thresh) & (prev_v <= v_thresh));
            _p_prev_v[i] = prev_v;
            _p_an[i] = an;
            _p_am[i] = am;
            _p_ah[i] = ah;
            _p_bn[i] = bn;
            _p_bm[i] = bm;
            _p_bh[i] = bh;
            _p_n[i] = n;
            _p_m[i] = m;
            _p_h[i] = h;
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
                    _last_spike[i] = _now->step;
                    _spikes[_n_spikes++] = (int32_t)i;
                }
            }
        }
    }
    annlab::end_spikes(_ring, _n_spikes, _now);
}

