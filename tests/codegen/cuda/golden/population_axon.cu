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
    int64_t* const _last_spike = (int64_t*)_slots[15];
    for (int64_t i = _first; i - i % annlab::WARP < _n; i += _stride) {
        bool _fired = false;
        bool _axon_fired = false;
        if (i < _n) annlab::settle<real>(_slots + 8, i, _stride, _n);
        if (i < _n && _is_enabled) {
            real* const __restrict _p_I = (real*)_slots[4];
            real* const __restrict _p_g_exc = (real*)_slots[5];
            real* const __restrict _p_tau = (real*)_slots[6];
            real* const __restrict _p_v = (real*)_slots[7];
            if (i + _stride < _n) {
                annlab::ask_for(_p_I, i + _stride);
                annlab::ask_for(_p_g_exc, i + _stride);
                annlab::ask_for(_p_tau, i + _stride);
                annlab::ask_for(_p_v, i + _stride);
            }
            {
                const real I = _p_I[i];
                real g_exc = _p_g_exc[i];
                const real tau = _p_tau[i];
                real v = _p_v[i];
                v = v - annlab::expm1(-(_dt / tau)) * (g_exc + I - v);  // tau * dv/dt + v = g_exc + I
                g_exc = 0.0;  // g_exc = 0.0
                _fired = (v > 15.0);
                _axon_fired = (v > 12.0) & !_fired;
                _p_v[i] = v;
                _p_g_exc[i] = g_exc;
            }
            if (_fired) {
                real v = _p_v[i];
                v = 0.0;  // v = 0.0
                _p_v[i] = v;
                _axon_fired = (v > 12.0) & !(v > 15.0);
                _last_spike[i] = _now->step;
            }
            if (_axon_fired) {
                real v = _p_v[i];
                v = v - 1.0;  // v -= 1.0
                _p_v[i] = v;
            }
        }
        annlab::mark_spikes(_slots[18], i, _n, _fired);
        annlab::mark_spikes(_slots[19], i, _n, _axon_fired);
    }
}

ANNLAB_KERNEL(update, update_)
