// Draws rows of synapses, transposes them and cuts them by delay; each call does some of the rows.
#include <stdlib.h>
#include <string.h>

#include "drawing.hpp"

namespace annlab {

constexpr int SOME = 16;  // counts that are drawn at once where a row may end at any of them
constexpr int MANY = 64;

// The two numbers of [0, 1) of each of N counts of a row.
template <int N>
__attribute__((noinline)) void draw(Stream stream, int64_t row, uint64_t count, double* __restrict first,
                        double* __restrict second) {
    alignas(64) uint64_t one[N], two[N];
    philox_block<N>(stream, row, count, one, two);
#pragma omp simd
    for (int l = 0; l < N; ++l) first[l] = unit((uint32_t)(one[l] >> 32), (uint32_t)one[l], 0.0);
#pragma omp simd
    for (int l = 0; l < N; ++l) second[l] = unit((uint32_t)(two[l] >> 32), (uint32_t)two[l], 0.0);
}

// The numbers of a row in order, two for each count; `refill` has the next 2 * SOME of them.
struct Row {
    Stream stream;
    int64_t row;
    uint64_t count = 0;
    alignas(64) double first[SOME], second[SOME];

    ANNLAB_METHOD Row(Stream stream, int64_t row) : stream(stream), row(row) {}

    ANNLAB_METHOD void refill() {
        draw<SOME>(stream, row, count, first, second);
        count += SOME;
    }
};

// Writes the columns of one row; returns where the next row goes, or null if `end` was reached.
template <class Index>
Index* bernoulli_row(Row row, int64_t n_columns, double mean_gap, int64_t excluded, Index* out,
                     const Index* end) {
    const double beyond = (double)n_columns;
    for (int64_t column = -1;;) {
        alignas(64) int32_t gaps[2][SOME];
        row.refill();
#pragma omp simd
        for (int l = 0; l < SOME; ++l) {
            gaps[0][l] = gap_of(row.first[l], mean_gap, beyond);
            gaps[1][l] = gap_of(row.second[l], mean_gap, beyond);
        }
        if (end - out < 2 * SOME) return nullptr;
        for (int l = 0; l < SOME; ++l)
            for (int half = 0; half < 2; ++half) {
                column += gaps[half][l] + 1;
                if (column >= n_columns) return out;
                *out = (Index)column;
                out += column != excluded;
            }
    }
}

template <class Index>
int64_t bernoulli(Stream stream, int64_t begin, int64_t end, int64_t n_columns, double mean_gap,
                  const int64_t* excluded, int64_t* counts, Index* out, int64_t capacity) {
    Index* const start = out;
    for (int64_t r = begin; r < end; ++r) {
        Index* const next = bernoulli_row(Row(stream, r), n_columns, mean_gap,
                                          excluded ? excluded[r] : -1, out, start + capacity);
        if (next == nullptr) return -1;
        counts[r] = next - out;
        out = next;
    }
    return out - start;
}

// A set of numbers below n that gives them back in order: a bit for each, and a bit for each word of
// them. It is empty again afterwards.
struct Marks {
    uint64_t *words, *filled;
    int64_t n_words;

    explicit Marks(int64_t n) : n_words((n + 63) / 64) {
        words = (uint64_t*)calloc((size_t)(n_words + n_words / 64 + 1), sizeof(uint64_t));
        filled = words + n_words;
    }
    bool are_there() const { return words != nullptr; }
    ~Marks() { free(words); }

    // Returns whether it was not there before.
    bool add(int64_t k) {
        const uint64_t bit = 1ull << (k % 64), before = words[k / 64];
        words[k / 64] = before | bit;
        filled[k / 4096] |= 1ull << (k / 64 % 64);
        return (before & bit) == 0;
    }
    template <class Visit>
    void take(Visit visit) {
        for (int64_t f = 0; f < (n_words + 63) / 64; ++f)
            for (uint64_t some = filled[f]; some != 0; some &= some - 1) {
                const int64_t w = f * 64 + __builtin_ctzll(some);
                visit(w, words[w]);
                words[w] = 0;
            }
        memset(filled, 0, (size_t)((n_words + 63) / 64) * sizeof(uint64_t));
    }
};

template <class Index>
void choice_row(Row row, int64_t n, int64_t number, int64_t excluded, Marks& marks, Index* out) {
    const bool has_own = excluded >= 0;
    const int64_t n_candidates = n - has_own;
    const bool is_rest = 2 * number > n_candidates;
    const int64_t n_marks = is_rest ? n_candidates - number : number;
    const double size = (double)n_candidates;
    for (int64_t found = 0; found < n_marks;) {
        row.refill();
        for (int l = 0; l < SOME && found < n_marks; ++l) {
            found += marks.add((int64_t)(row.first[l] * size));
            if (found < n_marks) found += marks.add((int64_t)(row.second[l] * size));
        }
    }
    const auto put = [&](int64_t k) { *out++ = (Index)(k + (has_own & (k >= excluded))); };
    int64_t next = 0;
    marks.take([&](int64_t w, uint64_t bits) {
        for (; bits != 0; bits &= bits - 1) {
            const int64_t k = w * 64 + __builtin_ctzll(bits);
            if (!is_rest) {
                put(k);
                continue;
            }
            for (; next < k; ++next) put(next);
            next = k + 1;
        }
    });
    for (; is_rest && next < n_candidates; ++next) put(next);
}

// Returns false if there is no memory for marks; so do those below.
template <class Index>
bool choice(Stream stream, int64_t begin, int64_t end, int64_t n_columns, int64_t number,
            const int64_t* excluded, Index* out) {
    Marks marks(n_columns);
    if (!marks.are_there()) return false;
    for (int64_t r = begin; r < end; ++r)
        choice_row(Row(stream, r), n_columns, number, excluded ? excluded[r] : -1, marks,
                   out + r * number);
    return true;
}

template <class T>
void put(const double* values, Range range, int64_t first, void* out) {
    T* const to = (T*)out + (range.begin - first);
    for (int64_t k = 0; k < range.end - range.begin; ++k) to[k] = (T)values[k];
}

// type: 0 double, 1 float, 2 int32
template <int KIND>
void fill(Stream stream, const Law& law, int64_t first, int64_t n, void* out, int type) {
    // Before `first` and behind the end are positions that share a count with those that are wanted.
    for (int64_t begin = first & ~(int64_t)1; begin < first + n; begin += 2 * MANY) {
        alignas(64) double first_of[MANY], second_of[MANY], values[2 * MANY];
        draw<MANY>(stream, 0, (uint64_t)begin / 2, first_of, second_of);
#pragma omp simd
        for (int l = 0; l < MANY; ++l) {
            const Units<double> x = of_law<KIND>(law, {first_of[l], second_of[l]});
            first_of[l] = bounded(law, x.first);
            second_of[l] = bounded(law, x.second);
        }
        for (int l = 0; l < MANY; ++l) {
            values[2 * l] = first_of[l];
            values[2 * l + 1] = second_of[l];
        }
        if (law.unit != 0.0) {
#pragma omp simd
            for (int k = 0; k < 2 * MANY; ++k) values[k] = in_steps(law, values[k]);
        }
        const Range range = overlap({begin, begin + 2 * MANY}, first, first + n);
        const double* const wanted = values + (range.begin - begin);
        switch (type) {
            case 0: put<double>(wanted, range, first, out); break;
            case 1: put<float>(wanted, range, first, out); break;
            default: put<int32_t>(wanted, range, first, out);
        }
    }
}

// The rows that have an entry in each column of [begin, end): `next` has the place of the first.
template <class Index, class Out>
void transpose(const int64_t* row_ptr, int64_t n_rows, const Index* columns, int64_t begin,
               int64_t end, int64_t* next, Out* out) {
    for (int64_t r = 0; r < n_rows; ++r) {
        const int64_t first = first_not_below(columns, row_ptr[r], row_ptr[r + 1], begin);
        for (int64_t k = first; k < row_ptr[r + 1] && (int64_t)columns[k] < end; ++k)
            out[next[columns[k]]++] = (Out)r;
    }
}

// How many different delays each row has.
bool count_delays(const int64_t* row_ptr, int64_t begin, int64_t end, const int32_t* delays,
                  int64_t n_delays, int64_t* n_segments) {
    Marks marks(n_delays);
    if (!marks.are_there()) return false;
    for (int64_t r = begin; r < end; ++r) {
        int64_t n = 0;
        for (int64_t k = row_ptr[r]; k < row_ptr[r + 1]; ++k) n += marks.add(delays[k]);
        n_segments[r] = n;
        marks.take([](int64_t, uint64_t) {});
    }
    return true;
}

template <class T>
void move_row(void* values, int64_t begin, int64_t n, const int64_t* place, void* scratch) {
    T *const row = (T*)values + begin, *const copy = (T*)scratch;
    memcpy(copy, row, (size_t)n * sizeof(T));
    for (int64_t k = 0; k < n; ++k) row[place[k]] = copy[k];
}

// Sorts each row by delay, without a change of order among equals, and notes where segments begin.
bool cut_rows(const int64_t* row_ptr, int64_t begin, int64_t end, int32_t* delays, int64_t n_delays,
              const int64_t* segment_ptr, int64_t* cuts, int32_t* segment_delay, void* const* arrays,
              const int64_t* sizes, int64_t n_arrays) {
    int64_t longest = 0;
    for (int64_t r = begin; r < end; ++r)
        if (row_ptr[r + 1] - row_ptr[r] > longest) longest = row_ptr[r + 1] - row_ptr[r];
    Marks marks(n_delays);
    int64_t* const next = (int64_t*)calloc((size_t)(n_delays + 2 * longest + 2), sizeof(int64_t));
    if (next == nullptr || !marks.are_there()) {
        free(next);
        return false;
    }
    int64_t *const place = next + n_delays, *const scratch = place + longest;
    for (int64_t r = begin; r < end; ++r) {
        const int64_t first = row_ptr[r], n = row_ptr[r + 1] - first;
        for (int64_t k = 0; k < n; ++k) {
            marks.add(delays[first + k]);
            ++next[delays[first + k]];
        }
        int64_t segment = segment_ptr[r], before = 0;
        marks.take([&](int64_t word, uint64_t bits) {
            for (; bits != 0; bits &= bits - 1) {
                const int64_t d = word * 64 + __builtin_ctzll(bits), count = next[d];
                cuts[segment] = first + before;
                segment_delay[segment++] = (int32_t)d;
                next[d] = before;
                before += count;
            }
        });
        for (int64_t k = 0; k < n; ++k) place[k] = next[delays[first + k]]++;
        for (int64_t s = segment_ptr[r]; s < segment; ++s) next[segment_delay[s]] = 0;
        for (int64_t a = 0; a < n_arrays; ++a) switch (sizes[a]) {
                case 2: move_row<uint16_t>(arrays[a], first, n, place, scratch); break;
                case 4: move_row<uint32_t>(arrays[a], first, n, place, scratch); break;
                default: move_row<uint64_t>(arrays[a], first, n, place, scratch);
            }
    }
    free(next);
    return true;
}

}  // namespace annlab

using namespace annlab;

extern "C" {

int64_t annlab_bernoulli(uint32_t k0, uint32_t k1, int64_t begin, int64_t end, int64_t n_columns,
                         double mean_gap, const int64_t* excluded, int64_t* counts, void* out,
                         int is_narrow, int64_t capacity) {
    const Stream stream = {k0, k1, PAIRS};
    return is_narrow ? bernoulli(stream, begin, end, n_columns, mean_gap, excluded, counts,
                                 (uint16_t*)out, capacity)
                     : bernoulli(stream, begin, end, n_columns, mean_gap, excluded, counts,
                                 (int32_t*)out, capacity);
}

// These return 0 if there is no memory.
int annlab_choice(uint32_t k0, uint32_t k1, int64_t begin, int64_t end, int64_t n_columns,
                  int64_t number, const int64_t* excluded, void* out, int is_narrow) {
    const Stream stream = {k0, k1, PAIRS};
    return is_narrow
               ? choice(stream, begin, end, n_columns, number, excluded, (uint16_t*)out)
               : choice(stream, begin, end, n_columns, number, excluded, (int32_t*)out);
}

int annlab_count_delays(const int64_t* row_ptr, int64_t begin, int64_t end, const int32_t* delays,
                        int64_t n_delays, int64_t* n_segments) {
    return count_delays(row_ptr, begin, end, delays, n_delays, n_segments);
}

int annlab_cut_rows(const int64_t* row_ptr, int64_t begin, int64_t end, int32_t* delays,
                    int64_t n_delays, const int64_t* segment_ptr, int64_t* cuts,
                    int32_t* segment_delay, void* const* arrays, const int64_t* sizes,
                    int64_t n_arrays) {
    return cut_rows(row_ptr, begin, end, delays, n_delays, segment_ptr, cuts, segment_delay, arrays,
                    sizes, n_arrays);
}

void annlab_fill(uint32_t k0, uint32_t k1, uint32_t purpose, const double* numbers, int64_t first,
                 int64_t n, void* out, int type) {
    const Stream stream = {k0, k1, purpose};
    const Law law = Law::of(numbers);
    switch (law.kind) {
        case 0: fill<0>(stream, law, first, n, out, type); break;
        case 1: fill<1>(stream, law, first, n, out, type); break;
        case 2: fill<2>(stream, law, first, n, out, type); break;
        case 3: fill<3>(stream, law, first, n, out, type); break;
        default: fill<4>(stream, law, first, n, out, type);
    }
}

void annlab_transpose_rows(const int64_t* row_ptr, int64_t n_rows, const void* columns,
                           int is_narrow, int64_t begin, int64_t end, int64_t* next, void* out,
                           int is_out_narrow) {
    const uint16_t* const narrow = (const uint16_t*)columns;
    const int32_t* const wide = (const int32_t*)columns;
    if (is_narrow && is_out_narrow)
        transpose(row_ptr, n_rows, narrow, begin, end, next, (uint16_t*)out);
    else if (is_narrow)
        transpose(row_ptr, n_rows, narrow, begin, end, next, (int32_t*)out);
    else if (is_out_narrow)
        transpose(row_ptr, n_rows, wide, begin, end, next, (uint16_t*)out);
    else
        transpose(row_ptr, n_rows, wide, begin, end, next, (int32_t*)out);
}

}  // extern "C"
