// What generated CUDA kernels share beside kernel.hpp: teams, spikes, the order of events.
//
// A team is a warp. Where the order of events matters it owns a range of postsynaptic neurons, in
// whole blocks, as a thread does on the CPU, and sees the events onto each of them in the same order.
// Where they are only added up, teams share the spikes and add integers, atomically. Either way sums
// are the same to the last bit whatever the number of teams; no number with a point is added so.
#pragma once
#if !defined(__CUDACC__)
#include "emulation.hpp"
#endif
#include "kernel.hpp"

#define ANNLAB_PRAGMA(text) _Pragma(#text)
#if defined(__CUDACC__)
#define ANNLAB_UNROLL_BY(n) ANNLAB_PRAGMA(unroll n)
#else
#define ANNLAB_UNROLL_BY(n) ANNLAB_PRAGMA(GCC unroll n)
#endif

// A kernel gets many tables of slots. Those of one group are for the same neurons and come one
// after the other, groups lie side by side. The clock stands still over several steps; `ahead` says
// how many have gone by since.
#define ANNLAB_KERNEL(name, body)                                                                 \
    extern "C" __global__ void name(void* const* const* tables, const int32_t* first,             \
                                    const annlab_step* clock, int64_t ahead) {                    \
        const annlab_step now = {clock->step + ahead, clock->first_step, 0, 1};                   \
        for (int32_t member = first[blockIdx.y]; member < first[blockIdx.y + 1]; ++member) {      \
            body(tables[member], &now);                                                           \
            __syncwarp();                                                                         \
        }                                                                                         \
    }

namespace annlab {

constexpr int WARP = 32;
constexpr uint32_t ALL = 0xFFFFFFFFu;

ANNLAB_INLINE double infinity() {
    return value_of(0x7FF0000000000000ull);
}
ANNLAB_INLINE double not_a_number() {
    return value_of(0x7FF8000000000000ull);
}

// A slot of a table.
template <class T>
ANNLAB_INLINE T* at(void* const* slots, int k) {
    return (T*)slots[k];
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

// Sum of what the lanes up to this one have.
template <class T>
ANNLAB_INLINE T sum_up_to(T value, int lane) {
    ANNLAB_UNROLL
    for (int by = 1; by < WARP; by *= 2) {
        const T before = __shfl_up_sync(ALL, value, by);
        if (lane >= by) value += before;
    }
    return value;
}

// The first lane whose `end` is above `wanted`, if there is one; every lane may look for another.
ANNLAB_INLINE int lane_of(int32_t end, int32_t wanted) {
    int from = 0;
    ANNLAB_UNROLL
    for (int step = WARP / 2; step > 0; step /= 2)
        if (__shfl_sync(ALL, end, from + step - 1) <= wanted) from += step;
    return from;
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

// The neurons that spiked in one step, ascending. On the device a slot has one segment; the ring of
// neurons that never spike (without an axon of their own, say) has none, and no memory either.
struct Spikes {
    const int32_t* ranks;
    int64_t count;

    ANNLAB_INLINE Spikes of(const SpikeRing& ring, int64_t step) {
        if (ring.n_segments == 0) return {nullptr, 0};
        const int64_t slot = ring_slot(step, ring.depth);
        return {ring.ranks + slot * ring.stride, ring.counts[slot * MAX_THREADS]};
    }
};

// Each warp notes which of its neurons have spiked; `collect_spikes` makes a list of it.
ANNLAB_INLINE void mark_spikes(void* words, int64_t i, int64_t n, bool has_fired) {
    const uint32_t bits = __ballot_sync(ALL, has_fired);
    if (i < n && i % WARP == 0) ((uint32_t*)words)[i / WARP] = bits;
}

// Where a list of synapses comes from, and when; `row` is -1 where there is none.
struct Source {
    int64_t neuron, row, emitted;
};

// Some synapses of a row, one after the other.
struct Part {
    int64_t begin;
    int32_t length;
};

// The spikes of up to 32 past steps as one list, the youngest step first. Lane l knows those of age
// `youngest + l`.
struct Ages {
    SpikeRing ring;
    int64_t step, youngest;
    int32_t end;  // of this lane's spikes in the list
    int32_t count, total;

    ANNLAB_INLINE Ages of(const SpikeRing& ring, int64_t step, int64_t youngest, int64_t oldest,
                          int lane) {
        const int64_t age = youngest + lane;
        const int32_t count = age <= oldest ? (int32_t)Spikes::of(ring, step - age).count : 0;
        const int32_t end = sum_up_to(count, lane);
        return {ring, step, youngest, end, count, __shfl_sync(ALL, end, WARP - 1)};
    }
    // Each lane looks at another place of the list; `row` is -1 behind its end.
    template <class Storage>
    ANNLAB_METHOD Source source(const Storage& storage, int32_t place) const {
        const int lane = lane_of(end, place);
        const int32_t before = __shfl_sync(ALL, end - count, lane);
        if (place >= total) return {0, -1, 0};
        const int64_t age = youngest + lane;
        const int32_t rank = Spikes::of(ring, step - age).ranks[place - before];
        return {rank, storage.segment(rank, age), step - age};
    }
};

// ---- events ---------------------------------------------------------------------------------------

// Calls `visit(is_there, j, k, i, emitted)` for the synapses of a part of a row of each lane, one
// row after the other; all lanes share them, and all call, those without a synapse too.
template <class Storage, class Visit>
ANNLAB_INLINE void share(const Storage& storage, const Source& source, const Part& part, int lane,
                         Visit visit) {
    const int32_t end = sum_up_to(part.length, lane);
    const int32_t n_events = __shfl_sync(ALL, end, WARP - 1);
    for (int32_t base = 0; base < n_events; base += WARP) {
        const int32_t event = base + lane;
        const int from = lane_of(end, event);
        const int64_t j = __shfl_sync(ALL, source.neuron, from);
        const int64_t row = __shfl_sync(ALL, source.row, from);
        const int64_t emitted = __shfl_sync(ALL, source.emitted, from);
        const int64_t last = __shfl_sync(ALL, part.begin + part.length, from);
        const int64_t k = last - (__shfl_sync(ALL, end, from) - event);
        const int64_t i = event < n_events ? storage.other(row, k) : -1;
        visit(event < n_events && storage.has(row, i), j, k, i, emitted);
    }
}

// ---- events in order --------------------------------------------------------------------------------

// Calls `visit(j, k, i, emitted)` for the synapses of the parts that the lanes have found. Those
// onto one neuron are visited in the order of the lanes.
template <class Storage, class Visit>
ANNLAB_INLINE void in_order(const Storage& storage, const Source& source, Range own,
                            const Team& team, bool one_by_one, Visit visit) {
    const Part part = source.row >= 0 ? storage.part(source.row, own) : Part{0, 0};
    share(storage, source, part, team.lane,
          [&](bool is_there, int64_t j, int64_t k, int64_t i, int64_t emitted) {
              const int32_t place = is_there ? (int32_t)i : -1 - team.lane;
              const uint32_t peers = __match_any_sync(ALL, place);
              const uint32_t earlier = one_by_one ? ALL : peers;
              const int turn = __popc(earlier & ((1u << team.lane) - 1));
              for (int now = 0; __ballot_sync(ALL, turn >= now); ++now) {
                  if (is_there && turn == now) visit(j, k, i, emitted);
                  __syncwarp();
              }
          });
}

// Calls `visit` for the synapses onto the team's own neurons that belong to the sources 0 ... n-1,
// in their order. The lanes look for the parts of 32 rows at once, then share all their synapses.
template <class Storage, class Find, class Visit>
ANNLAB_INLINE void for_synapses(const Storage& storage, int64_t n, Range own, const Team& team,
                                bool one_by_one, Find find, Visit visit) {
    for (int64_t first = 0; first < n; first += WARP) {
        Source source = {0, -1, 0};
        if (first + team.lane < n) source = find(first + team.lane);
        in_order(storage, source, own, team, one_by_one, visit);
    }
}

// The same for the spikes that arrive in this step where each synapse has a delay, the shortest first.
template <class Storage, class Visit>
ANNLAB_INLINE void for_delayed(const Storage& storage, const SpikeRing& ring, int64_t step,
                               int64_t longest, Range own, const Team& team, bool one_by_one,
                               Visit visit) {
    for (int64_t youngest = 1; youngest <= longest; youngest += WARP) {
        const Ages ages = Ages::of(ring, step, youngest, longest, team.lane);
        for (int32_t first = 0; first < ages.total; first += WARP)
            in_order(storage, ages.source(storage, first + team.lane), own, team, one_by_one, visit);
    }
}

// ---- events in any order ----------------------------------------------------------------------------

// Adds a number to a sum in fixed point; `scale` is a power of two, so only its last bits are lost.
ANNLAB_INLINE void add_fixed(int64_t* sum, double value) {
    atomicAdd((unsigned long long*)sum, (unsigned long long)__double2ll_rn(value));
}

// How the teams share what arrives: so many look at one row, each at so many rows at once.
struct Sharing {
    int64_t n_parts, n_at_once;
    int64_t part, index, count;  // the team's part, and its number among those of the same part

    ANNLAB_INLINE Sharing of(const void* numbers) {
        const int64_t* const d = (const int64_t*)numbers;
        const Team team = Team::of();
        const int64_t n_parts = d[0] < team.count ? d[0] : team.count;
        return {n_parts, d[1], team.index % n_parts, team.index / n_parts, team.count / n_parts};
    }
    ANNLAB_METHOD bool is_idle() const { return index >= count; }
    ANNLAB_METHOD Part part_of(const Part& row) const {
        const int64_t begin = row.length * part / n_parts, end = row.length * (part + 1) / n_parts;
        return {row.begin + begin, (int32_t)(end - begin)};
    }
};

template <class Storage, class Visit>
ANNLAB_INLINE void in_any_order(const Storage& storage, const Source& source,
                                const Sharing& sharing, int lane, Visit visit) {
    const Part part = source.row >= 0 ? sharing.part_of(storage.whole(source.row)) : Part{0, 0};
    share(storage, source, part, lane,
          [&](bool is_there, int64_t, int64_t k, int64_t i, int64_t) {
              if (is_there) visit(k, i);
          });
}

// Calls `visit(k, i)` for the synapses of the spikes of one step.
template <class Storage, class Visit>
ANNLAB_INLINE void for_arriving(const Storage& storage, const SpikeRing& ring, int64_t emitted,
                                const Sharing& sharing, Visit visit) {
    const int lane = (int)(threadIdx.x % WARP);
    const Spikes spikes = Spikes::of(ring, emitted);
    const int64_t by = sharing.count * sharing.n_at_once;
    for (int64_t first = sharing.index * sharing.n_at_once; first < spikes.count; first += by) {
        const int64_t s = first + lane;
        Source source = {0, -1, emitted};
        if (lane < sharing.n_at_once && s < spikes.count)
            source = {spikes.ranks[s], spikes.ranks[s], emitted};
        in_any_order(storage, source, sharing, lane, visit);
    }
}

// Calls `visit(k, i)` for the synapses at which a spike arrives, each after its own delay. Of teams
// enough, different ones look at different ages.
template <class Storage, class Visit>
ANNLAB_INLINE void for_arriving_delayed(const Storage& storage, const SpikeRing& ring, int64_t step,
                                        int64_t longest, const Sharing& sharing, Visit visit) {
    const int lane = (int)(threadIdx.x % WARP);
    const int64_t n_lists = (longest + WARP - 1) / WARP;
    const int64_t n_apart = n_lists < sharing.count ? n_lists : sharing.count;
    const int64_t index = sharing.index / n_apart, count = sharing.count / n_apart;
    if (index >= count) return;
    for (int64_t list = sharing.index % n_apart; list < n_lists; list += n_apart) {
        const Ages ages = Ages::of(ring, step, 1 + list * WARP, longest, lane);
        const int64_t by = count * sharing.n_at_once;
        for (int64_t first = index * sharing.n_at_once; first < ages.total; first += by) {
            const bool is_mine = lane < sharing.n_at_once;
            const int64_t place = is_mine ? first + lane : ages.total;
            in_any_order(storage, ages.source(storage, (int32_t)place), sharing, lane, visit);
        }
    }
}

}  // namespace annlab
