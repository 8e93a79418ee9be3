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
// after the other, groups lie side by side; without `first` each table is a group, and nobody waits
// for a look at it. The clock stands still over several steps; `ahead` says how many have gone by.
#define ANNLAB_KERNEL(name, body)                                                                 \
    extern "C" __global__ void name(void* const* const* tables, const int32_t* first,             \
                                    const annlab_step* clock, int64_t ahead) {                    \
        const annlab_step now = {clock->step + ahead, clock->first_step, 0, 1};                   \
        const int32_t group = (int32_t)blockIdx.y;                                                \
        const int32_t end = first == nullptr ? group + 1 : first[group + 1];                      \
        for (int32_t member = first == nullptr ? group : first[group]; member < end; ++member) {  \
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

// ---- memory that streams by ----------------------------------------------------------------------

// A number that is read once in a step: it takes no room from those that are read again.
template <class T>
ANNLAB_INLINE T streamed(const T* number) {
#if defined(__CUDACC__)
    if constexpr (sizeof(T) >= sizeof(int32_t)) return __ldcs(number);
#endif
    return *number;
}

// Asks for what will be needed soon. A warp waits for few loads at a time, too few for the memory of a
// large GPU to be busy; what has been asked for is near when they come. What it is worth shows with
// -DANNLAB_NO_PREFETCH.
template <class T>
ANNLAB_INLINE void ask_for(const T* numbers, int64_t k) {
#if defined(__CUDACC__) && !defined(ANNLAB_NO_PREFETCH)
    if (numbers != nullptr) asm volatile("prefetch.global.L2 [%0];" ::"l"(numbers + k));
#endif
}
constexpr int32_t AHEAD = 512;  // numbers of a row

// Clears the sums that begin with a projection that is switched off. LANES threads for each neuron.
template <int LANES, class T>
ANNLAB_INLINE void clear_unless(T* sums, const void* flags, const void* enabled, const void* sizes) {
    if (*(const int32_t*)flags || !*(const int32_t*)enabled) return;
    const int64_t n = ((const int64_t*)sizes)[1] * LANES;
    for (int64_t i = element(); i < n; i += n_elements())
        if (i % LANES == 0) sums[i / LANES] = 0;
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
    // The synapses of that source; none behind the end of the list.
    template <class Storage>
    ANNLAB_METHOD Part part(const Storage& storage, int32_t place) const {
        const int lane = lane_of(end, place);
        const int32_t before = __shfl_sync(ALL, end - count, lane);
        if (place >= total) return {0, 0};
        const int64_t age = youngest + lane;
        const int32_t rank = ring.ranks[ring_slot(step - age, ring.depth) * ring.stride + place - before];
        return storage.segment_part(rank, age);
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
    const unsigned long long bits = (unsigned long long)__double2ll_rn(value);
#if defined(__CUDACC__)
    // Said to be global: `atomicAdd` would look each time whether it is memory of the block.
    asm volatile("red.global.add.u64 [%0], %1;" ::"l"(__cvta_generic_to_global(sum)), "l"(bits)
                 : "memory");
#else
    atomicAdd((unsigned long long*)sum, bits);
#endif
}

// Adds what has arrived at a neuron to its target, and clears the sum.
template <class T>
ANNLAB_INLINE void settle(T* target, int64_t* sums, const double* unit, int64_t i) {
    const int64_t sum = sums[i];
    if (sum == 0) return;
    target[i] += T(double(sum) * *unit);
    sums[i] = 0;
}

// The same for all targets of neuron i, two at a time because each look at memory takes long; the
// thread's next neuron comes a stride later. slots: target, sums, [value of their last bit]; the same
// of another target, or zeros; seven slots of more targets, or null.
template <class T>
ANNLAB_INLINE void settle(void* const* slots, int64_t i, int64_t stride, int64_t n) {
    for (void* const* of = slots; of != nullptr && of[0] != nullptr; of = (void* const*)of[6]) {
        T *const one = (T*)of[0], *const two = (T*)of[3];
        int64_t *const sums = (int64_t*)of[1], *const others = (int64_t*)of[4];
        const bool has_two = two != nullptr;
        if (i + stride < n) {
            ask_for(sums, i + stride);
            ask_for(others, i + stride);
        }
        const int64_t sum = sums[i], other = has_two ? others[i] : 0;
        const T value = T(double(sum) * *(const double*)of[2]);
        const T second = has_two ? T(double(other) * *(const double*)of[5]) : T(0);
        if (sum == 0 && other == 0) continue;
        T before = one[i], then = has_two ? two[i] : T(0);
        if (sum != 0) {
            one[i] = before += value;
            sums[i] = 0;
        }
        if (other != 0) {
            two[i] = (one == two ? before : then) + second;
            others[i] = 0;
        }
    }
}

// How the teams share what arrives: so many look at one row, each at so many rows at once.
struct Sharing {
    uint32_t n_parts, n_at_once;
    uint32_t part, index, count;  // the team's part, and its number among those of the same part

    ANNLAB_INLINE Sharing of(const void* numbers) {
        const int64_t* const d = (const int64_t*)numbers;
        const Team team = Team::of();
        const uint32_t number = (uint32_t)team.index, n_teams = (uint32_t)team.count;
        const uint32_t n_parts = d[0] < team.count ? (uint32_t)d[0] : n_teams;
        return {n_parts, (uint32_t)d[1], number % n_parts, number / n_parts, n_teams / n_parts};
    }
    ANNLAB_METHOD bool is_idle() const { return index >= count; }
    ANNLAB_METHOD Part part_of(const Part& row) const {
        if (n_parts == 1) return row;
        const uint32_t length = (uint32_t)row.length, each = length / n_parts, rest = length % n_parts;
        const uint32_t begin = each * part + (part < rest ? part : rest);
        return {row.begin + begin, (int32_t)(each + (part < rest))};
    }
};

// Adds the synapses of a part of a row of each lane, some rounds of the lanes at once: what all of
// them need is under way before the first is added. `load(k)` gives what `add(value, i)` takes.
template <int ROUNDS, class Storage, class Load, class Add>
ANNLAB_INLINE void add_rounds(const Storage& storage, int64_t row, int64_t last, int32_t end,
                              int32_t base, int32_t n_events, int lane, Load load, Add add) {
    int64_t i[ROUNDS];
    decltype(load(0)) value[ROUNDS];
    bool is_there[ROUNDS];
    ANNLAB_UNROLL
    for (int n = 0; n < ROUNDS; ++n) {
        const int32_t event = base + n * WARP + lane;
        const int from = lane_of(end, event);
        const int64_t its_row = Storage::NEEDS_ROW ? __shfl_sync(ALL, row, from) : 0;
        const int64_t k = __shfl_sync(ALL, last, from) - (__shfl_sync(ALL, end, from) - event);
        is_there[n] = event < n_events;
        if (!is_there[n]) continue;
        i[n] = storage.other(its_row, k);
        value[n] = load(k);
        is_there[n] = storage.has(its_row, i[n]);
    }
    ANNLAB_UNROLL
    for (int n = 0; n < ROUNDS; ++n)
        if (is_there[n]) add(value[n], i[n]);
}

template <class Storage, class Load, class Add>
ANNLAB_INLINE void in_any_order(const Storage& storage, int64_t row, const Part& part, int lane,
                                Load load, Add add) {
    constexpr int ROUNDS = 4;
    const int32_t end = sum_up_to(part.length, lane), n_events = __shfl_sync(ALL, end, WARP - 1);
    const int64_t last = part.begin + part.length;
    int32_t base = 0;
    for (; base < n_events - WARP; base += ROUNDS * WARP)
        add_rounds<ROUNDS>(storage, row, last, end, base, n_events, lane, load, add);
    if (base < n_events)
        add_rounds<1>(storage, row, last, end, base, n_events, lane, load, add);
}

// Adds the synapses of the spikes of one step.
template <class Storage, class Load, class Add>
ANNLAB_INLINE void for_arriving(const Storage& storage, const SpikeRing& ring, int64_t emitted,
                                const Sharing& sharing, Load load, Add add) {
    const uint32_t lane = threadIdx.x % WARP;
    const Spikes spikes = Spikes::of(ring, emitted);
    const uint32_t by = sharing.count * sharing.n_at_once, count = (uint32_t)spikes.count;
    for (uint32_t first = sharing.index * sharing.n_at_once; first < count; first += by) {
        const uint32_t s = first + lane;
        int32_t row = 0;
        Part part = {0, 0};
        if (lane < sharing.n_at_once && s < count) {
            row = spikes.ranks[s];
            part = sharing.part_of(storage.whole(row));
        }
        in_any_order(storage, row, part, (int)lane, load, add);
    }
}

// The same where each spike arrives after the synapse's own delay. Of teams enough, different ones
// look at different ages. A row is walked in as many steps as it has delays, so what comes in the
// next one is asked for.
template <class Storage, class Load, class Add>
ANNLAB_INLINE void for_arriving_delayed(const Storage& storage, const SpikeRing& ring, int64_t step,
                                        int64_t longest, const Sharing& sharing, Load load, Add add) {
    const uint32_t lane = threadIdx.x % WARP;
    const uint32_t n_lists = ((uint32_t)longest + WARP - 1) / WARP;
    const uint32_t n_apart = n_lists < sharing.count ? n_lists : sharing.count;
    const uint32_t index = sharing.index / n_apart, count = sharing.count / n_apart;
    if (index >= count) return;
    for (uint32_t list = sharing.index % n_apart; list < n_lists; list += n_apart) {
        const Ages ages = Ages::of(ring, step, 1 + (int64_t)list * WARP, longest, (int)lane);
        const uint32_t by = count * sharing.n_at_once, total = (uint32_t)ages.total;
        for (uint32_t first = index * sharing.n_at_once; first < total; first += by) {
            const uint32_t place = lane < sharing.n_at_once ? first + lane : total;
            const Part row = ages.part(storage, (int32_t)place);
            in_any_order(storage, 0, sharing.part_of(row), (int)lane, load, add);
        }
    }
}

}  // namespace annlab
