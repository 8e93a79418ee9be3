#include "storage.cuh"

using real = double;
using integer = int64_t;

// Spikes that arrive in this step.
template <class Storage, bool SHARED>
ANNLAB_INLINE void deliver_(void* const* _slots, const annlab_step* _now) {
    const int32_t* const _flags = (const int32_t*)_slots[9];
    if (!_flags[0] || !*(const int32_t*)_slots[15]) return;
    const annlab::Team _team = annlab::Team::of();
    if (_team.is_idle()) return;
    const double _dt64 = *(const double*)_slots[8];
    const real _t = real(double(_now->step) * _dt64), _dt = real(_dt64);
    const int64_t* const _sizes = (const int64_t*)_slots[14];
    const int64_t _n_pre = _sizes[0], _n_post = _sizes[1], _delay = *(const int64_t*)_slots[11];
    const bool _is_plastic = _flags[3];
    const Storage _storage = Storage::of(_slots);
    const annlab::Range _own = annlab::own_neurons(_n_post, _team);
    real* const _target_0 = (real*)_slots[18];
    const real tau_plus = *(real*)_slots[28];
    const real tau_minus = *(real*)_slots[30];
    const real A_plus = *(real*)_slots[32];
    const real w_max = *(real*)_slots[33];
    const real w_min = *(real*)_slots[34];
    int64_t* const _last = (int64_t*)_slots[27];
    real* const _p_x = (real*)_slots[29];
    real* const _p_y = (real*)_slots[31];
    real* const _p_w = (real*)_slots[17];
    const annlab::SpikeRing _ring = annlab::SpikeRing::of(
        _slots[19], _slots[20], _slots[21], _slots[22]);
    const annlab::Spikes _spikes = annlab::Spikes::of(_ring, _now->step - _delay);
    annlab::for_synapses(_storage, _spikes.count, _own, _team, false, [&](int64_t s) {
        return annlab::Source{_spikes.ranks[s], _spikes.ranks[s], _now->step - _delay};
    }, [&](int64_t j, int64_t k, int64_t i, int64_t _emitted) {
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
    });
}

// Postsynaptic neurons that spiked in this step: a team each.
template <class Storage, bool SHARED>
ANNLAB_INLINE void post_events_(void* const* _slots, const annlab_step* _now) {
    const int32_t* const _flags = (const int32_t*)_slots[9];
    if (!_flags[0] || !*(const int32_t*)_slots[15]) return;
    const annlab::Team _team = annlab::Team::of();
    if (_team.is_idle()) return;
    const double _dt64 = *(const double*)_slots[8];
    const real _t = real(double(_now->step) * _dt64), _dt = real(_dt64);
    const int64_t* const _sizes = (const int64_t*)_slots[14];
    const int64_t _n_pre = _sizes[0], _n_post = _sizes[1], _delay = *(const int64_t*)_slots[11];
    const bool _is_plastic = _flags[3];
    const Storage _storage = Storage::of(_slots);
    const annlab::Range _own = annlab::own_neurons(_n_post, _team);
    real* const _target_0 = (real*)_slots[18];
    const real tau_plus = *(real*)_slots[28];
    const real tau_minus = *(real*)_slots[30];
    const real A_minus = *(real*)_slots[35];
    const real w_max = *(real*)_slots[33];
    const real w_min = *(real*)_slots[34];
    int64_t* const _last = (int64_t*)_slots[27];
    real* const _p_x = (real*)_slots[29];
    real* const _p_y = (real*)_slots[31];
    real* const _p_w = (real*)_slots[17];
    const annlab::SpikeRing _ring_post = annlab::SpikeRing::of(
        _slots[23], _slots[24], _slots[25], _slots[26]);
    const annlab::Spikes _spikes = annlab::Spikes::of(_ring_post, _now->step);
    for (int64_t _s = _team.index; _s < _spikes.count; _s += _team.count) {
        const int64_t i = _spikes.ranks[_s];
        _storage.column(i, _team.lane, annlab::WARP, [&](int64_t k, int64_t j) {
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
        });
        __syncwarp();
    }
}

ANNLAB_KERNEL(deliver_narrow_own, (deliver_<annlab::Csr<uint16_t>, false>))
ANNLAB_KERNEL(deliver_wide_own, (deliver_<annlab::Csr<int32_t>, false>))
ANNLAB_KERNEL(post_events_narrow_own, (post_events_<annlab::Csr<uint16_t>, false>))
ANNLAB_KERNEL(post_events_wide_own, (post_events_<annlab::Csr<int32_t>, false>))
