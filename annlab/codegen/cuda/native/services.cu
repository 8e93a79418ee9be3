// Kernels that do not depend on any model: inputs, delays, reductions, recording, the clock.
//
// Each takes its slots as its neighbour in cpu/native/services.hpp does; there the meaning is told.
#include "device.cuh"

namespace annlab {

ANNLAB_INLINE SpikeRing ring_at(void* const* slots, int k) {
    return SpikeRing::of(slots[k], slots[k + 1], slots[k + 2], slots[k + 3]);
}

// slots: sums, [n, item size], enabled
ANNLAB_INLINE void zero_sums(void* const* slots, const annlab_step*) {
    const int64_t n = at<int64_t>(slots, 1)[0], item = at<int64_t>(slots, 1)[1], i = element();
    if (!*at<int32_t>(slots, 2) || i >= n) return;
    if (item == 8)
        at<uint64_t>(slots, 0)[i] = 0;
    else
        at<uint32_t>(slots, 0)[i] = 0;
}

// slots: total, [n], part
template <class T>
ANNLAB_INLINE void add_sums(void* const* slots, const annlab_step*) {
    const int64_t i = element();
    if (i < *at<int64_t>(slots, 1)) at<T>(slots, 0)[i] += at<T>(slots, 2)[i];
}

// slots: target, sums in fixed point, [n], [value of their last bit]
template <class T>
ANNLAB_INLINE void settle_sums(void* const* slots, const annlab_step*) {
    const int64_t i = element();
    if (i >= *at<int64_t>(slots, 2)) return;
    int64_t* const sum = at<int64_t>(slots, 1) + i;
    if (*sum == 0) return;
    at<T>(slots, 0)[i] += T(double(*sum) * *at<double>(slots, 3));
    *sum = 0;
}

// slots: history, source, [n, item size, depth, stride]; n is 0 for a global attribute
ANNLAB_INLINE void push_history(void* const* slots, const annlab_step* now) {
    const int64_t* const dims = at<int64_t>(slots, 2);
    const int64_t i = element(), place = ring_slot(now->step, dims[2]) * dims[3] + i;
    if (i >= (dims[0] ? dims[0] : 1)) return;
    switch (dims[1]) {
        case 8: at<uint64_t>(slots, 0)[place] = at<uint64_t>(slots, 1)[i]; break;
        case 4: at<uint32_t>(slots, 0)[place] = at<uint32_t>(slots, 1)[i]; break;
        default: at<uint8_t>(slots, 0)[place] = at<uint8_t>(slots, 1)[i];
    }
}

// slots: target, rows, starts, [n, n_rows, is the attribute global], origin, period, enabled
template <class T>
ANNLAB_INLINE void timed_rows(void* const* slots, const annlab_step* now) {
    const int64_t n = at<int64_t>(slots, 3)[0], n_rows = at<int64_t>(slots, 3)[1], i = element();
    if (!*at<int32_t>(slots, 6) || i >= n) return;
    const int64_t period = *at<int64_t>(slots, 5);
    int64_t tau = now->step - *at<int64_t>(slots, 4);
    if (period > 0) tau = ring_slot(tau, period);
    const int64_t row = first_not_below(at<int64_t>(slots, 2), 0, n_rows, tau + 1) - 1;
    at<T>(slots, 0)[i] = row < 0 ? T(0) : at<T>(slots, 1)[row * n + i];
}

// One block. slots: steps, ranks, [n_events, n], origin, cursor, enabled, last_spike, ring (4 slots)
ANNLAB_INLINE void spike_table(void* const* slots, const annlab_step* now) {
    const SpikeRing ring = ring_at(slots, 7);
    const int64_t slot = ring_slot(now->step, ring.depth), n_events = at<int64_t>(slots, 2)[0];
    const int64_t* const steps = at<int64_t>(slots, 0);
    int64_t first = 0, count = 0;
    if (*at<int32_t>(slots, 5)) {
        const int64_t tau = now->step - *at<int64_t>(slots, 3);
        first = first_not_below(steps, 0, n_events, tau);
        count = first_not_below(steps, 0, n_events, tau + 1) - first;
    }
    for (int64_t e = threadIdx.x; e < count; e += blockDim.x) {
        const int32_t rank = at<int32_t>(slots, 1)[first + e];
        ring.ranks[slot * ring.stride + e] = rank;
        at<int64_t>(slots, 6)[rank] = now->step;
    }
    if (threadIdx.x == 0) {
        ring.starts[slot * MAX_THREADS] = 0;
        ring.counts[slot * MAX_THREADS] = (int32_t)count;
    }
}

// Sum of what the threads of the block before this one have, and of all. One block of whole warps.
ANNLAB_INLINE int32_t sum_before(int32_t mine, int32_t* all) {
    __shared__ int32_t of_warps[WARP];
    const int lane = (int)(threadIdx.x % WARP), warp = (int)(threadIdx.x / WARP);
    const int32_t end = sum_up_to(mine, lane);
    __syncthreads();  // the numbers of an earlier call have been read
    if (lane == WARP - 1) of_warps[warp] = end;
    __syncthreads();
    int32_t earlier = 0, sum = 0;
    for (int w = 0; w < (int)(blockDim.x / WARP); ++w) {
        if (w < warp) earlier += of_warps[w];
        sum += of_warps[w];
    }
    *all = sum;
    return earlier + end - mine;
}

// Makes an ascending list of the neurons that have been marked. One block.
// slots: words, [n], ring (4 slots)
ANNLAB_INLINE void collect_spikes(void* const* slots, const annlab_step* now) {
    constexpr int EACH = 8;  // words of a thread in a round, read at once
    const uint32_t* const words = at<uint32_t>(slots, 0);
    const SpikeRing ring = ring_at(slots, 2);
    const int64_t slot = ring_slot(now->step, ring.depth);
    const int64_t n_words = (*at<int64_t>(slots, 1) + WARP - 1) / WARP;
    int32_t* const out = ring.ranks + slot * ring.stride;
    int32_t n_found = 0;
    for (int64_t base = 0; base < n_words; base += (int64_t)blockDim.x * EACH) {
        const int64_t begin = base + (int64_t)threadIdx.x * EACH;
        uint32_t mine[EACH];
        int32_t n_mine = 0, n_of_round;
        ANNLAB_UNROLL
        for (int w = 0; w < EACH; ++w) mine[w] = begin + w < n_words ? words[begin + w] : 0;
        ANNLAB_UNROLL
        for (int w = 0; w < EACH; ++w) n_mine += __popc(mine[w]);
        int32_t place = n_found + sum_before(n_mine, &n_of_round);
        ANNLAB_UNROLL
        for (int w = 0; w < EACH; ++w)
            for (uint32_t bits = mine[w]; bits != 0; bits &= bits - 1)
                out[place++] = (int32_t)((begin + w) * WARP) + __ffs((int)bits) - 1;
        n_found += n_of_round;
    }
    if (threadIdx.x == 0) {
        ring.starts[slot * MAX_THREADS] = 0;
        ring.counts[slot * MAX_THREADS] = n_found;
    }
}

// kind: 0 min, 1 max, 2 mean, 3 norm1, 4 norm2. Loops are short and seldom run: unrolled, they took
// more than half of the time in which all of this file is compiled.
template <class Out, class In>
ANNLAB_INLINE Out reduce_range(const In* values, int64_t begin, int64_t end, int64_t kind) {
    Out result = kind == 0 || kind == 1 ? (Out)values[begin] : Out(0);
    ANNLAB_UNROLL_BY(1)
    for (int64_t i = begin; i < end; ++i) {
        const Out x = (Out)values[i];
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

// A thread a block of neurons, so that sums are the same as on the CPU.
// slots: values, partial results, [n, kind], result
template <class In, class Out>
ANNLAB_INLINE void reduce_blocks(void* const* slots, const annlab_step*) {
    const int64_t n = at<int64_t>(slots, 2)[0], kind = at<int64_t>(slots, 2)[1];
    const int64_t begin = element() * BLOCK, end = begin + BLOCK < n ? begin + BLOCK : n;
    if (begin < n)
        at<Out>(slots, 1)[begin / BLOCK] =
            reduce_range<Out>(at<In>(slots, 0), begin, end, kind);
}

template <class Out>
ANNLAB_INLINE void reduce_partials(void* const* slots, const annlab_step*) {
    if (element() != 0) return;
    const int64_t n = at<int64_t>(slots, 2)[0], kind = at<int64_t>(slots, 2)[1];
    const int64_t combine = kind >= 2 ? 2 : kind;
    Out result = reduce_range<Out>(at<Out>(slots, 1), 0, (n + BLOCK - 1) / BLOCK, combine);
    if (kind == 2) result /= (Out)n;
    if (kind == 4) result = annlab::sqrt(result);
    *at<Out>(slots, 3) = result;
}

// One block. slots: r, counts, per_step, fifo, ends, [n, window, capacity], [1000/window in ms],
// ring (4)
template <class T>
ANNLAB_INLINE void rate_window(void* const* slots, const annlab_step* now) {
    T* const rate = at<T>(slots, 0);
    int32_t* const counts = at<int32_t>(slots, 1);
    int32_t* const fifo = at<int32_t>(slots, 3);
    int64_t* const ends = at<int64_t>(slots, 4);
    const int64_t* const dims = at<int64_t>(slots, 5);
    const T per_spike = (T)*at<double>(slots, 6);
    int32_t* const per_step = at<int32_t>(slots, 2) + ring_slot(now->step, dims[1]);
    const Spikes spikes = Spikes::of(ring_at(slots, 7), now->step);
    const int64_t head = ends[0], tail = ends[1];
    const int32_t leaving = *per_step;
    for (int64_t k = threadIdx.x; k < leaving; k += blockDim.x) {
        const int32_t rank = fifo[(head + k) % dims[2]];
        rate[rank] = (T)--counts[rank] * per_spike;
    }
    __syncthreads();  // who spiked a window ago may spike now
    for (int64_t k = threadIdx.x; k < spikes.count; k += blockDim.x) {
        const int32_t rank = spikes.ranks[k];
        rate[rank] = (T)++counts[rank] * per_spike;
        fifo[(tail + k) % dims[2]] = rank;
    }
    if (threadIdx.x == 0) {
        *per_step = (int32_t)spikes.count;
        ends[0] = head + leaving;
        ends[1] = tail + spikes.count;
    }
}

// Number of steps m < step with (m - start) % period == offset that lie inside the window, counted
// from any fixed step. schedule: period, offset, start, first step, step after the last.
ANNLAB_INLINE int64_t n_due(int64_t step, const int64_t* schedule) {
    const int64_t period = schedule[0], first = schedule[1] + schedule[2];
    step = step < schedule[3] ? schedule[3] : step > schedule[4] ? schedule[4] : step;
    const int64_t passed = step - first;
    return passed >= 0 ? (passed + period - 1) / period : -((-passed) / period);
}

// slots: source, buffer, count, schedule, active, [width, item size, capacity, n owned],
//        positions or null
template <class Item>
ANNLAB_INLINE void record_values(void* const* slots, const annlab_step* now) {
    const int64_t width = at<int64_t>(slots, 5)[0], k = element();
    const int64_t* const schedule = at<int64_t>(slots, 3);
    if (!*at<int32_t>(slots, 4) || k >= width) return;
    if (now->step < schedule[3] || now->step >= schedule[4]) return;
    if (ring_slot(now->step - schedule[2], schedule[0]) != schedule[1]) return;
    const int64_t in_run = n_due(now->step, schedule) - n_due(now->first_step, schedule);
    const int64_t row = *at<int64_t>(slots, 2) + in_run;
    const int64_t* const positions = at<int64_t>(slots, 6);
    const int64_t place = positions == nullptr ? k : positions[k];
    at<Item>(slots, 1)[row * width + k] = at<Item>(slots, 0)[place];
}

// Appends the spikes of a step. One team. `last` wraps round; it is all ones where nothing may.
// slots: steps, ranks, count, active, [last], mask or null, ring (4),
//        [first step, step after the last] or null
ANNLAB_INLINE void append_spikes(void* const* slots, const annlab_step* now) {
    const Team team = Team::alone();
    if (!*at<int32_t>(slots, 3) || team.is_idle()) return;
    const int64_t* const window = at<int64_t>(slots, 10);
    if (window != nullptr && (now->step < window[0] || now->step >= window[1])) return;
    const Spikes spikes = Spikes::of(ring_at(slots, 6), now->step);
    const uint8_t* const mask = at<uint8_t>(slots, 5);
    const int64_t last = *at<int64_t>(slots, 4);
    int64_t count = *at<int64_t>(slots, 2);
    for (int64_t first = 0; first < spikes.count; first += WARP) {
        const int64_t k = first + team.lane;
        const int32_t rank = k < spikes.count ? spikes.ranks[k] : 0;
        const bool is_wanted = k < spikes.count && (mask == nullptr || mask[rank]);
        const uint32_t bits = __ballot_sync(ALL, is_wanted);
        const int64_t place = (count + __popc(bits & ((1u << team.lane) - 1))) & last;
        if (is_wanted) {
            at<int64_t>(slots, 0)[place] = now->step;
            at<int32_t>(slots, 1)[place] = rank;
        }
        count += __popc(bits);
    }
    __syncwarp();
    if (team.lane == 0) *at<int64_t>(slots, 2) = count;
}

// slots: source, positions, rows, steps, head, active, [capacity, width, period], first
// The head is counted by the host; `first` is that of the run.
template <class Item>
ANNLAB_INLINE void tap_values(void* const* slots, const annlab_step* now) {
    const int64_t* const dims = at<int64_t>(slots, 6);
    const int64_t k = element(), period = dims[2];
    if (!*at<int32_t>(slots, 5) || now->step % period || k >= dims[1]) return;
    const int64_t in_run = (now->step + period - 1) / period - (now->first_step + period - 1) / period;
    const int64_t slot = (*at<int64_t>(slots, 4) + in_run) & (dims[0] - 1);
    at<Item>(slots, 2)[slot * dims[1] + k] = at<Item>(slots, 0)[at<int64_t>(slots, 1)[k]];
    if (k == 0) at<int64_t>(slots, 3)[slot] = now->step;
}

}  // namespace annlab

// After `n_steps` steps.
extern "C" __global__ void advance_clock(void* const* const*, const int32_t*, annlab_step* clock,
                                         int64_t n_steps) {
    if (annlab::element() == 0) clock->step += n_steps;
}
ANNLAB_KERNEL(zero_sums, annlab::zero_sums)
ANNLAB_KERNEL(push_history, annlab::push_history)
ANNLAB_KERNEL(spike_table, annlab::spike_table)
ANNLAB_KERNEL(collect_spikes, annlab::collect_spikes)
ANNLAB_KERNEL(append_spikes, annlab::append_spikes)
ANNLAB_KERNEL(add_sums_float64, annlab::add_sums<double>)
ANNLAB_KERNEL(add_sums_float32, annlab::add_sums<float>)
ANNLAB_KERNEL(settle_sums_float64, annlab::settle_sums<double>)
ANNLAB_KERNEL(settle_sums_float32, annlab::settle_sums<float>)
ANNLAB_KERNEL(timed_rows_float64, annlab::timed_rows<double>)
ANNLAB_KERNEL(timed_rows_float32, annlab::timed_rows<float>)
ANNLAB_KERNEL(reduce_blocks_float64, (annlab::reduce_blocks<double, double>))
ANNLAB_KERNEL(reduce_blocks_float32, (annlab::reduce_blocks<float, float>))
ANNLAB_KERNEL(reduce_blocks_int64, (annlab::reduce_blocks<int64_t, double>))
ANNLAB_KERNEL(reduce_blocks_int32, (annlab::reduce_blocks<int32_t, float>))
ANNLAB_KERNEL(reduce_blocks_bool_float64, (annlab::reduce_blocks<uint8_t, double>))
ANNLAB_KERNEL(reduce_blocks_bool_float32, (annlab::reduce_blocks<uint8_t, float>))
ANNLAB_KERNEL(reduce_partials_float64, annlab::reduce_partials<double>)
ANNLAB_KERNEL(reduce_partials_float32, annlab::reduce_partials<float>)
ANNLAB_KERNEL(rate_window_float64, annlab::rate_window<double>)
ANNLAB_KERNEL(rate_window_float32, annlab::rate_window<float>)
ANNLAB_KERNEL(record_values_1, annlab::record_values<uint8_t>)
ANNLAB_KERNEL(record_values_4, annlab::record_values<uint32_t>)
ANNLAB_KERNEL(record_values_8, annlab::record_values<uint64_t>)
ANNLAB_KERNEL(tap_values_1, annlab::tap_values<uint8_t>)
ANNLAB_KERNEL(tap_values_4, annlab::tap_values<uint32_t>)
ANNLAB_KERNEL(tap_values_8, annlab::tap_values<uint64_t>)
