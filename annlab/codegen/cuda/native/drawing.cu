// Draws the synapses of a projection on the device: the numbers of annlab/runtime/drawing/plain.py.
//
// A team draws a row; its lanes share the places of the row. What is counted atomically is whole
// numbers, so nothing depends on who comes first. Teams go on until no row is left, each with some
// memory of its own: `scratch` has `n_scratch` words for each.
#include "device.cuh"
#include "drawing.hpp"

namespace annlab {

// The rows of a pattern, as whole numbers that the host gives.
struct Pattern {
    uint32_t k0, k1;
    int64_t n_rows, n_columns;
    int64_t number;       // of synapses in a row, where that is fixed
    int64_t own;          // what is added to a row to get the column that is left out ...
    bool leaves_out_own;  // ... if any is
    double mean_gap;

    ANNLAB_INLINE Pattern of(void* const* slots, int k) {
        const int64_t* const d = (const int64_t*)slots[k];
        return {(uint32_t)d[0], (uint32_t)d[1], d[2], d[3], d[4], d[5], d[6] != 0,
                *(const double*)slots[k + 1]};
    }
    ANNLAB_METHOD int64_t excluded(int64_t row) const {
        const int64_t column = row + own;
        return leaves_out_own && column >= 0 && column < n_columns ? column : -1;
    }
};

struct Scratch {
    uint32_t* words;

    // slots: words, [words of a team]
    ANNLAB_INLINE Scratch of(void* const* slots, int k, const Team& team) {
        return {at<uint32_t>(slots, k) + team.index * *at<int64_t>(slots, k + 1)};
    }
    ANNLAB_METHOD void clear(int64_t n, int lane) const {
        for (int64_t w = lane; w < n; w += WARP) words[w] = 0;
        __syncwarp();
    }
};

// ---- rows where each pair exists with a probability ---------------------------------------------

// Calls `visit(place, column)` for the synapses of a row; returns how many there are.
template <class Visit>
ANNLAB_INLINE int64_t for_bernoulli(const Pattern& p, int64_t row, int lane, Visit visit) {
    const int64_t excluded = p.excluded(row);
    int64_t n_found = 0, before = -1;
    for (uint64_t base = 0; before < p.n_columns; base += WARP) {
        const Units<double> u = units_of(p.k0, p.k1, PAIRS, row, base + (uint64_t)lane);
        const int64_t one = gap_of(u.first, p.mean_gap, (double)p.n_columns) + (int64_t)1;
        const int64_t two = gap_of(u.second, p.mean_gap, (double)p.n_columns) + (int64_t)1;
        const int64_t end = before + sum_up_to(one + two, lane), middle = end - two;
        const int32_t has_one = middle < p.n_columns && middle != excluded;
        const int32_t has_two = end < p.n_columns && end != excluded;
        const int32_t upto = sum_up_to(has_one + has_two, lane);
        const int64_t place = n_found + upto - has_one - has_two;
        if (has_one) visit(place, middle);
        if (has_two) visit(place + has_one, end);
        n_found += __shfl_sync(ALL, upto, WARP - 1);
        before = __shfl_sync(ALL, end, WARP - 1);
    }
    return n_found;
}

// slots: pattern, mean gap, counts
ANNLAB_INLINE void count_rows(void* const* slots, const annlab_step*) {
    const Pattern p = Pattern::of(slots, 0);
    const Team team = Team::of();
    for (int64_t row = team.index; row < p.n_rows; row += team.count) {
        const int64_t n = for_bernoulli(p, row, team.lane, [](int64_t, int64_t) {});
        if (team.lane == 0) at<int64_t>(slots, 2)[row] = n;
    }
}

// slots: pattern, mean gap, where rows begin, index, [what is added to a column]
template <class Index>
ANNLAB_INLINE void draw_rows(void* const* slots, const annlab_step*) {
    const Pattern p = Pattern::of(slots, 0);
    const Team team = Team::of();
    const int64_t first_rank = *at<int64_t>(slots, 4);
    for (int64_t row = team.index; row < p.n_rows; row += team.count) {
        Index* const out = at<Index>(slots, 3) + at<int64_t>(slots, 2)[row];
        for_bernoulli(p, row, team.lane, [&](int64_t place, int64_t column) {
            out[place] = (Index)(column + first_rank);
        });
    }
}

// ---- rows with a fixed number ---------------------------------------------------------------------

// The places that are marked (or are not), ascending: calls `visit(place, k)` and clears the marks.
template <class Visit>
ANNLAB_INLINE void take_marks(const Scratch& marks, int64_t n, bool is_rest, int lane, Visit visit) {
    int64_t n_found = 0;
    for (int64_t base = 0; base < n; base += (int64_t)WARP * WARP) {
        const int64_t begin = base + (int64_t)lane * WARP;
        uint32_t bits = 0;
        if (begin < n) {
            bits = marks.words[begin / WARP];
            marks.words[begin / WARP] = 0;
            if (is_rest) bits = ~bits;
            if (n - begin < WARP) bits &= (1u << (n - begin)) - 1u;
        }
        const int32_t count = __popc(bits), upto = sum_up_to(count, lane);
        for (int64_t place = n_found + upto - count; bits != 0; bits &= bits - 1)
            visit(place++, begin + __ffs((int)bits) - 1);
        n_found += __shfl_sync(ALL, upto, WARP - 1);
    }
    __syncwarp();
}

ANNLAB_INLINE int32_t mark(const Scratch& marks, int64_t k) {
    const uint32_t bit = 1u << (k % WARP);
    return (atomicOr(marks.words + k / WARP, bit) & bit) == 0;
}

// slots: pattern, mean gap, index (rows one after the other), [what is added to a column], scratch (2)
template <class Index>
ANNLAB_INLINE void choose_rows(void* const* slots, const annlab_step*) {
    const Pattern p = Pattern::of(slots, 0);
    const Team team = Team::of();
    const Scratch marks = Scratch::of(slots, 4, team);
    const int64_t first_rank = *at<int64_t>(slots, 3);
    marks.clear((p.n_columns + WARP - 1) / WARP, team.lane);
    for (int64_t row = team.index; row < p.n_rows; row += team.count) {
        const int64_t own = p.excluded(row), n = p.n_columns - (own >= 0);
        const bool is_rest = 2 * p.number > n;
        const int64_t n_marks = is_rest ? n - p.number : p.number;
        // In a round as many places are looked at as marks are missing: none too many.
        for (int64_t n_found = 0, n_seen = 0; n_found < n_marks;) {
            const int64_t missing = n_marks - n_found;
            int32_t n_new = 0;
            for (int64_t k = n_seen + team.lane; k < n_seen + missing; k += WARP) {
                const Units<double> u = units_of(p.k0, p.k1, PAIRS, row, (uint64_t)k / 2);
                n_new += mark(marks, (int64_t)((k % 2 ? u.second : u.first) * (double)n));
            }
            n_seen += missing;
            n_found += total(n_new);
        }
        __syncwarp();
        Index* const out = at<Index>(slots, 2) + row * p.number;
        take_marks(marks, n, is_rest, team.lane, [&](int64_t place, int64_t k) {
            out[place] = (Index)(k + (own >= 0 && k >= own) + first_rank);
        });
    }
}

// How often each column occurs. slots: columns, [n], counts
template <class Index>
ANNLAB_INLINE void count_columns(void* const* slots, const annlab_step*) {
    const int64_t n = *at<int64_t>(slots, 1);
    for (int64_t k = element(); k < n; k += n_elements())
        atomicAdd(at<unsigned>(slots, 2) + at<Index>(slots, 0)[k], 1u);
}

// Puts the rows that have an entry in a column where the column begins, in any order.
// slots: columns, [entries, entries of a row, what is added to a row], where columns begin,
//        how many are there, out
template <class Index, class Out>
ANNLAB_INLINE void scatter_rows(void* const* slots, const annlab_step*) {
    const int64_t* const dims = at<int64_t>(slots, 1);
    for (int64_t k = element(); k < dims[0]; k += n_elements()) {
        const int64_t column = at<Index>(slots, 0)[k];
        const unsigned place = atomicAdd(at<unsigned>(slots, 3) + column, 1u);
        at<Out>(slots, 4)[at<int64_t>(slots, 2)[column] + place] = (Out)(k / dims[1] + dims[2]);
    }
}

// Brings rows of different numbers into order. slots: where rows begin, index, [n_rows, n], scratch (2)
template <class Index>
ANNLAB_INLINE void sort_rows(void* const* slots, const annlab_step*) {
    const int64_t* const dims = at<int64_t>(slots, 2);
    const int64_t* const row_ptr = at<int64_t>(slots, 0);
    const Team team = Team::of();
    const Scratch marks = Scratch::of(slots, 3, team);
    marks.clear((dims[1] + WARP - 1) / WARP, team.lane);
    for (int64_t row = team.index; row < dims[0]; row += team.count) {
        Index* const out = at<Index>(slots, 1) + row_ptr[row];
        const int64_t length = row_ptr[row + 1] - row_ptr[row];
        for (int64_t k = team.lane; k < length; k += WARP) mark(marks, out[k]);
        __syncwarp();
        take_marks(marks, dims[1], false, team.lane,
                   [&](int64_t place, int64_t k) { out[place] = (Index)k; });
    }
}

// ---- values -----------------------------------------------------------------------------------------

// slots: [key, purpose, n], law, out
template <int KIND, class T>
ANNLAB_INLINE void fill_kind(void* const* slots, const Law& law) {
    const int64_t* const d = at<int64_t>(slots, 0);
    for (int64_t count = element(); 2 * count < d[3]; count += n_elements()) {
        const Units<double> u =
            units_of((uint32_t)d[0], (uint32_t)d[1], (uint32_t)d[2], 0, (uint64_t)count);
        const Units<double> x = of_law<KIND>(law, u);
        const double a = bounded(law, x.first), b = bounded(law, x.second);
        const bool has_unit = law.unit != 0.0;
        T* const out = at<T>(slots, 2) + 2 * count;
        out[0] = (T)(has_unit ? in_steps(law, a) : a);
        if (2 * count + 1 < d[3]) out[1] = (T)(has_unit ? in_steps(law, b) : b);
    }
}

template <class T>
ANNLAB_INLINE void fill_values(void* const* slots, const annlab_step*) {
    const Law law = Law::of(at<double>(slots, 1));
    switch (law.kind) {
        case 0: return fill_kind<0, T>(slots, law);
        case 1: return fill_kind<1, T>(slots, law);
        case 2: return fill_kind<2, T>(slots, law);
        case 3: return fill_kind<3, T>(slots, law);
        default: return fill_kind<4, T>(slots, law);
    }
}

// The largest value and the smallest that is not 0, without their signs, as bits; and whether all
// are finite. slots: values, [n], [largest, smallest, how many are not finite]
template <class T>
ANNLAB_INLINE void find_extent(void* const* slots, const annlab_step*) {
    const int64_t n = *at<int64_t>(slots, 1);
    unsigned long long largest = 0, smallest = ~0ull, n_bad = 0;
    for (int64_t k = element(); k < n; k += n_elements()) {
        const double value = abs((double)at<T>(slots, 0)[k]);
        if (!isfinite(value)) {
            ++n_bad;
            continue;
        }
        const unsigned long long bits = bits_of(value);
        largest = bits > largest ? bits : largest;
        if (bits != 0 && bits < smallest) smallest = bits;
    }
    unsigned long long* const found = at<unsigned long long>(slots, 2);
    if (largest > 0) atomicMax(found, largest);
    if (smallest != ~0ull) atomicMin(found + 1, smallest);
    if (n_bad > 0) atomicAdd(found + 2, n_bad);
}

// ---- rows cut by delay ------------------------------------------------------------------------------

// Counts the delays of a row; `counts` has been cleared.
ANNLAB_INLINE void count_delays_of(const int32_t* delays, int64_t length, const Scratch& counts,
                                   int lane) {
    for (int64_t k = lane; k < length; k += WARP) atomicAdd(counts.words + delays[k], 1u);
    __syncwarp();
}

// slots: where rows begin, delays, [n_rows, n_delays], scratch (2), how many different ones, the longest
ANNLAB_INLINE void count_delays(void* const* slots, const annlab_step*) {
    const int64_t* const row_ptr = at<int64_t>(slots, 0);
    const int64_t n_rows = at<int64_t>(slots, 2)[0], n_delays = at<int64_t>(slots, 2)[1];
    const Team team = Team::of();
    const Scratch counts = Scratch::of(slots, 3, team);
    counts.clear(n_delays, team.lane);
    for (int64_t row = team.index; row < n_rows; row += team.count) {
        const int64_t length = row_ptr[row + 1] - row_ptr[row];
        count_delays_of(at<int32_t>(slots, 1) + row_ptr[row], length, counts, team.lane);
        int32_t n = 0, longest = 0;
        for (int64_t d = team.lane; d < n_delays; d += WARP) {
            if (counts.words[d] == 0) continue;
            ++n;
            longest = (int32_t)d;
            counts.words[d] = 0;
        }
        __syncwarp();
        n = total(n);
        longest = extreme<true>(longest, 1);
        if (team.lane == 0) {
            at<int64_t>(slots, 5)[row] = n;
            at<int32_t>(slots, 6)[row] = longest;
        }
    }
}

template <class T>
ANNLAB_INLINE void move(void* const* slots, int k, int64_t from, int64_t to) {
    at<T>(slots, k + 1)[to] = at<T>(slots, k)[from];
}

// Sorts each row by delay, without a change of order among equals, and cuts it where it changes.
// slots: where rows begin, delays, [n_rows, n_delays], scratch (2), first segment of each row, cuts,
//        delays of segments, index (from, to), [bytes of an index, of a weight or 0], weights (from, to)
ANNLAB_INLINE void cut_rows(void* const* slots, const annlab_step*) {
    const int64_t* const row_ptr = at<int64_t>(slots, 0);
    const int64_t n_rows = at<int64_t>(slots, 2)[0], n_delays = at<int64_t>(slots, 2)[1];
    const int64_t of_index = at<int64_t>(slots, 10)[0], of_weight = at<int64_t>(slots, 10)[1];
    const Team team = Team::of();
    const Scratch next = Scratch::of(slots, 3, team);
    next.clear(n_delays, team.lane);
    for (int64_t row = team.index; row < n_rows; row += team.count) {
        const int64_t begin = row_ptr[row], length = row_ptr[row + 1] - begin;
        const int32_t* const delays = at<int32_t>(slots, 1) + begin;
        count_delays_of(delays, length, next, team.lane);
        int64_t segment = at<int64_t>(slots, 5)[row];
        uint32_t before = 0;
        for (int64_t base = 0; base < n_delays; base += WARP) {
            const int64_t d = base + team.lane;
            const uint32_t count = d < n_delays ? next.words[d] : 0;
            const uint32_t upto = sum_up_to(count, team.lane);
            const uint32_t has = __ballot_sync(ALL, count != 0);
            if (d < n_delays) next.words[d] = before + upto - count;
            if (count != 0) {
                const int64_t s = segment + __popc(has & ((1u << team.lane) - 1));
                at<int64_t>(slots, 6)[s] = begin + before + upto - count;
                at<int32_t>(slots, 7)[s] = (int32_t)d;
            }
            segment += __popc(has);
            before += __shfl_sync(ALL, upto, WARP - 1);
        }
        __syncwarp();
        for (int64_t base = 0; base < length; base += WARP) {
            const int64_t k = base + team.lane;
            const int32_t d = k < length ? delays[k] : -1 - team.lane;
            const uint32_t peers = __match_any_sync(ALL, d);
            const int32_t rank = __popc(peers & ((1u << team.lane) - 1));
            const int64_t to = k < length ? begin + next.words[d] + rank : 0;
            __syncwarp();  // all have read before anyone counts on
            if (k < length) {
                if (rank == 0) next.words[d] += (uint32_t)__popc(peers);
                if (of_index == 2)
                    move<uint16_t>(slots, 8, begin + k, to);
                else
                    move<uint32_t>(slots, 8, begin + k, to);
                if (of_weight == 4) move<uint32_t>(slots, 11, begin + k, to);
                if (of_weight == 8) move<uint64_t>(slots, 11, begin + k, to);
            }
            __syncwarp();
        }
        next.clear(n_delays, team.lane);
    }
    if (team.index == 0 && team.lane == 0)
        at<int64_t>(slots, 6)[at<int64_t>(slots, 5)[n_rows]] = row_ptr[n_rows];
}

}  // namespace annlab

ANNLAB_KERNEL(count_rows, annlab::count_rows)
ANNLAB_KERNEL(draw_rows_2, annlab::draw_rows<uint16_t>)
ANNLAB_KERNEL(draw_rows_4, annlab::draw_rows<int32_t>)
ANNLAB_KERNEL(choose_rows_2, annlab::choose_rows<uint16_t>)
ANNLAB_KERNEL(choose_rows_4, annlab::choose_rows<int32_t>)
ANNLAB_KERNEL(count_columns_2, annlab::count_columns<uint16_t>)
ANNLAB_KERNEL(count_columns_4, annlab::count_columns<int32_t>)
ANNLAB_KERNEL(scatter_rows_2_2, (annlab::scatter_rows<uint16_t, uint16_t>))
ANNLAB_KERNEL(scatter_rows_2_4, (annlab::scatter_rows<uint16_t, int32_t>))
ANNLAB_KERNEL(scatter_rows_4_2, (annlab::scatter_rows<int32_t, uint16_t>))
ANNLAB_KERNEL(scatter_rows_4_4, (annlab::scatter_rows<int32_t, int32_t>))
ANNLAB_KERNEL(sort_rows_2, annlab::sort_rows<uint16_t>)
ANNLAB_KERNEL(sort_rows_4, annlab::sort_rows<int32_t>)
ANNLAB_KERNEL(fill_values_float64, annlab::fill_values<double>)
ANNLAB_KERNEL(fill_values_float32, annlab::fill_values<float>)
ANNLAB_KERNEL(fill_values_int32, annlab::fill_values<int32_t>)
ANNLAB_KERNEL(find_extent_float64, annlab::find_extent<double>)
ANNLAB_KERNEL(find_extent_float32, annlab::find_extent<float>)
ANNLAB_KERNEL(count_delays, annlab::count_delays)
ANNLAB_KERNEL(cut_rows, annlab::cut_rows)
