#include "storage.hpp"

using real = double;
using integer = int64_t;

// Sums over the synapses of each postsynaptic neuron.
template <class Storage, bool SHARED>
static inline void transmit_(void* const* _slots, const annlab_step* _now) {
    const int32_t* const _flags = (const int32_t*)_slots[2];
    if (!_flags[0] || !*(const int32_t*)_slots[8]) return;
    const double _dt64 = *(const double*)_slots[1];
    const real _t = real(double(_now->step) * _dt64), _dt = real(_dt64);
    const int64_t* const _sizes = (const int64_t*)_slots[7];
    const int64_t _n_pre = _sizes[0], _n_post = _sizes[1], _delay = *(const int64_t*)_slots[4];
    const bool _is_plastic = _flags[3];
    const annlab_step* const _who = _now;
    const annlab::Range _own = annlab::own_neurons(_n_post, _who);
    real* const _target_0 = (real*)_slots[11];
    real* const _p_w = (real*)_slots[10];
    const real* const _at_pre_r = annlab::Delayed<real>((const real*)_slots[12], (const real*)_slots[13], (const int64_t*)_slots[14], _now->step + 0).at(_delay);
    const int64_t* const _ahead_step = *(int64_t**)_slots[9];
    if (_now->step != _now->first_step && _ahead_step[_now->thread] == _now->step) {
        const real* const _ahead = ((real**)_slots[9])[1];
        for (int64_t i = _own.begin; i < _own.end; ++i) {
            _target_0[i] += _ahead[i];
        }
        return;
    }
    const Storage _storage = Storage::of(_slots, _who);
    _storage.template sums<real>(_own, [&](int64_t i) __attribute__((always_inline)) {
        return [=](auto k, auto j) __attribute__((always_inline)) -> real {
            const real w = _p_w[k];
            const real _pre_r = _at_pre_r[j];
            return w * _pre_r;
        };
    }, [&](int64_t i, real _sum) __attribute__((always_inline)) {
        _target_0[i] += _sum;
    }, _p_w);
}

// Variables of the synapses.
template <class Storage, bool SHARED>
static inline void update_synapses_(void* const* _slots, const annlab_step* _now) {
    const int32_t* const _flags = (const int32_t*)_slots[2];
    if (!_flags[0] || !*(const int32_t*)_slots[8]) return;
    const int64_t* const _learning = (const int64_t*)_slots[3];
    if (!_flags[2] || (_now->step - _learning[1]) % _learning[0]) return;
    const double _dt64 = *(const double*)_slots[1];
    const real _t = real(double(_now->step) * _dt64), _dt = real(_dt64 * double(_learning[0]));
    const int64_t* const _sizes = (const int64_t*)_slots[7];
    const int64_t _n_pre = _sizes[0], _n_post = _sizes[1], _delay = *(const int64_t*)_slots[4];
    const bool _is_plastic = _flags[3];
    const annlab_step* const _who = _now;
    const annlab::Range _own = annlab::own_neurons(_n_post, _who);
    real* const _target_0 = (real*)_slots[11];
    const real alpha = *(real*)_slots[15];
    const real eta = *(real*)_slots[16];
    real* const _p_w = (real*)_slots[10];
    real* const _at_post_r = (real*)_slots[17];
    const real* const _at_pre_r = annlab::Delayed<real>((const real*)_slots[12], (const real*)_slots[13], (const int64_t*)_slots[14], _now->step + 1).at(_delay);
    const Storage _storage = Storage::of(_slots, _who);
    if (_delay == 1) {  // takes the sum of the next step in the same pass over the synapses
        real* const _ahead = ((real**)_slots[9])[1];
        _storage.template sums<real>(_own, [&](int64_t i) __attribute__((always_inline)) {
            const real _post_r = _at_post_r[i];
            return [=](auto k, auto j) __attribute__((always_inline)) -> real {
                real w = _p_w[k];
                const real _pre_r = _at_pre_r[j];
                const real _n1 = w + _dt * (eta * (_pre_r * _post_r - alpha * annlab::square(_post_r) * w));
                w = _is_plastic ? _n1 : w;  // dw/dt = eta * (pre.r * post.r - alpha * post.r^2 * w)
                w = w < 0.0 ? 0.0 : w;
                _p_w[k] = w;
                return w * _pre_r;
            };
        }, [&](int64_t i, real _sum) __attribute__((always_inline)) { _ahead[i] = _sum; });
        (*(int64_t**)_slots[9])[_now->thread] = _now->step + 1;
        return;
    }
    for (int64_t i = _own.begin; i < _own.end; ++i) {
        const real _post_r = _at_post_r[i];
        _storage.row(i, {0, _n_pre}, [&](auto k, auto j) __attribute__((always_inline)) {
            real w = _p_w[k];
            const real _pre_r = _at_pre_r[j];
            const real _n1 = w + _dt * (eta * (_pre_r * _post_r - alpha * annlab::square(_post_r) * w));
            w = _is_plastic ? _n1 : w;  // dw/dt = eta * (pre.r * post.r - alpha * post.r^2 * w)
            w = w < 0.0 ? 0.0 : w;
            _p_w[k] = w;
        });
    }
}

extern "C" void transmit_own(void* const* slots, const annlab_step* now) {
    transmit_<annlab::Dense, false>(slots, now);
}
extern "C" void update_synapses_own(void* const* slots, const annlab_step* now) {
    update_synapses_<annlab::Dense, false>(slots, now);
}
