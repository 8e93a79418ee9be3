#include "device.cuh"

using real = double;
using integer = int64_t;

// One step of the neurons of this thread.
ANNLAB_INLINE void update_(void* const* _slots, const annlab_step* _now) {
    const int64_t _n = *(const int64_t*)_slots[1], _first = annlab::element(), _stride = annlab::n_elements();
    if (_first - _first % annlab::WARP >= _n) return;  // this warp has no neuron
    const bool _is_enabled = *(const int32_t*)_slots[0];
    const double _dt64 = *(const double*)_slots[2];
    const real _t = real(double(_now->step) * _dt64), _dt = real(_dt64);
    int64_t* const _last_spike = (int64_t*)_slots[21];
    for (int64_t i = _first; i - i % annlab::WARP < _n; i += _stride) {
        bool _fired = false;
        if (i < _n) annlab::settle<real>(_slots + 14, i, _stride, _n);
        if (i < _n && _is_enabled) {
            real* const __restrict _p_g_exc = (real*)_slots[4];
            real* const __restrict _p_g_inh = (real*)_slots[5];
            real* const __restrict _p_noise = (real*)_slots[6];
            real* const __restrict _p_I = (real*)_slots[7];
            real* const __restrict _p_u = (real*)_slots[8];
            real* const __restrict _p_v = (real*)_slots[9];
            real* const __restrict _p_a = (real*)_slots[10];
            real* const __restrict _p_b = (real*)_slots[11];
            real* const __restrict _p_c = (real*)_slots[12];
            real* const __restrict _p_d = (real*)_slots[13];
            if (i + _stride < _n) {
                annlab::ask_for(_p_g_exc, i + _stride);
                annlab::ask_for(_p_g_inh, i + _stride);
                annlab::ask_for(_p_noise, i + _stride);
                annlab::ask_for(_p_I, i + _stride);
                annlab::ask_for(_p_u, i + _stride);
                annlab::ask_for(_p_v, i + _stride);
                annlab::ask_for(_p_a, i + _stride);
                annlab::ask_for(_p_b, i + _stride);
            }
            const real _unit_0 = annlab::normal_of_neuron(annlab::Stream::of(_slots[3], 0), _now->step, i, real());  // Normal
            const real _rand_0 = 0.0 + 1.0 * _unit_0;
            {
                real g_exc = _p_g_exc[i];
                real g_inh = _p_g_inh[i];
                const real noise = _p_noise[i];
                real I = _p_I[i];
                real u = _p_u[i];
                real v = _p_v[i];
                const real a = _p_a[i];
                const real b = _p_b[i];
                I = g_exc - g_inh + noise * _rand_0;  // I = g_exc - g_inh + noise * Normal(0.0, 1.0)
                const real _new_v = v + _dt * (0.04 * annlab::square(v) + 5.0 * v + 140.0 - u + I);
                const real _new_u = u + _dt * (a * (b * v - u));
                v = _new_v;  // dv/dt = 0.04*v^2 + 5.0*v + 140.0 - u + I
                u = _new_u;  // du/dt = a*(b*v - u)
                g_exc = 0.0;  // g_exc = 0.0
                g_inh = 0.0;  // g_inh = 0.0
                _fired = (v > 30.0);
                _p_I[i] = I;
                _p_v[i] = v;
                _p_u[i] = u;
                _p_g_exc[i] = g_exc;
                _p_g_inh[i] = g_inh;
            }
            if (_fired) {
                const real c = _p_c[i];
                real v = _p_v[i];
                const real d = _p_d[i];
                real u = _p_u[i];
                v = c;  // v = c
                u = u + d;  // u += d
                _p_v[i] = v;
                _p_u[i] = u;
                _last_spike[i] = _now->step;
            }
        }
        annlab::mark_spikes(_slots[24], i, _n, _fired);
    }
}

ANNLAB_KERNEL(update, update_)
