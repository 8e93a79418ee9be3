#define ANNLAB_SPLIT_ROWS
#include "storage.hpp"

using real = double;
using integer = int64_t;

// Spikes that arrive in this step.
template <class Storage, bool SHARED>
static inline void deliver_(void* const* _slots, const annlab_step* _now) {
    const int32_t* const _flags = (const int32_t*)_slots[10];
    if (!_flags[0] || !*(const int32_t*)_slots[16]) return;
    const double _dt64 = *(const double*)_slots[9];
    const real _t = real(double(_now->step) * _dt64), _dt = real(_dt64);
    const int64_t* const _sizes = (const int64_t*)_slots[15];
    const int64_t _n_pre = _sizes[0], _n_post = _sizes[1], _delay = *(const int64_t*)_slots[12];
    const bool _is_plastic = _flags[3];
    const annlab_step* const _who = _now;
    const annlab::Range _own = annlab::own_neurons(_n_post, _who);
    real* const _target_0 = (real*)_slots[19];
    const real tau_plus = *(real*)_slots[28];
    const real tau_minus = *(real*)_slots[31];
    const real A_plus = *(real*)_slots[34];
    const real w_max = *(real*)_slots[35];
    const real w_min = *(real*)_slots[36];
    real* const _at_trace_x = (real*)_slots[29];
    int64_t* const _event_pre = (int64_t*)_slots[30];
    real* const _at_trace_y = (real*)_slots[32];
    int64_t* const _event_post = (int64_t*)_slots[33];
    real* const _p_w = (real*)_slots[18];
    const annlab::SpikeRing _ring = annlab::SpikeRing::of(
        _slots[20], _slots[21], _slots[22], _slots[23]);
    const Storage _storage = Storage::of(_slots, _who);
    const int64_t _emitted = _now->step - _delay;
    annlab::for_spikes_ahead(_ring, _emitted, [&](int64_t j, int64_t _next) {
        const real _trace_x_0 = _at_trace_x[j] * annlab::exp(-(_dt * (1.0 / tau_plus)) * annlab::to_real(_now->step - 1 - _event_pre[j], real()));  // tau_plus * dx/dt = -x
        const real _trace_x_1 = _trace_x_0 + A_plus * w_max;  // x += A_plus * w_max
        real _trace_y_0s[annlab::STAGE];
        _storage.row_ahead(j, _next, _own, annlab::in_stages([&](auto i, auto _m) __attribute__((always_inline)) {
            _trace_y_0s[_m] = _at_trace_y[i] * annlab::exp(-(_dt * (1.0 / tau_minus)) * annlab::to_real(_now->step - 1 - _event_post[i], real()));  // tau_minus * dy/dt = -y
        }, [&](auto k, auto i, auto _m) __attribute__((always_inline)) {
            const real _trace_y_0 = _trace_y_0s[_m];
            real w = _p_w[k];
            _target_0[i] += w;  // g_target += w
            const real _n1 = annlab::clip(w + _trace_y_0, w_min, w_max);
            w = _is_plastic ? _n1 : w;  // w = clip(w + y, w_min, w_max)
            _p_w[k] = w;
        }), _p_w);
    });
}

// Postsynaptic neurons that spiked in this step.
template <class Storage, bool SHARED>
static inline void post_events_(void* const* _slots, const annlab_step* _now) {
    const int32_t* const _flags = (const int32_t*)_slots[10];
    if (!_flags[0] || !*(const int32_t*)_slots[16]) return;
    const double _dt64 = *(const double*)_slots[9];
    const real _t = real(double(_now->step) * _dt64), _dt = real(_dt64);
    const int64_t* const _sizes = (const int64_t*)_slots[15];
    const int64_t _n_pre = _sizes[0], _n_post = _sizes[1], _delay = *(const int64_t*)_slots[12];
    const bool _is_plastic = _flags[3];
    const annlab_step* const _who = _now;
    const annlab::Range _own = annlab::own_neurons(_n_post, _who);
    real* const _target_0 = (real*)_slots[19];
    const real tau_plus = *(real*)_slots[28];
    const real tau_minus = *(real*)_slots[31];
    const real A_minus = *(real*)_slots[37];
    const real w_max = *(real*)_slots[35];
    const real w_min = *(real*)_slots[36];
    real* const _at_trace_x = (real*)_slots[29];
    int64_t* const _event_pre = (int64_t*)_slots[30];
    real* const _at_trace_y = (real*)_slots[32];
    int64_t* const _event_post = (int64_t*)_slots[33];
    real* const _p_w = (real*)_slots[18];
    const annlab::SpikeRing _ring_post = annlab::SpikeRing::of(
        _slots[24], _slots[25], _slots[26], _slots[27]);
    const Storage _storage = Storage::of(_slots, _who);
    annlab::for_own_spikes(_ring_post, _now, [&](int64_t i) {
        const real _trace_y_0 = _at_trace_y[i] * annlab::exp(-(_dt * (1.0 / tau_minus)) * annlab::to_real(_now->step - _event_post[i], real()));  // tau_minus * dy/dt = -y
        const real _trace_y_1 = _trace_y_0 - A_minus * w_max;  // y -= A_minus * w_max
        real _trace_x_0s[annlab::STAGE];
        _storage.column_ahead(i, annlab::in_stages([&](auto j, auto _m) __attribute__((always_inline)) {
            _trace_x_0s[_m] = _at_trace_x[j] * annlab::exp(-(_dt * (1.0 / tau_plus)) * annlab::to_real(_now->step - _event_pre[j], real()));  // tau_plus * dx/dt = -x
        }, [&](auto k, auto j, auto _m) __attribute__((always_inline)) {
            const real _trace_x_0 = _trace_x_0s[_m];
            real w = _p_w[k];
            const real _n1 = annlab::clip(w + _trace_x_0, w_min, w_max);
            w = _is_plastic ? _n1 : w;  // w = clip(w + x, w_min, w_max)
            _p_w[k] = w;
        }), _p_w);
        _at_trace_y[i] = _trace_y_1;
        _event_post[i] = _now->step;
    });
}

// Traces of the presynaptic neurons whose spikes arrived.
template <class Storage, bool SHARED>
static inline void commit_traces_(void* const* _slots, const annlab_step* _now) {
    const int32_t* const _flags = (const int32_t*)_slots[10];
    if (!_flags[0] || !*(const int32_t*)_slots[16]) return;
    const double _dt64 = *(const double*)_slots[9];
    const real _t = real(double(_now->step) * _dt64), _dt = real(_dt64);
    const int64_t* const _sizes = (const int64_t*)_slots[15];
    const int64_t _n_pre = _sizes[0], _n_post = _sizes[1], _delay = *(const int64_t*)_slots[12];
    const bool _is_plastic = _flags[3];
    const annlab_step* const _who = _now;
    const annlab::Range _own = annlab::own_neurons(_n_post, _who);
    real* const _target_0 = (real*)_slots[19];
    const real tau_plus = *(real*)_slots[28];
    const real A_plus = *(real*)_slots[34];
    const real w_max = *(real*)_slots[35];
    real* const _at_trace_x = (real*)_slots[29];
    int64_t* const _event_pre = (int64_t*)_slots[30];
    const annlab::SpikeRing _ring = annlab::SpikeRing::of(
        _slots[20], _slots[21], _slots[22], _slots[23]);
    const annlab::Range _mine = annlab::own_neurons(_n_pre, _now);
    annlab::for_spikes(_ring, _now->step - _delay, [&](int64_t j) {
        if (j < _mine.begin || j >= _mine.end) return;
        const real _trace_x_0 = _at_trace_x[j] * annlab::exp(-(_dt * (1.0 / tau_plus)) * annlab::to_real(_now->step - 1 - _event_pre[j], real()));  // tau_plus * dx/dt = -x
        const real _trace_x_1 = _trace_x_0 + A_plus * w_max;  // x += A_plus * w_max
        _at_trace_x[j] = _trace_x_1;
        _event_pre[j] = _now->step - 1;
    });
}

extern "C" void deliver_narrow_own(void* const* slots, const annlab_step* now) {
    deliver_<annlab::Csr<uint16_t>, false>(slots, now);
}
extern "C" void deliver_wide_own(void* const* slots, const annlab_step* now) {
    deliver_<annlab::Csr<int32_t>, false>(slots, now);
}
extern "C" void post_events_narrow_own(void* const* slots, const annlab_step* now) {
    post_events_<annlab::Csr<uint16_t>, false>(slots, now);
}
extern "C" void post_events_wide_own(void* const* slots, const annlab_step* now) {
    post_events_<annlab::Csr<int32_t>, false>(slots, now);
}
extern "C" void commit_traces_narrow_own(void* const* slots, const annlab_step* now) {
    commit_traces_<annlab::Csr<uint16_t>, false>(slots, now);
}
extern "C" void commit_traces_wide_own(void* const* slots, const annlab_step* now) {
    commit_traces_<annlab::Csr<int32_t>, false>(slots, now);
}
