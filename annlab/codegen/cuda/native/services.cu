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
    if (i < *at<int64_t>(slots, 2))
        settle(at<T>(slots, 0), at<int64_t>(slots, 1), at<double>(slots, 3), i);
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

// Four words of marks, read at once.
struct alignas(16) Marks {
    uint32_t words[4];

    ANNLAB_METHOD int32_t count() const {
        return __popc(words[0]) + __popc(words[1]) + __popc(words[2]) + __popc(words[3]);
    }
};

// Where spikes are listed: in the ring, or in what a recorder keeps. Nowhere if there are no ranks.
struct Listing {
    int32_t* ranks;
    int64_t* steps;  // if wanted
    int64_t begin, step;

    ANNLAB_METHOD void put(int64_t place, int32_t rank) const {
        if (ranks == nullptr) return;
        ranks[begin + place] = rank;
        if (steps != nullptr) steps[begin + place] = step;
    }
};

// What a recorder keeps of the spikes of a population. How many there are lies in one of two places,
// that of even steps or that of odd ones: who notes the new number disturbs nobody who reads the old.
// slots: steps, ranks, counts (2), active, marks of those who are recorded or null,
//        [first step, step after the last] or null
struct Record {
    Listing listing;
    int64_t* counts;
    const Marks* chosen;
    bool is_open;

    ANNLAB_INLINE Record of(void* const* slots, int64_t step) {
        int64_t* const counts = at<int64_t>(slots, 2);
        const int64_t* const window = at<int64_t>(slots, 5);
        const bool is_open = *at<int32_t>(slots, 3) &&
                             (window == nullptr || (step >= window[0] && step < window[1]));
        const Listing listing = {at<int32_t>(slots, 1), at<int64_t>(slots, 0), counts[step & 1], step};
        return {listing, counts, at<Marks>(slots, 4), is_open};
    }
    ANNLAB_INLINE Record none() { return {{nullptr, nullptr, 0, 0}, nullptr, nullptr, false}; }
    ANNLAB_METHOD Listing open() const { return is_open ? listing : none().listing; }
    ANNLAB_METHOD void note(int64_t n_found) const {
        if (counts != nullptr)
            counts[(listing.step + 1) & 1] = listing.begin + (is_open ? n_found : 0);
    }
};

// Lists the marked neurons of this block's part, ascending, in two places; returns how many there are
// up to its end. Each block counts for itself what comes before its part.
ANNLAB_INLINE int32_t list_part(const Marks* marks, const Marks* chosen, int64_t n, const Listing& one,
                                const Listing& other) {
    const int64_t begin = (int64_t)blockIdx.x * blockDim.x, mine = begin + threadIdx.x;
    const auto marked = [=](int64_t k) {
        Marks found = marks[k];
        if (chosen == nullptr) return found;
        const Marks mask = chosen[k];
        ANNLAB_UNROLL
        for (int w = 0; w < 4; ++w) found.words[w] &= mask.words[w];
        return found;
    };
    int32_t n_before = 0, n_of_part;
    ANNLAB_UNROLL_BY(4)
    for (int64_t k = threadIdx.x; k < begin; k += blockDim.x) n_before += marked(k).count();
    if (begin > 0) sum_before(n_before, &n_before);
    const Marks found = mine < n ? marked(mine) : Marks{{0, 0, 0, 0}};
    int32_t place = n_before + sum_before(found.count(), &n_of_part);
    ANNLAB_UNROLL
    for (int w = 0; w < 4; ++w)
        for (uint32_t bits = found.words[w]; bits != 0; bits &= bits - 1, ++place) {
            const int32_t rank = (int32_t)((mine * 4 + w) * WARP) + __ffs((int)bits) - 1;
            one.put(place, rank);
            other.put(place, rank);
        }
    return n_before + n_of_part;
}

// Makes an ascending list of the neurons that have been marked, in the ring and for recorders. A
// thread for four words. The first recorder of all neurons goes with the ring. slots: marks,
// [quadruples of words], ring (4), tables of other recorders, [how many, is there a first], record (6)
ANNLAB_INLINE void collect_spikes(void* const* slots, const annlab_step* now) {
    const int64_t n = *at<int64_t>(slots, 1), last = n > 0 ? (n - 1) / blockDim.x : 0;
    if (blockIdx.x > last) return;
    const bool is_last = blockIdx.x == last && threadIdx.x == 0;
    const Marks* const marks = at<Marks>(slots, 0);
    void* const* const* const recorders = at<void* const*>(slots, 6);
    const int64_t n_recorders = at<int64_t>(slots, 7)[0], has_first = at<int64_t>(slots, 7)[1];
    const SpikeRing ring = ring_at(slots, 2);
    const int64_t slot = ring_slot(now->step, ring.depth);
    const Record first = has_first ? Record::of(slots + 8, now->step) : Record::none();
    const int32_t n_found = list_part(
        marks, nullptr, n, {ring.ranks + slot * ring.stride, nullptr, 0, 0}, first.open());
    if (is_last) {
        ring.starts[slot * MAX_THREADS] = 0;
        ring.counts[slot * MAX_THREADS] = n_found;
        first.note(n_found);
    }
    for (int64_t r = 0; r < n_recorders; ++r) {
        const Record record = Record::of(recorders[r], now->step);
        const int32_t n_recorded = list_part(marks, record.chosen, n, record.open(), Record::none().listing);
        if (is_last) record.note(n_recorded);
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

// Records the spikes of a list that nobody has marked. One block. slots: those of a record (6), ring (4)
ANNLAB_INLINE void append_spikes(void* const* slots, const annlab_step* now) {
    const Record record = Record::of(slots, now->step);
    const Listing listing = record.open();
    const Spikes spikes = Spikes::of(ring_at(slots, 6), now->step);
    const uint32_t* const chosen = (const uint32_t*)record.chosen;
    int32_t n_found = 0;
    for (int64_t first = 0; first < spikes.count; first += blockDim.x) {
        const int64_t k = first + threadIdx.x;
        const int32_t rank = k < spikes.count ? spikes.ranks[k] : 0;
        const bool is_wanted =
            k < spikes.count && (chosen == nullptr || chosen[rank / WARP] >> (rank % WARP) & 1u);
        int32_t n_of_round;
        const int32_t place = n_found + sum_before(is_wanted, &n_of_round);
        if (is_wanted) listing.put(place, rank);
        n_found += n_of_round;
    }
    if (threadIdx.x == 0) record.note(n_found);
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
