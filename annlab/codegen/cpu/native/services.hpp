// Kernels that do not depend on any model: inputs, delays, reductions, recording.
//
// Each takes its table of addresses in the order that annlab/runtime/native.py gives it.
#pragma once
#include <stdlib.h>
#include <string.h>

#include "engine.hpp"

namespace annlab {

template <class T>
T* at(void* const* slots, int k) {
    return static_cast<T*>(slots[k]);
}

inline SpikeRing ring_at(void* const* slots, int k) {
    return SpikeRing::of(slots[k], slots[k + 1], slots[k + 2], slots[k + 3]);
}

inline void request_service(int64_t* service, int64_t step) {
    if (*service == Program::NO_SERVICE) __atomic_store_n(service, step + 2, __ATOMIC_RELAXED);
}

// Weighted sums are collected anew in every step. slots: sums, [n, item size], enabled
inline void zero_sums(void* const* slots, const annlab_step* now) {
    if (!*at<int32_t>(slots, 2)) return;
    const int64_t* dims = at<int64_t>(slots, 1);
    const Range r = own(dims[0], now);
    memset(at<char>(slots, 0) + r.begin * dims[1], 0, (size_t)((r.end - r.begin) * dims[1]));
}

// sum() is the sum over all targets. slots: total, [n], part ...
template <class T, int PARTS>
void add_sums(void* const* slots, const annlab_step* now) {
    const Range r = own(*at<int64_t>(slots, 1), now);
    T* total = at<T>(slots, 0);
    const T* part = at<T>(slots, 2);
    for (int64_t i = r.begin; i < r.end; ++i) total[i] += part[i];
}

// Pushes the new values of a delayed attribute.
// slots: history, source, [n, item size, depth, stride]; n is 0 for a global attribute
inline void push_history(void* const* slots, const annlab_step* now) {
    const int64_t* dims = at<int64_t>(slots, 2);
    const Range r = dims[0] ? own(dims[0], now) : Range{0, 1};
    char* row = at<char>(slots, 0) + ring_slot(now->step, dims[2]) * dims[3] * dims[1];
    memcpy(row + r.begin * dims[1], at<char>(slots, 1) + r.begin * dims[1],
                (size_t)((r.end - r.begin) * dims[1]));
}

// Copies the row in force into an attribute.
// slots: target, rows, starts, [n, n_rows, is the attribute global], origin, period, enabled
template <class T>
void timed_rows(void* const* slots, const annlab_step* now) {
    if (!*at<int32_t>(slots, 6)) return;
    const int64_t n = at<int64_t>(slots, 3)[0], n_rows = at<int64_t>(slots, 3)[1];
    const int64_t* starts = at<int64_t>(slots, 2);
    const int64_t period = *at<int64_t>(slots, 5);
    int64_t tau = now->step - *at<int64_t>(slots, 4);
    if (period > 0) tau %= period;
    const int64_t later = first_not_below(starts, 0, n_rows, tau + 1);
    const Range r = at<int64_t>(slots, 3)[2] ? Range{0, n} : own_neurons(n, now);
    T* target = at<T>(slots, 0);
    if (later == 0) {
        for (int64_t i = r.begin; i < r.end; ++i) target[i] = 0;
        return;
    }
    const T* row = at<T>(slots, 1) + (later - 1) * n;
    for (int64_t i = r.begin; i < r.end; ++i) target[i] = row[i];
}

// Emits given spikes; each thread keeps to the neurons it owns, so it looks at all events of the
// step. slots: steps, ranks, [n_events, n], origin, cursor, enabled, last_spike, ring (4 slots)
inline void spike_table(void* const* slots, const annlab_step* now) {
    const int64_t* dims = at<int64_t>(slots, 2);
    const SpikeRing ring = ring_at(slots, 7);
    const Range r = own_neurons(dims[1], now);
    int32_t* out = begin_spikes(ring, r.begin, now);
    int64_t count = 0;
    if (*at<int32_t>(slots, 5)) {
        const int64_t* steps = at<int64_t>(slots, 0);
        const int32_t* ranks = at<int32_t>(slots, 1);
        const int64_t tau = now->step - *at<int64_t>(slots, 3);
        for (int64_t e = first_not_below(steps, 0, dims[0], tau); e < dims[0] && steps[e] == tau; ++e) {
            const int32_t rank = ranks[e];
            if (rank < r.begin || rank >= r.end) continue;
            out[count++] = rank;
            at<int64_t>(slots, 6)[rank] = now->step;
        }
    }
    end_spikes(ring, count, now);
}

// Reductions over a population: blocks first, so that the order of additions is the same for
// every number of threads. slots: values, partial results, [n, kind], result
// kind: 0 min, 1 max, 2 mean, 3 norm1, 4 norm2
template <class T>
T reduce_range(const T* values, int64_t begin, int64_t end, int64_t kind) {
    T result = kind == 0 || kind == 1 ? values[begin] : T(0);
    for (int64_t i = begin; i < end; ++i) {
        const T x = values[i];
        switch (kind) {
            case 0: result = x < result ? x : result; break;
            case 1: result = x > result ? x : result; break;
            case 2: result += x; break;
            case 3: result += x < 0 ? -x : x; break;
            default: result += x * x;
        }
    }
    return result;
}

template <class In, class Out>
void reduce_blocks(void* const* slots, const annlab_step* now) {
    const int64_t n = at<int64_t>(slots, 2)[0], kind = at<int64_t>(slots, 2)[1];
    const Range r = own(n, now);
    const In* values = at<In>(slots, 0);
    Out* partial = at<Out>(slots, 1);
    Out block[BLOCK];
    for (int64_t b = r.begin; b < r.end && b < n; b += BLOCK) {
        const int64_t size = n - b < BLOCK ? n - b : BLOCK;
        for (int64_t i = 0; i < size; ++i) block[i] = (Out)values[b + i];
        partial[b / BLOCK] = reduce_range(block, 0, size, kind);
    }
}

template <class Out>
void reduce_partials(void* const* slots, const annlab_step*) {
    const int64_t n = at<int64_t>(slots, 2)[0], kind = at<int64_t>(slots, 2)[1];
    const int64_t n_blocks = (n + BLOCK - 1) / BLOCK;
    const Out* partial = at<Out>(slots, 1);
    const int64_t combine = kind >= 2 ? 2 : kind;
    Out result = reduce_range(partial, 0, n_blocks, combine);
    if (kind == 2) result /= (Out)n;
    if (kind == 4) result = annlab::sqrt(result);
    *at<Out>(slots, 3) = result;
}

// Mean firing rate over a window.
// slots: r, counts, per_step, fifo, ends, [n, window, capacity], [1000/window in ms], ring (4), service
template <class T>
void rate_window(void* const* slots, const annlab_step* now) {
    T* rate = at<T>(slots, 0);
    int32_t* counts = at<int32_t>(slots, 1);
    int32_t* per_step = at<int32_t>(slots, 2);
    int32_t* fifo = at<int32_t>(slots, 3);
    int64_t* ends = at<int64_t>(slots, 4);
    const int64_t* dims = at<int64_t>(slots, 5);
    const T per_spike = (T)*at<double>(slots, 6);
    int32_t& leaving = per_step[ring_slot(now->step, dims[1])];
    for (int32_t k = 0; k < leaving; ++k) {
        const int32_t rank = fifo[ends[0]++ % dims[2]];
        rate[rank] = (T)--counts[rank] * per_spike;
    }
    leaving = 0;
    for_spikes(ring_at(slots, 7), now->step, [&](int64_t rank) {
        rate[rank] = (T)++counts[rank] * per_spike;
        fifo[ends[1]++ % dims[2]] = (int32_t)rank;
        ++leaving;
    });
    if (ends[1] - ends[0] + 3 * dims[0] > dims[2]) request_service(at<int64_t>(slots, 11), now->step);
}

// Number of steps m < step with (m - start) % period == offset that lie inside the window, counted
// from any fixed step. schedule: period, offset, start, first step, step after the last.
inline int64_t n_due(int64_t step, const int64_t* schedule) {
    const int64_t period = schedule[0], first = schedule[1] + schedule[2];
    step = step < schedule[3] ? schedule[3] : step > schedule[4] ? schedule[4] : step;
    const int64_t passed = step - first;
    return passed >= 0 ? (passed + period - 1) / period : -((-passed) / period);
}

// Records one row. Every thread writes what it owns; the row follows from the step alone.
// slots: source, buffer, count, schedule, active, [width, item size, capacity, n owned or 0],
//        positions or null, service
template <class Item>
void record_values(void* const* slots, const annlab_step* now) {
    if (!*at<int32_t>(slots, 4)) return;
    const int64_t* schedule = at<int64_t>(slots, 3);
    if (now->step < schedule[3] || now->step >= schedule[4]) return;
    int64_t phase = (now->step - schedule[2]) % schedule[0];
    if (phase < 0) phase += schedule[0];
    if (phase != schedule[1]) return;
    const int64_t* dims = at<int64_t>(slots, 5);
    const int64_t width = dims[0], n_owned = dims[3];
    const int64_t in_run = n_due(now->step, schedule) - n_due(now->first_step, schedule);
    const int64_t row = *at<int64_t>(slots, 2) + in_run;
    const Item* source = at<Item>(slots, 0);
    Item* out = at<Item>(slots, 1) + row * width;
    const int64_t* positions = at<int64_t>(slots, 6);
    const Range r = n_owned ? own_neurons(n_owned, now) : Range{0, INT64_MAX};
    if (positions == nullptr) {
        const Range o = overlap(r, 0, width);
        memcpy(out + o.begin, source + o.begin, (size_t)(o.end - o.begin) * sizeof(Item));
    } else {
        for (int64_t k = 0; k < width; ++k)
            if (positions[k] >= r.begin && positions[k] < r.end) out[k] = source[positions[k]];
    }
    if (now->thread == 0 && row + 4 >= dims[2]) request_service(at<int64_t>(slots, 7), now->step);
}

// Adds the rows of a run to the count of a recorder. `last` is the last step that was run.
inline void count_rows(int64_t* count, const int64_t* schedule, int64_t first, int64_t last) {
    *count += n_due(last + 1, schedule) - n_due(first, schedule);
}

// Records who spiked. slots: steps, ranks, count, active, [capacity, slack], mask or null,
//                            service, ring (4), [first step, step after the last]
inline void record_spikes(void* const* slots, const annlab_step* now) {
    const int64_t* window = at<int64_t>(slots, 11);
    if (!*at<int32_t>(slots, 3) || now->step < window[0] || now->step >= window[1]) return;
    int64_t* steps = at<int64_t>(slots, 0);
    int32_t* ranks = at<int32_t>(slots, 1);
    int64_t count = *at<int64_t>(slots, 2);
    const uint8_t* mask = at<uint8_t>(slots, 5);
    for_spikes(ring_at(slots, 7), now->step, [&](int64_t rank) {
        if (mask && !mask[rank]) return;
        steps[count] = now->step;
        ranks[count++] = (int32_t)rank;
    });
    *at<int64_t>(slots, 2) = count;
    const int64_t* dims = at<int64_t>(slots, 4);
    // A follower looks at the step before: the others may have finished the present one already.
    if (count + dims[1] > dims[0]) request_service(at<int64_t>(slots, 6), now->step + 1);
}

// The last spikes, for live views. slots: steps, ranks, head, active, [capacity], mask or null, ring
inline void tap_spikes(void* const* slots, const annlab_step* now) {
    if (!*at<int32_t>(slots, 3)) return;
    int64_t* steps = at<int64_t>(slots, 0);
    int32_t* ranks = at<int32_t>(slots, 1);
    int64_t head = *at<int64_t>(slots, 2);
    const int64_t last = *at<int64_t>(slots, 4) - 1;
    const uint8_t* mask = at<uint8_t>(slots, 5);
    for_spikes(ring_at(slots, 6), now->step, [&](int64_t rank) {
        if (mask && !mask[rank]) return;
        steps[head & last] = now->step;
        ranks[head++ & last] = (int32_t)rank;
    });
    __atomic_store_n(at<int64_t>(slots, 2), head, __ATOMIC_RELEASE);
}

// The last values, for live views.
// slots: source, positions, rows, steps, head, active, [capacity, width, period]
template <class Item>
void tap_values(void* const* slots, const annlab_step* now) {
    const int64_t* dims = at<int64_t>(slots, 6);
    if (!*at<int32_t>(slots, 5) || now->step % dims[2]) return;
    const int64_t head = *at<int64_t>(slots, 4), slot = head & (dims[0] - 1);
    const Item* source = at<Item>(slots, 0);
    const int64_t* positions = at<int64_t>(slots, 1);
    Item* row = at<Item>(slots, 2) + slot * dims[1];
    for (int64_t k = 0; k < dims[1]; ++k) row[k] = source[positions[k]];
    at<int64_t>(slots, 3)[slot] = now->step;
    __atomic_store_n(at<int64_t>(slots, 4), head + 1, __ATOMIC_RELEASE);
}

// One number of [0, 1) for each counter, as `Stream.uniform` of annlab/runtime/streams.py has them.
inline void draw_units(const Stream& stream, int64_t step, int64_t n, const uint64_t* counters,
                       double* out) {
    const uint32_t c3 = stream.c3(step);
#pragma omp simd
    for (int64_t q = 0; q < n; ++q) {
        uint32_t x0 = (uint32_t)counters[q], x1 = (uint32_t)(counters[q] >> 32);
        uint32_t x2 = (uint32_t)step, x3 = c3;
        philox(x0, x1, x2, x3, stream.k0, stream.k1);
        out[q] = unit(x0, x1, 0.0);
    }
}

}  // namespace annlab
