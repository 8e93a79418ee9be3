// How the synapses of a projection are walked: one struct a layout.
//
// `row` visits the synapses of a neuron of the major side that belong to this thread, `column`
// those of a postsynaptic neuron, with (position of the synapse, rank of the other side).
// Within a row no two synapses share a neuron, so rows may be vectorised. Ranks that come out of
// memory are handed on as 32-bit integers: with wider ones compilers do not find the instructions
// that gather and scatter single precision (so `visit` takes them as `auto`).
#pragma once
#include "kernel.hpp"

namespace annlab {

// How the rows of a matrix are summed that no cache holds (more bytes than the first number), and the
// bytes of partial sums of each row. Four vector registers hide the latency of an addition. Where
// AVX-512 is missing, a row alone came from memory 1.7 times as slowly as one of four that are walked
// together (Zen 3, in a loop that does nothing else); their sums share the registers. Where it is not,
// four were 1.1 times as slow as one after the other (Zen 5), and one that is fetched ahead, which
// the processor does not do beyond a page, the fastest.
#if defined(__AVX512F__)
constexpr int64_t FAR = 64 << 20, PARTIAL_SUMS = 256;
constexpr bool FOUR_TOGETHER = false;
#else
constexpr int64_t FAR = 16 << 20, PARTIAL_SUMS = 128;
constexpr bool FOUR_TOGETHER = true;
#endif
#if !defined(ANNLAB_FAR)  // tests set it, to have small matrices walked as large ones
#define ANNLAB_FAR FAR
#endif

template <class T>
constexpr int lanes() {
    return PARTIAL_SUMS / (int)sizeof(T);
}

template <class T>
ANNLAB_INLINE T sum_lanes(T* acc) {
    for (int half = lanes<T>() / 2; half > 0; half /= 2)
#pragma omp simd
        for (int l = 0; l < half; ++l) acc[l] += acc[l + half];
    return acc[0];
}

template <class T>
ANNLAB_INLINE void prefetch(const T* values, int64_t begin, int64_t end) {
    constexpr int64_t LINE = 64 / (int64_t)sizeof(T);
    if (values == nullptr) return;
    for (int64_t k = begin; k < end; k += LINE) __builtin_prefetch(values + k, 0, 2);
}

template <class T>
ANNLAB_INLINE void prefetch_one(const T* values, int64_t k) {
    if (values != nullptr) __builtin_prefetch(values + k, 0, 3);
}

// A visit in two stages: for some synapses in a row first what concerns the neurons at their other
// ends alone (`first`, with the rank and a place to keep the result), then the rest (with the same
// place). The first loop is vectorised also where the second is not, for want of a scatter (AVX-512).
// So many synapses are a stage: STDP took 1 to 3 % longer with twice as many.
constexpr int64_t STAGE = 64;

template <class First, class Rest>
struct Stages {
    First first;
    Rest rest;
};

template <class First, class Rest>
ANNLAB_INLINE Stages<First, Rest> in_stages(First first, Rest rest) {
    return {first, rest};
}

template <class Visit>
constexpr bool HAS_STAGES = false;
template <class First, class Rest>
constexpr bool HAS_STAGES<Stages<First, Rest>> = true;

// Visits n <= STAGE synapses; `synapse` and `rank` say which the m-th of them is. One at a time: a
// scatter takes as long as its additions one by one in double and up to 1.4 times as long in single
// precision (Zen 5).
template <class Visit, class Synapse, class Rank>
ANNLAB_INLINE void visit_some(int64_t n, Visit visit, Synapse synapse, Rank rank) {
#pragma GCC unroll 8
    for (int64_t m = 0; m < n; ++m) visit(synapse(m), rank(m));
}

template <class First, class Rest, class Synapse, class Rank>
ANNLAB_INLINE void visit_some(int64_t n, Stages<First, Rest> stages, Synapse synapse, Rank rank) {
#pragma omp simd
    for (int64_t m = 0; m < n; ++m) stages.first(rank(m), m);
#pragma omp simd
    for (int64_t m = 0; m < n; ++m) stages.rest(synapse(m), rank(m), m);
}

// Entries that are treated apart from all others, row by row or column by column: their positions,
// ascending within each, where those of each begin, and where each has its values. `order` and
// `owners` (the neurons of the other side) are those of columns.
struct Apart {
    const int64_t *positions, *first, *order;
    const int32_t* owners;

    // So many are kept together while the others are visited.
    static constexpr int64_t MOST = 64;

    ANNLAB_INLINE Apart of_rows(const void* positions, const void* first) {
        return {(const int64_t*)positions, (const int64_t*)first, nullptr, nullptr};
    }
    ANNLAB_INLINE Apart of_columns(const void* positions, const void* first, const void* order,
                                   const void* owners) {
        return {(const int64_t*)positions, (const int64_t*)first, (const int64_t*)order,
                (const int32_t*)owners};
    }

    // The first one of a row or column that is not before `position`.
    inline int64_t from(int64_t line, int64_t position) const {
        return first_not_below(positions, first[line], first[line + 1], position);
    }

    // Visits entries [a, end) of this list and all others. The order of visits must not matter: the
    // span goes over all entries, as if none were apart, and those apart begin once more with the
    // values that they had. One long loop and some short ones are faster than many between which
    // single entries stand. `up_to(a)` visits the others before entry a, or all that are left.
    template <class Keep, class UpTo, class Restore, class Single>
    inline __attribute__((always_inline)) void walk(int64_t a, int64_t end, Keep keep, UpTo up_to,
                                                    Restore restore, Single single) const {
        do {
            const int64_t n = end - a < MOST ? end - a : MOST;
            keep(a, n);
            up_to(a + n);
            restore(a, n);
#pragma omp simd
            for (int64_t l = a; l < a + n; ++l) single(l);
            a += n;
        } while (a < end);
    }
};

// The values that some entries had, of one array; a null pointer stands for none.
template <class T>
struct Kept {
    T* const values;
    T kept[Apart::MOST];

    ANNLAB_METHOD explicit Kept(T* of) : values(of) {}  // nothing is kept yet

    inline __attribute__((always_inline)) void keep(const int64_t* positions, int64_t n) {
        if (values == nullptr) return;
#pragma omp simd
        for (int64_t l = 0; l < n; ++l) kept[l] = values[positions[l]];
    }
    inline __attribute__((always_inline)) void restore(const int64_t* positions, int64_t n) const {
        if (values == nullptr) return;
#pragma omp simd
        for (int64_t l = 0; l < n; ++l) values[positions[l]] = kept[l];
    }
};

// What the visits of a row write beside values of synapses: one value for each column.
template <class T, int N>
struct Targets {
    T* arrays[N];
};

// Every neuron of a range to every neuron of another, perhaps without the pairs of equal rank.
struct Dense {
    int64_t first_row, n_rows, first_column, n_columns, stride, has_self;

    ANNLAB_INLINE Dense of(void* const* slots, const annlab_step*) {
        const int64_t* d = (const int64_t*)slots[0];
        return {d[0], d[1], d[2], d[3], d[4], d[5]};
    }

    template <class Visit>
    ANNLAB_INLINE void span(int64_t base, int64_t begin, int64_t end, Visit visit) {
#pragma omp simd
        for (int64_t i = begin; i < end; ++i) visit(base + i, i);
    }

    template <class First, class Rest>
    ANNLAB_INLINE void span(int64_t base, int64_t begin, int64_t end, Stages<First, Rest> stages) {
        for (int64_t some = begin; some < end; some += STAGE)
            visit_some(
                end - some < STAGE ? end - some : STAGE, stages,
                [&](int64_t m) __attribute__((always_inline)) { return base + some + m; },
                [&](int64_t m) __attribute__((always_inline)) { return some + m; });
    }

    template <class Visit>
    inline __attribute__((always_inline)) void row(int64_t r, Range own, Visit visit) const {
        if (r < first_row || r >= first_row + n_rows) return;
        const int64_t base = (r - first_row) * stride - first_column;
        const Range o = overlap(own, first_column, first_column + n_columns);
        if (has_self || r < o.begin || r >= o.end) {
            span(base, o.begin, o.end, visit);
        } else {
            // Up to the next cache line first: a long loop that straddles lines takes twice as long.
            const int64_t line = (r + 8) / 8 * 8;
            const int64_t middle = line < o.end ? line : o.end;
            span(base, o.begin, r, visit);
            span(base, r + 1, middle, visit);
            span(base, middle, o.end, visit);
        }
    }

    template <class Visit, class... Values>
    inline __attribute__((always_inline)) void row_ahead(int64_t r, int64_t, Range own, Visit visit,
                                                         const Values*...) const {
        row(r, own, visit);
    }

    // One after the other: for operations whose order matters.
    template <class Visit>
    inline __attribute__((always_inline)) void row_each(int64_t r, Range own, Visit visit) const {
        if (r < first_row || r >= first_row + n_rows) return;
        const int64_t base = (r - first_row) * stride - first_column;
        const Range o = overlap(own, first_column, first_column + n_columns);
        for (int64_t j = o.begin; j < o.end; ++j)
            if (has_self || j != r) visit(base + j, j);
    }

    template <class Visit>
    inline __attribute__((always_inline)) void column_each(int64_t c, Visit visit) const {
        column(c, visit);
    }

    template <class Visit>
    inline __attribute__((always_inline)) void column(int64_t c, Visit visit) const {
        if (c < first_column || c >= first_column + n_columns) return;
        for (int64_t r = 0; r < n_rows; ++r)
            if (has_self || r + first_row != c)
                visit(r * stride + c - first_column, r + first_row);
    }

    template <class Visit, class... Values>
    inline __attribute__((always_inline)) void column_ahead(int64_t c, Visit visit,
                                                            const Values*...) const {
        column(c, visit);
    }

    template <class First, class Rest>
    inline __attribute__((always_inline)) void column(int64_t c, Stages<First, Rest> stages) const {
        if (c < first_column || c >= first_column + n_columns) return;
        const int64_t end = first_row + n_rows, self = has_self ? end : c;
        rows_of_column(c, first_row, self < end ? self : end, stages);
        if (self < end) rows_of_column(c, self < first_row ? first_row : self + 1, end, stages);
    }

    template <class First, class Rest>
    inline __attribute__((always_inline)) void rows_of_column(int64_t c, int64_t begin, int64_t end,
                                                              Stages<First, Rest> stages) const {
        for (int64_t some = begin; some < end; some += STAGE)
            visit_some(
                end - some < STAGE ? end - some : STAGE, stages,
                [&](int64_t m) __attribute__((always_inline)) {
                    return (some + m - first_row) * stride + c - first_column;
                },
                [&](int64_t m) __attribute__((always_inline)) { return some + m; });
    }

    template <class T, class Visit, class... Values>
    ANNLAB_INLINE void add_lanes(T* acc, int64_t base, int64_t j, Visit visit,
                                 const Values*... values) {
        constexpr int L = lanes<T>();
        constexpr int64_t AHEAD = 2048 / (int64_t)sizeof(T);
        (prefetch(values, base + j + AHEAD, base + j + AHEAD + L), ...);
#pragma omp simd
        for (int l = 0; l < L; ++l) acc[l] += visit(base + j + l, j + l);
    }

    template <class T, class Visit, class... Values>
    ANNLAB_INLINE void add_span(T* acc, int64_t base, Range span, Visit visit,
                                const Values*... values) {
        constexpr int L = lanes<T>();
        int64_t j = span.begin;
        for (; j + L <= span.end; j += L) add_lanes(acc, base, j, visit, values...);
        const int rest = (int)(span.end - j);
#pragma omp simd
        for (int l = 0; l < rest; ++l) acc[l] += visit(base + j + l, j + l);
    }

    // Hands to `add` the sum over each row of what `visits(row)` returns for its entries. The order
    // of additions depends on the row alone, not on those that are summed with it.
    template <class T, class Visits, class Add, class... Values>
    inline __attribute__((always_inline)) void sums(Range own, Visits visits, Add add,
                                                    const Values*... values) const {
        const Range mine = overlap(own, first_row, first_row + n_rows);
        int64_t r = own.begin;
        for (; r < mine.begin; ++r) add(r, T(0));
        if (sizeof...(values) > 0 && n_rows * stride * (int64_t)sizeof(T) > ANNLAB_FAR) {
            if constexpr (FOUR_TOGETHER) {
                for (; r + 4 <= mine.end; r += 4) {
                    alignas(64) T acc[4][lanes<T>()] = {};
                    add_four_rows(acc, r, visits);
                    for (int q = 0; q < 4; ++q) add(r + q, sum_lanes(acc[q]));
                }
            } else {
                for (; r < mine.end; ++r) add(r, sum_of_row<T>(r, visits(r), values...));
            }
        }
        for (; r < mine.end; ++r) add(r, sum_of_row<T>(r, visits(r)));
        for (; r < own.end; ++r) add(r, T(0));
    }

    template <class T, class Visit, class... Values>
    inline __attribute__((always_inline)) T sum_of_row(int64_t r, Visit visit,
                                                       const Values*... values) const {
        alignas(64) T acc[lanes<T>()] = {};
        for (int part = 0; part < 2; ++part)
            add_span(acc, base_of(r), part_of(r, part), visit, values...);
        return sum_lanes(acc);
    }

    // A row's columns before and after its own neuron, if that is left out; else all and none.
    inline Range part_of(int64_t r, int part) const {
        const int64_t end = first_column + n_columns;
        const bool is_whole = has_self || r < first_column || r >= end;
        if (part == 0) return {first_column, is_whole ? end : r};
        return {is_whole ? end : r + 1, end};
    }

    inline int64_t base_of(int64_t r) const { return (r - first_row) * stride - first_column; }

    // Takes turns among four rows while all have lanes to fill, and finishes each on its own.
    template <class T, int L, class Visits>
    inline __attribute__((always_inline)) void add_four_rows(T (*acc)[L], int64_t r,
                                                             Visits visits) const {
        const decltype(visits(r)) visit[] = {visits(r), visits(r + 1), visits(r + 2), visits(r + 3)};
        for (int part = 0; part < 2; ++part) {
            Range left[4];
            int64_t common = n_columns / L;
            for (int q = 0; q < 4; ++q) {
                left[q] = part_of(r + q, part);
                const int64_t rounds = (left[q].end - left[q].begin) / L;
                common = rounds < common ? rounds : common;
            }
            for (int64_t round = 0; round < common; ++round) {
#pragma GCC unroll 4
                for (int q = 0; q < 4; ++q)
                    add_lanes(acc[q], base_of(r + q), left[q].begin + round * L, visit[q]);
            }
#pragma GCC unroll 4
            for (int q = 0; q < 4; ++q) {
                left[q].begin += common * L;
                add_span(acc[q], base_of(r + q), left[q], visit[q]);
            }
        }
    }

    Range rows() const { return {first_row, first_row + n_rows}; }
};

// Compressed rows. `begin` and `end` bound the part of each row that this thread owns.
template <class Index>
struct Csr {
    const int64_t *begin, *end;
    const Index* index;
    int64_t n_rows;
    const int64_t* column_ptr;
    const int32_t* column_owner;
    const int32_t* column_position;
    const int64_t* segment_ptr;
    const int32_t* segment_delay;

    // Entries of a column whose values are fetched together. A core waits for some twenty lines of
    // memory at once; longer bursts took twice as long.
    static constexpr int64_t COLUMN_CHUNK = 16;

    // slots: [n_rows], bounds (begin, end) of one thread alone, bounds of each of all threads,
    // index, column_ptr, column_owner, column_position, segment_ptr, segment_delay
    ANNLAB_INLINE Csr of(void* const* slots, const annlab_step* now) {
        const int64_t* const* bounds =
            (const int64_t* const*)(now->n_threads == 1 ? slots[1] : slots[2]);
        return {bounds[2 * now->thread],   bounds[2 * now->thread + 1], (const Index*)slots[3],
                ((int64_t*)slots[0])[0],   (const int64_t*)slots[4],  (const int32_t*)slots[5],
                (const int32_t*)slots[6], (const int64_t*)slots[7],  (const int32_t*)slots[8]};
    }

    template <class Visit>
    inline __attribute__((always_inline)) void row(int64_t r, Range, Visit visit) const {
        const int64_t last = end[r];
#pragma omp simd
        for (int64_t k = begin[r]; k < last; ++k) visit(k, (int32_t)index[k]);
    }

    // The same while the processor fetches the row that comes next: rows of different neurons lie
    // anywhere in memory, and they are too short for the processor to find out by itself. Some ranks
    // at a time are widened first: nothing gathers with 16-bit ranks.
    template <class Visit, class... Values>
    inline __attribute__((always_inline)) void row_ahead(int64_t r, int64_t next, Range, Visit visit,
                                                         const Values*... values) const {
        int64_t ahead = begin[next];
        span_ahead(begin[r], end[r], ahead, end[next], visit, values...);
    }

    // Walks [begin, last) while it fetches the entries from `ahead` on, which moves along.
    template <class Visit, class... Values>
    inline __attribute__((always_inline)) void span_ahead(int64_t begin, int64_t last,
                                                          int64_t& ahead, int64_t last_ahead,
                                                          Visit visit,
                                                          const Values*... values) const {
        for (int64_t first = begin; first < last; first += STAGE) {
            const int64_t stop = first + STAGE < last ? first + STAGE : last;
            const int64_t n = stop - first;
            const int64_t stop_ahead = ahead + n < last_ahead ? ahead + n : last_ahead;
            prefetch(index, ahead, stop_ahead);
            (prefetch(values, ahead, stop_ahead), ...);
            ahead += n;
            const auto entry = [&](int64_t m) __attribute__((always_inline)) { return first + m; };
            if constexpr (!HAS_STAGES<Visit>) {
                visit_some(n, visit, entry, [&](int64_t m) __attribute__((always_inline)) {
                    return (int32_t)index[first + m];
                });
            } else {
                int32_t ranks[STAGE];
#pragma omp simd
                for (int64_t k = first; k < stop; ++k) ranks[k - first] = (int32_t)index[k];
                visit_some(n, visit, entry,
                           [&](int64_t m) __attribute__((always_inline)) { return ranks[m]; });
            }
        }
    }

    // One after the other: for operations whose order matters.
    template <class Visit>
    inline __attribute__((always_inline)) void row_each(int64_t r, Range, Visit visit) const {
        const int64_t last = end[r];
        for (int64_t k = begin[r]; k < last; ++k) visit(k, (int32_t)index[k]);
    }

    // As `row_ahead`, but entries apart are visited by `young`. `fetch` has the processor fetch what
    // only those read, while it is busy with the others.
    template <class T, int N, class Visit, class Young, class Fetch, class... Values>
    inline __attribute__((always_inline)) void row_apart_ahead(int64_t r, int64_t next, Apart apart,
                                                               Targets<T, N> targets, Visit visit,
                                                               Young young, Fetch fetch,
                                                               Values*... values) const {
        int64_t k = begin[r], ahead = begin[next];
        const int64_t last = end[r], last_ahead = end[next], last_apart = apart.from(r, last);
        const int64_t* const at = apart.positions;
        T reached[N][Apart::MOST];
        with_kept(
            [&](auto&... kept) __attribute__((always_inline)) {
                apart.walk(
                    apart.from(r, k), last_apart,
                    [&](int64_t a, int64_t n) __attribute__((always_inline)) {
                        for (int64_t l = a; l < a + n; ++l) fetch(l);
                        (kept.keep(at + a, n), ...);
                        for (int t = 0; t < N; ++t)
#pragma omp simd
                            for (int64_t l = 0; l < n; ++l)
                                reached[t][l] = targets.arrays[t][index[at[a + l]]];
                    },
                    [&](int64_t a) __attribute__((always_inline)) {
                        const int64_t stop = a < last_apart ? at[a] : last;
                        span_ahead(k, stop, ahead, last_ahead, visit, values...);
                        k = stop;
                    },
                    [&](int64_t a, int64_t n) __attribute__((always_inline)) {
                        (kept.restore(at + a, n), ...);
                        for (int t = 0; t < N; ++t)
#pragma omp simd
                            for (int64_t l = 0; l < n; ++l)
                                targets.arrays[t][index[at[a + l]]] = reached[t][l];
                    },
                    [&](int64_t a)
                        __attribute__((always_inline)) { young(at[a], (int32_t)index[at[a]], a); });
            },
            values...);
    }

    // Calls with a `Kept` for each array.
    template <class Function, class... Values>
    static inline __attribute__((always_inline)) void with_kept(Function function,
                                                                Values*... values) {
        [&](Kept<Values>... kept) __attribute__((always_inline)) { function(kept...); }
        (Kept<Values>(values)...);
    }

    template <class Visit, class Young>
    inline __attribute__((always_inline)) void row_each_apart(int64_t r, Apart apart, Visit visit,
                                                              Young young) const {
        const int64_t last_apart = apart.first[r + 1];
        int64_t a = apart.from(r, begin[r]);
        for (int64_t k = begin[r]; k < end[r]; ++k) {
            if (a < last_apart && apart.positions[a] == k)
                young(k, (int32_t)index[k], a++);
            else
                visit(k, (int32_t)index[k]);
        }
    }

    // Walks the entries [begin, end) of a column while it fetches those from `ahead` on, which
    // moves along: nothing tells the processor which row comes next but the list of positions.
    template <class Visit, class... Values>
    inline __attribute__((always_inline)) void entries_ahead(int64_t begin, int64_t end,
                                                             int64_t& ahead, int64_t last_ahead,
                                                             Visit visit,
                                                             const Values*... values) const {
        for (int64_t first = begin; first < end; first += COLUMN_CHUNK) {
            const int64_t stop = first + COLUMN_CHUNK < end ? first + COLUMN_CHUNK : end;
            const int64_t wanted = stop + COLUMN_CHUNK;
            const int64_t stop_ahead = wanted < last_ahead ? wanted : last_ahead;
            for (; ahead < stop_ahead; ++ahead) (prefetch_one(values, column_position[ahead]), ...);
            visit_some(
                stop - first, visit,
                [&](int64_t m) __attribute__((always_inline)) { return column_position[first + m]; },
                [&](int64_t m) __attribute__((always_inline)) { return column_owner[first + m]; });
        }
    }

    template <class Visit, class... Values>
    inline __attribute__((always_inline)) void column_ahead(int64_t c, Visit visit,
                                                            const Values*... values) const {
        int64_t ahead = column_ptr[c];
        entries_ahead(column_ptr[c], column_ptr[c + 1], ahead, column_ptr[c + 1], visit, values...);
    }

    // As `column_ahead`, but entries apart are visited by `young`.
    template <class Visit, class Young, class Fetch, class... Values>
    inline __attribute__((always_inline)) void column_apart_ahead(int64_t c, Apart apart,
                                                                  Visit visit, Young young,
                                                                  Fetch fetch,
                                                                  Values*... values) const {
        int64_t e = column_ptr[c], ahead = e;
        const int64_t last = column_ptr[c + 1], last_apart = apart.first[c + 1];
        const int64_t* const at = apart.positions;
        with_kept(
            [&](auto&... kept) __attribute__((always_inline)) {
                apart.walk(
                    apart.first[c], last_apart,
                    [&](int64_t a, int64_t n) __attribute__((always_inline)) {
                        for (int64_t l = a; l < a + n; ++l) fetch(apart.order[l]);
                        (kept.keep(at + a, n), ...);
                    },
                    [&](int64_t a) __attribute__((always_inline)) {
                        const int64_t stop =
                            a < last_apart ? first_not_below(column_position, e, last, at[a])
                                           : last;
                        entries_ahead(e, stop, ahead, last, visit, values...);
                        e = stop;
                    },
                    [&](int64_t a, int64_t n)
                        __attribute__((always_inline)) { (kept.restore(at + a, n), ...); },
                    [&](int64_t a) __attribute__((always_inline)) {
                        young(at[a], apart.owners[a], apart.order[a]);
                    });
            },
            values...);
    }

    template <class Visit, class Young>
    inline __attribute__((always_inline)) void column_each_apart(int64_t c, Apart apart,
                                                                 Visit visit, Young young) const {
        const int64_t last_apart = apart.first[c + 1];
        int64_t a = apart.first[c];
        for (int64_t e = column_ptr[c]; e < column_ptr[c + 1]; ++e) {
            if (a < last_apart && apart.positions[a] == column_position[e]) {
                young(column_position[e], column_owner[e], apart.order[a]);
                ++a;
            } else {
                visit(column_position[e], column_owner[e]);
            }
        }
    }

    template <class Visit>
    inline __attribute__((always_inline)) void column_each(int64_t c, Visit visit) const {
        const int64_t last = column_ptr[c + 1];
        for (int64_t e = column_ptr[c]; e < last; ++e)
            visit(column_position[e], column_owner[e]);
    }

    // The part of a presynaptic neuron's row that has the given delay.
    template <class Visit>
    inline __attribute__((always_inline)) void row_of_delay(int64_t r, int64_t delay, Range own,
                                                            Visit visit) const {
        const int64_t s = segment(r, delay);
        if (s >= 0) row(s, own, visit);
    }

    template <class Visit, class... Values>
    inline __attribute__((always_inline)) void row_of_delay_ahead(int64_t r, int64_t next,
                                                                  int64_t delay, Range own,
                                                                  Visit visit,
                                                                  const Values*... values) const {
        const int64_t s = segment(r, delay), n = segment(next, delay);
        if (s >= 0) row_ahead(s, n >= 0 ? n : s, own, visit, values...);
    }

    template <class Visit>
    inline __attribute__((always_inline)) void row_of_delay_each(int64_t r, int64_t delay,
                                                                 Range own, Visit visit) const {
        const int64_t s = segment(r, delay);
        if (s >= 0) row_each(s, own, visit);
    }

    // A presynaptic neuron's synapses of every delay: each delay has a row of its own.
    template <class Visit>
    inline __attribute__((always_inline)) void row_of_all_delays(int64_t r, Range own,
                                                                 Visit visit) const {
        for (int64_t s = segment_ptr[r]; s < segment_ptr[r + 1]; ++s) row(s, own, visit);
    }

    // Where the entries of a delay are, or -1.
    inline __attribute__((always_inline)) int64_t segment(int64_t r, int64_t delay) const {
        const int64_t first = segment_ptr[r], end = segment_ptr[r + 1];
        if (first == end || delay < segment_delay[first]) return -1;
        // Most rows have every delay from their first one on: then it is where it should be.
        const int64_t guess = first + (delay - segment_delay[first]);
        if (guess < end && segment_delay[guess] == delay) return guess;
        const int64_t found = first_not_below(segment_delay, first, end, delay);
        return found < end && segment_delay[found] == delay ? found : -1;
    }

    template <class T, class Visits, class Add, class... Values>
    inline __attribute__((always_inline)) void sums(Range own, Visits visits, Add add,
                                                    const Values*...) const {
        for (int64_t r = own.begin; r < own.end; ++r) {
            const auto visit = visits(r);
            const int64_t last = end[r];
            T sum = 0;
#pragma omp simd reduction(+ : sum)
            for (int64_t k = begin[r]; k < last; ++k) sum += visit(k, (int32_t)index[k]);
            add(r, sum);
        }
    }

    Range rows() const { return {0, n_rows}; }
};

// Synapse k joins presynaptic neuron first_row + k and postsynaptic neuron first_column + k.
struct OneToOne {
    int64_t first_row, n, first_column;

    ANNLAB_INLINE OneToOne of(void* const* slots, const annlab_step*) {
        const int64_t* d = (const int64_t*)slots[0];
        return {d[0], d[1], d[2]};
    }

    template <class Visit>
    inline __attribute__((always_inline)) void row(int64_t r, Range own, Visit visit) const {
        const int64_t k = r - first_row, i = first_column + k;
        if (k >= 0 && k < n && i >= own.begin && i < own.end) one(visit, k, i);
    }

    template <class Visit>
    inline __attribute__((always_inline)) void column(int64_t c, Visit visit) const {
        const int64_t k = c - first_column;
        if (k >= 0 && k < n) one(visit, k, first_row + k);
    }

    template <class Visit>
    ANNLAB_INLINE void one(Visit visit, int64_t k, int64_t rank) {
        visit(k, rank);
    }

    template <class First, class Rest>
    ANNLAB_INLINE void one(Stages<First, Rest> stages, int64_t k, int64_t rank) {
        stages.first(rank, 0);
        stages.rest(k, rank, 0);
    }

    template <class Visit, class... Values>
    inline __attribute__((always_inline)) void row_ahead(int64_t r, int64_t, Range own, Visit visit,
                                                         const Values*...) const {
        row(r, own, visit);
    }

    template <class Visit>
    inline __attribute__((always_inline)) void row_each(int64_t r, Range own, Visit visit) const {
        row(r, own, visit);
    }

    template <class Visit>
    inline __attribute__((always_inline)) void column_each(int64_t c, Visit visit) const {
        column(c, visit);
    }

    template <class Visit, class... Values>
    inline __attribute__((always_inline)) void column_ahead(int64_t c, Visit visit,
                                                            const Values*...) const {
        column(c, visit);
    }

    template <class T, class Visits, class Add, class... Values>
    inline __attribute__((always_inline)) void sums(Range own, Visits visits, Add add,
                                                    const Values*...) const {
        for (int64_t c = own.begin; c < own.end; ++c) {
            const int64_t k = c - first_column;
            add(c, k >= 0 && k < n ? visits(c)(k, first_row + k) : T(0));
        }
    }

    Range rows() const { return {first_row, first_row + n}; }
};

}  // namespace annlab
