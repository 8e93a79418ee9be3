// How a team walks the synapses of a projection: one struct a layout, as in cpu/native/storage.hpp.
//
// `row` visits the synapses of a neuron of the major side, `column` those of a postsynaptic neuron,
// with (position of the synapse, rank of the other side); the lanes share them. `row` calls `ask` with
// positions that come soon.
#pragma once
#include "device.cuh"

namespace annlab {

struct Nothing {
    ANNLAB_METHOD void operator()(int64_t) const {}
};

// Every neuron of a range to every neuron of another, perhaps without the pairs of equal rank.
struct Dense {
    static constexpr bool NEEDS_ROW = true;  // to know the other side of a synapse
    int64_t first_row, rows_of_all, first_column, n_columns, stride, has_self;

    ANNLAB_INLINE Dense of(void* const* slots) {
        const int64_t* d = (const int64_t*)slots[0];
        return {d[0], d[1], d[2], d[3], d[4], d[5]};
    }
    ANNLAB_METHOD int64_t n_rows() const { return first_row + rows_of_all; }
    ANNLAB_METHOD int64_t owner(int64_t row) const { return row; }
    ANNLAB_METHOD int64_t base(int64_t row) const {
        return (row - first_row) * stride - first_column;
    }
    ANNLAB_METHOD Part part(int64_t row, Range own) const {
        if (row < first_row || row >= n_rows()) return {0, 0};
        const Range o = overlap(own, first_column, first_column + n_columns);
        return {base(row) + o.begin, (int32_t)(o.end - o.begin)};
    }
    ANNLAB_METHOD Part whole(int64_t row) const {
        return part(row, {first_column, first_column + n_columns});
    }
    ANNLAB_METHOD int64_t other(int64_t row, int64_t k) const { return k - base(row); }
    ANNLAB_METHOD bool has(int64_t row, int64_t i) const { return has_self || row != i; }

    template <class Visit, class Ask = Nothing>
    ANNLAB_METHOD void row(int64_t r, int lane, int n_lanes, Visit visit, Ask ask = {}) const {
        const Part p = whole(r);
        // Without a branch the loads of several rounds are under way at once.
        if (has_self || r < first_column || r >= first_column + n_columns) {
            ANNLAB_UNROLL_BY(4)
            for (int32_t e = lane; e < p.length; e += n_lanes) {
                if (e < p.length - AHEAD) ask(p.begin + e + AHEAD);
                visit(p.begin + e, first_column + e);
            }
            return;
        }
        for (int32_t e = lane; e < p.length; e += n_lanes) {
            if (e < p.length - AHEAD) ask(p.begin + e + AHEAD);
            if (first_column + e != r) visit(p.begin + e, first_column + e);
        }
    }
    template <class Visit>
    ANNLAB_METHOD void column(int64_t c, int lane, int n_lanes, Visit visit) const {
        if (c < first_column || c >= first_column + n_columns) return;
        for (int64_t r = lane; r < rows_of_all; r += n_lanes)
            if (has(r + first_row, c)) visit(r * stride + c - first_column, r + first_row);
    }
};

// Compressed rows.
template <class Index>
struct Csr {
    static constexpr bool NEEDS_ROW = false;
    int64_t n_lists;
    const int64_t* row_ptr;
    const Index* index;
    const int64_t* column_ptr;
    const int32_t* column_owner;
    const uint32_t* column_position;
    const int64_t* segment_ptr;
    const int32_t* segment_delay;
    int64_t n_owners;

    // slots: [n_rows, n_owners], row_ptr, index, column_ptr, column_owner, column_position,
    // segment_ptr, segment_delay
    ANNLAB_INLINE Csr of(void* const* slots) {
        const int64_t* d = (const int64_t*)slots[0];
        return {d[0],
                (const int64_t*)slots[1],
                (const Index*)slots[2],
                (const int64_t*)slots[3],
                (const int32_t*)slots[4],
                (const uint32_t*)slots[5],
                (const int64_t*)slots[6],
                (const int32_t*)slots[7],
                d[1]};
    }
    ANNLAB_METHOD int64_t n_rows() const { return n_lists; }

    // The neuron of a row; delays cut the rows of a neuron into segments.
    ANNLAB_METHOD int64_t owner(int64_t row) const {
        return segment_ptr == nullptr ? row : first_not_below(segment_ptr, 1, n_owners, row + 1) - 1;
    }
    // The row of a neuron's synapses that have a delay, or -1.
    ANNLAB_METHOD int64_t segment(int64_t neuron, int64_t delay) const {
        const int64_t begin = segment_ptr[neuron], end = segment_ptr[neuron + 1];
        if (begin == end) return -1;
        // Where most neurons have every delay it is found at once.
        const int64_t guess = begin + (delay - segment_delay[begin]);
        if (guess >= begin && guess < end && segment_delay[guess] == delay) return guess;
        const int64_t s = first_not_below(segment_delay, begin, end, delay);
        return s < end && segment_delay[s] == delay ? s : -1;
    }
    // The same synapses. Delays begin with 1 and most neurons have all up to their longest, so what
    // is needed of the likely place is loaded before it is sure.
    ANNLAB_METHOD Part segment_part(int64_t neuron, int64_t delay) const {
        const int64_t begin = segment_ptr[neuron], end = segment_ptr[neuron + 1];
        if (begin == end) return {0, 0};
        const int64_t guess = begin + (delay <= end - begin ? delay : end - begin) - 1;
        const int32_t there = segment_delay[guess], longest = segment_delay[end - 1];
        const Part found = whole(guess);
        if (there == delay) return found;
        if (longest < delay) return {0, 0};
        const int64_t s = first_not_below(segment_delay, begin, end, delay);
        return s < end && segment_delay[s] == delay ? whole(s) : Part{0, 0};
    }
    ANNLAB_METHOD Part part(int64_t row, Range own) const {
        const int64_t end = row_ptr[row + 1];
        const int64_t begin = first_not_below(index, row_ptr[row], end, own.begin);
        return {begin, (int32_t)(first_not_below(index, begin, end, own.end) - begin)};
    }
    ANNLAB_METHOD Part whole(int64_t row) const {
        return {row_ptr[row], (int32_t)(row_ptr[row + 1] - row_ptr[row])};
    }
    ANNLAB_METHOD int64_t other(int64_t, int64_t k) const { return (int64_t)index[k]; }
    ANNLAB_METHOD bool has(int64_t, int64_t) const { return true; }

    template <class Visit, class Ask = Nothing>
    ANNLAB_METHOD void row(int64_t r, int lane, int n_lanes, Visit visit, Ask ask = {}) const {
        const int64_t end = row_ptr[r + 1];
        ANNLAB_UNROLL_BY(4)
        for (int64_t k = row_ptr[r] + lane; k < end; k += n_lanes) {
            if (k < end - AHEAD) {
                ask_for(index, k + AHEAD);
                ask(k + AHEAD);
            }
            visit(k, (int64_t)index[k]);
        }
    }
    template <class Visit>
    ANNLAB_METHOD void column(int64_t c, int lane, int n_lanes, Visit visit) const {
        for (int64_t e = column_ptr[c] + lane; e < column_ptr[c + 1]; e += n_lanes)
            visit((int64_t)column_position[e], (int64_t)column_owner[e]);
    }
};

// Synapse k joins presynaptic neuron first_row + k and postsynaptic neuron first_column + k.
struct OneToOne {
    static constexpr bool NEEDS_ROW = false;
    int64_t first_row, n, first_column;

    ANNLAB_INLINE OneToOne of(void* const* slots) {
        const int64_t* d = (const int64_t*)slots[0];
        return {d[0], d[1], d[2]};
    }
    ANNLAB_METHOD int64_t n_rows() const { return first_row + n; }
    ANNLAB_METHOD int64_t owner(int64_t row) const { return row; }
    ANNLAB_METHOD Part part(int64_t row, Range own) const {
        const int64_t k = row - first_row, i = first_column + k;
        return {k, k >= 0 && k < n && i >= own.begin && i < own.end};
    }
    ANNLAB_METHOD Part whole(int64_t row) const {
        const int64_t k = row - first_row;
        return {k, k >= 0 && k < n};
    }
    ANNLAB_METHOD int64_t other(int64_t, int64_t k) const { return first_column + k; }
    ANNLAB_METHOD bool has(int64_t, int64_t) const { return true; }

    template <class Visit, class Ask = Nothing>
    ANNLAB_METHOD void row(int64_t r, int lane, int, Visit visit, Ask = {}) const {
        const int64_t k = r - first_row;
        if (lane == 0 && k >= 0 && k < n) visit(k, first_column + k);
    }
    template <class Visit>
    ANNLAB_METHOD void column(int64_t c, int lane, int, Visit visit) const {
        const int64_t k = c - first_column;
        if (lane == 0 && k >= 0 && k < n) visit(k, first_row + k);
    }
};

}  // namespace annlab
