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
    const real tau_plus = *(real*)_slots[29];
    const real tau_minus = *(real*)_slots[31];
    const real A_plus = *(real*)_slots[33];
    const real w_max = *(real*)_slots[34];
    const real w_min = *(real*)_slots[35];
    int64_t* const _last = (int64_t*)_slots[28];
    real* const _p_x = (real*)_slots[30];
    real* const _p_y = (real*)_slots[32];
    real* const _p_w = (real*)_slots[18];
    const annlab::SpikeRing _ring = annlab::SpikeRing::of(
        _slots[20], _slots[21], _slots[22], _slots[23]);
    const Storage _storage = Storage::of(_slots, _who);
    const int64_t _emitted = _now->step - _delay;
    annlab::for_spikes_ahead(_ring, _emitted, [&](int64_t j, int64_t _next) {
        _storage.row_ahead(j, _next, _own, [&](auto k, auto i) __attribute__((always_inline)) {
            real x = _p_x[k];
            real y = _p_y[k];
            real w = _p_w[k];
            const real _elapsed = annlab::to_real(_now->step - 1 - _last[k], real());
            x = x * annlab::exp(-(_dt * (1.0 / tau_plus)) * _elapsed);  // tau_plus * dx/dt = -x
            y = y * annlab::exp(-(_dt * (1.0 / tau_minus)) * _elapsed);  // tau_minus * dy/dt = -y
            _last[k] = _now->step - 1;
            _target_0[i] += w;  // g_target += w
            x = x + A_plus * w_max;  // x += A_plus * w_max
            const real _n1 = annlab::clip(w + y, w_min, w_max);
            w = _is_plastic ? _n1 : w;  // w = clip(w + y, w_min, w_max)
            _p_x[k] = x;
            _p_y[k] = y;
            _p_w[k] = w;
        }, _p_x, _p_y, _p_w);
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
    const real tau_plus = *(real*)_slots[29];
    const real tau_minus = *(real*)_slots[31];
    const real A_minus = *(real*)_slots[36];
    const real w_max = *(real*)_slots[34];
    const real w_min = *(real*)_slots[35];
    int64_t* const _last = (int64_t*)_slots[28];
    real* const _p_x = (real*)_slots[30];
    real* const _p_y = (real*)_slots[32];
    real* const _p_w = (real*)_slots[18];
    const annlab::SpikeRing _ring_post = annlab::SpikeRing::of(
        _slots[24], _slots[25], _slots[26], _slots[27]);
    const Storage _storage = Storage::of(_slots, _who);
    annlab::for_own_spikes(_ring_post, _now, [&](int64_t i) {
        _storage.column_ahead(i, [&](auto k, auto j) __attribute__((always_inline)) {
            real x = _p_x[k];
            real y = _p_y[k];
            real w = _p_w[k];
            const real _elapsed = annlab::to_real(_now->step - _last[k], real());
            x = x * annlab::exp(-(_dt * (1.0 / tau_plus)) * _elapsed);  // tau_plus * dx/dt = -x
            y = y * annlab::exp(-(_dt * (1.0 / tau_minus)) * _elapsed);  // tau_minus * dy/dt = -y
            _last[k] = _now->step;
            y = y - A_minus * w_max;  // y -= A_minus * w_max
            const real _n1 = annlab::clip(w + x, w_min, w_max);
            w = _is_plastic ? _n1 : w;  // w = clip(w + x, w_min, w_max)
            _p_x[k] = x;
            _p_y[k] = y;
            _p_w[k] = w;
        }, _p_x, _p_y, _p_w);
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
