// What generated CUDA kernels share beside kernel.hpp: teams, spikes, the order of events.
//
// A team is a warp. It owns a range of postsynaptic neurons, in whole blocks, as a thread does on
// the CPU, and sees the events onto each of them in the same order: sums are the same to the last
// bit whatever the number of teams, and no addition is atomic.
#pragma once
#if !defined(__CUDACC__)
#include "emulation.hpp"
#endif
#include "kernel.hpp"

// A kernel gets many tables of slots. Those of one group are for the same neurons and come one
// after the other, groups lie side by side.
#define ANNLAB_KERNEL(name, body)                                                                 \
    extern "C" __global__ void name(void* const* const* tables, const int32_t* first,             \
                                    annlab_step* now) {                                           \
        for (int32_t member = first[blockIdx.y]; member < first[blockIdx.y + 1]; ++member) {      \
            body(tables[member], now);                                                            \
            __syncwarp();                                                                         \
        }                                                                                         \
    }

namespace annlab {

constexpr int WARP = 32;
constexpr uint32_t ALL = 0xFFFFFFFFu;

ANNLAB_INLINE double from_bits(uint64_t bits) {
    union {
        uint64_t bits;
        double value;
    } x;
    x.bits = bits;
    return x.value;
}
ANNLAB_INLINE double infinity() {
    return from_bits(0x7FF0000000000000ull);
}
ANNLAB_INLINE double not_a_number() {
    return from_bits(0x7FF8000000000000ull);
}

// The number of this thread in its launch, and of how many.
ANNLAB_INLINE int64_t element() {
    return (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
}
ANNLAB_INLINE int64_t n_elements() {
    return (int64_t)gridDim.x * blockDim.x;
}

struct Team {
    int lane;
    int64_t index, count;

    ANNLAB_INLINE Team of() {
        return {(int)(threadIdx.x % WARP), element() / WARP, n_elements() / WARP};
    }
    // The first team, as if there was no other.
    ANNLAB_INLINE Team alone() {
        return {(int)(threadIdx.x % WARP), element() / WARP, 1};
    }
    ANNLAB_METHOD bool is_idle() const { return index >= count; }
};

ANNLAB_INLINE Range own_neurons(int64_t n, const Team& team) {
    const int64_t blocks = n > 0 ? (n + BLOCK - 1) / BLOCK : 1;
    const int64_t end = blocks * (team.index + 1) / team.count * BLOCK;
    return {blocks * team.index / team.count * BLOCK, end < n ? end : n};
}

// ---- what a team adds up; every lane gets the result --------------------------------------------

template <class T>
ANNLAB_INLINE T total(T value) {
    ANNLAB_UNROLL
    for (int by = WARP / 2; by > 0; by /= 2) value += __shfl_down_sync(ALL, value, by);
    return __shfl_sync(ALL, value, 0);
}

// The largest (or smallest) of the values of those lanes that have any.
template <bool IS_LARGEST, class T>
ANNLAB_INLINE T extreme(T value, int32_t has_value) {
    ANNLAB_UNROLL
    for (int by = WARP / 2; by > 0; by /= 2) {
        const T other = __shfl_down_sync(ALL, value, by);
        const int32_t has_other = __shfl_down_sync(ALL, has_value, by);
        const T both = IS_LARGEST ? larger(value, other) : smaller(value, other);
        value = has_value ? (has_other ? both : value) : other;
        has_value |= has_other;
    }
    const T found = __shfl_sync(ALL, value, 0);
    return __shfl_sync(ALL, has_value, 0) ? found : T(0);
}

// ---- spikes ---------------------------------------------------------------------------------------

// The neurons that spiked in one step, ascending. On the device a slot has one segment.
struct Spikes {
    const int32_t* ranks;
    int64_t count;

    ANNLAB_INLINE Spikes of(const SpikeRing& ring, int64_t step) {
        const int64_t slot = ring_slot(step, ring.depth);
        return {ring.ranks + slot * ring.stride, ring.counts[slot * MAX_THREADS]};
    }
};

// Each warp notes which of its neurons have spiked; `collect_spikes` makes a list of it.
ANNLAB_INLINE void mark_spikes(void* words, int64_t i, int64_t n, bool has_fired) {
    const uint32_t bits = __ballot_sync(ALL, has_fired);
    if (i < n && i % WARP == 0) ((uint32_t*)words)[i / WARP] = bits;
}

// ---- events in order --------------------------------------------------------------------------------

// Where a list of synapses comes from; `row` is -1 where there is none.
struct Source {
    int64_t neuron, row;
};

// Some synapses of a row, one after the other.
struct Part {
    int64_t begin;
    int32_t length;
};

// Calls `visit(j, k, i)` for the synapses k onto the team's own neurons i that belong to the sources
// 0 ... n-1. Those onto one neuron are visited in the order of the sources. The lanes look for the
// parts of 32 rows at once, then share the synapses of all of them.
template <class Storage, class Find, class Visit>
ANNLAB_INLINE void for_synapses(const Storage& storage, int64_t n, Range own, const Team& team,
                                bool one_by_one, Find find, Visit visit) {
    for (int64_t first = 0; first < n; first += WARP) {
        Source source = {0, -1};
        Part part = {0, 0};
        if (first + team.lane < n) {
            source = find(first + team.lane);
            if (source.row >= 0) part = storage.part(source.row, own);
        }
        int32_t end = part.length;
        ANNLAB_UNROLL
        for (int by = 1; by < WARP; by *= 2) {
            const int32_t before = __shfl_up_sync(ALL, end, by);
            if (team.lane >= by) end += before;
        }
        const int32_t n_events = __shfl_sync(ALL, end, WARP - 1);
        for (int32_t base = 0; base < n_events; base += WARP) {
            const int32_t event = base + team.lane;
            int from = 0;  // the first source that ends behind the event
            ANNLAB_UNROLL
            for (int step = WARP / 2; step > 0; step /= 2)
                if (__shfl_sync(ALL, end, from + step - 1) <= event) from += step;
            const int64_t j = __shfl_sync(ALL, source.neuron, from);
            const int64_t row = __shfl_sync(ALL, source.row, from);
            const int64_t last = __shfl_sync(ALL, part.begin + part.length, from);
            const int64_t k = last - (__shfl_sync(ALL, end, from) - event);
            const int64_t i = event < n_events ? storage.other(row, k) : -1;
            const bool is_there = event < n_events && storage.has(row, i);
            const uint32_t peers = __match_any_sync(ALL, is_there ? (int32_t)i : -1 - team.lane);
            const uint32_t earlier = one_by_one ? ALL : peers;
            const int turn = __popc(earlier & ((1u << team.lane) - 1));
            for (int now = 0; __ballot_sync(ALL, turn >= now); ++now) {
                if (is_there && turn == now) visit(j, k, i);
                __syncwarp();
            }
        }
    }
}

}  // namespace annlab
