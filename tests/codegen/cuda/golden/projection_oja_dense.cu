#include "storage.cuh"

using real = double;
using integer = int64_t;

// Sums over the synapses of each postsynaptic neuron: a team each.
template <class Storage, bool SHARED>
ANNLAB_INLINE void transmit_(void* const* _slots, const annlab_step* _now) {
    const int64_t* const _begins = (const int64_t*)_slots[12];
    if (_begins[0]) annlab::clear_unless<annlab::WARP>((real*)_slots[11], _slots[2], _slots[8], _slots[7]);
    const int32_t* const _flags = (const int32_t*)_slots[2];
    if (!_flags[0] || !*(const int32_t*)_slots[8]) return;
    const annlab::Team _team = annlab::Team::of();
    if (_team.is_idle()) return;
    const double _dt64 = *(const double*)_slots[1];
    const real _t = real(double(_now->step) * _dt64), _dt = real(_dt64);
    const int64_t* const _sizes = (const int64_t*)_slots[7];
    const int64_t _n_pre = _sizes[0], _n_post = _sizes[1], _delay = *(const int64_t*)_slots[4];
    const bool _is_plastic = _flags[3];
    const Storage _storage = Storage::of(_slots);
    const annlab::Range _own = annlab::own_neurons(_n_post, _team);
    real* const _target_0 = (real*)_slots[11];
    real* const _p_w = (real*)_slots[10];
    const real* const _at_pre_r = annlab::Delayed<real>((const real*)_slots[13], (const real*)_slots[14], (const int64_t*)_slots[15], _now->step + 0).at(_delay);
    for (int64_t i = _team.index; i < _n_post; i += _team.count) {
        real _sum = 0;
        int32_t _count = 0;
        _storage.row(i, _team.lane, annlab::WARP, [&](int64_t k, int64_t j) {
            const real w = annlab::streamed(_p_w + k);
            const real _pre_r = _at_pre_r[j];
            const real _value = w * _pre_r;
            _sum += _value;
            ++_count;
        }, [&](int64_t k) {
            annlab::ask_for(_p_w, k);
        });
        _sum = annlab::total(_sum);
        _count = annlab::total(_count);
        if (_team.lane != 0) continue;
        _target_0[i] = (_begins[0] ? real(0) : _target_0[i]) + _sum;
    }
}

// Variables of the synapses: a team for each row.
template <class Storage, bool SHARED>
ANNLAB_INLINE void update_synapses_(void* const* _slots, const annlab_step* _now) {
    const int32_t* const _flags = (const int32_t*)_slots[2];
    if (!_flags[0] || !*(const int32_t*)_slots[8]) return;
    const annlab::Team _team = annlab::Team::of();
    if (_team.is_idle()) return;
    const int64_t* const _learning = (const int64_t*)_slots[3];
    if (!_flags[2] || (_now->step - _learning[1]) % _learning[0]) return;
    const double _dt64 = *(const double*)_slots[1];
    const real _t = real(double(_now->step) * _dt64), _dt = real(_dt64 * double(_learning[0]));
    const int64_t* const _sizes = (const int64_t*)_slots[7];
    const int64_t _n_pre = _sizes[0], _n_post = _sizes[1], _delay = *(const int64_t*)_slots[4];
    const bool _is_plastic = _flags[3];
    const Storage _storage = Storage::of(_slots);
    const annlab::Range _own = annlab::own_neurons(_n_post, _team);
    real* const _target_0 = (real*)_slots[11];
    const real alpha = *(real*)_slots[16];
    const real eta = *(real*)_slots[17];
    real* const _p_w = (real*)_slots[10];
    real* const _at_post_r = (real*)_slots[18];
    const real* const _at_pre_r = annlab::Delayed<real>((const real*)_slots[13], (const real*)_slots[14], (const int64_t*)_slots[15], _now->step + 1).at(_delay);
    for (int64_t _row = _team.index; _row < _storage.n_rows(); _row += _team.count) {
        const int64_t i = _storage.owner(_row);
        const real _post_r = _at_post_r[i];
        _storage.row(_row, _team.lane, annlab::WARP, [&](int64_t k, int64_t j) {
            real w = _p_w[k];
            const real _pre_r = _at_pre_r[j];
            const real _n1 = w + _dt * (eta * (_pre_r * _post_r - alpha * annlab::square(_post_r) * w));
            w = _is_plastic ? _n1 : w;  // dw/dt = eta * (pre.r * post.r - alpha * post.r^2 * w)
            w = w < 0.0 ? 0.0 : w;
            _p_w[k] = w;
        }, [&](int64_t k) {
            annlab::ask_for(_p_w, k);
        });
    }
}

ANNLAB_KERNEL(transmit_own, (transmit_<annlab::Dense, false>))
ANNLAB_KERNEL(update_synapses_own, (update_synapses_<annlab::Dense, false>))
