// Rows of synapses as the host changes them: cut for threads, listed by column, searched, spliced.
//
// What stays of an array are runs: run r is [begins[r], ends[r]), and n_come[r] entries have come
// before it in all.
#pragma once
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "storage.hpp"

namespace annlab {

// First entry of each row whose rank is not below `first`: where a thread's part of it begins.
template <class Index>
void split_rows(const int64_t* row_ptr, int64_t n_rows, const Index* index, int64_t first,
                int64_t* out) {
    for (int64_t r = 0; r < n_rows; ++r)
        out[r] = first_not_below(index, row_ptr[r], row_ptr[r + 1], first);
}

// Where the entries [begin, end) go if they are sorted by column: `next` has the place of the next
// entry of each column. `row` is the row of the first and becomes that of the last.
template <class Index>
void hand_out(const int64_t* row_ptr, const int32_t* row_owner, const Index* index, int64_t begin,
              int64_t end, int64_t& row, int64_t* next, int32_t* owner, int32_t* position) {
    for (int64_t k = begin; k < end; ++k) {
        while (k >= row_ptr[row + 1]) ++row;
        const int64_t place = next[index[k]]++;
        owner[place] = row_owner ? row_owner[row] : (int32_t)row;
        position[place] = (int32_t)k;
    }
}

// Counts entries by column and adds up: ptr[c] is the number of entries before column c.
template <class Index>
void count_columns(const Index* index, int64_t begin, int64_t end, int64_t n_columns, int64_t* ptr) {
    memset(ptr, 0, (size_t)(n_columns + 1) * sizeof(int64_t));
    for (int64_t k = begin; k < end; ++k) ++ptr[index[k] + 1];
    for (int64_t c = 0; c < n_columns; ++c) ptr[c + 1] += ptr[c];
}

// Rows by the other side: fills where columns begin, and positions and owners of the entries of
// each column, ascending. column_ptr has n_columns + 1 entries.
//
// Where columns are few, entries are sorted in parts that stay in cache, and each part is then
// copied column by column: one by one, every entry would touch two lines that are far away.
template <class Index>
void transpose(const int64_t* row_ptr, const int32_t* row_owner, int64_t n_rows, const Index* index,
               int64_t n_columns, int64_t* column_ptr, int32_t* owner, int32_t* position) {
    constexpr int64_t PART = 1 << 15, MOST_COLUMNS = PART / 8;
    const int64_t last = row_ptr[n_rows];
    int64_t row = 0;
    count_columns(index, 0, last, n_columns, column_ptr);
    char* const memory =
        n_columns <= MOST_COLUMNS && last > PART ? (char*)malloc(PART * 8 + (MOST_COLUMNS + 1) * 8)
                                                 : nullptr;
    if (memory == nullptr) {
        hand_out(row_ptr, row_owner, index, 0, last, row, column_ptr, owner, position);
    } else {
        int64_t* const next = (int64_t*)memory;
        int32_t* const owners = (int32_t*)(next + MOST_COLUMNS + 1);
        int32_t* const positions = (int32_t*)(owners + PART);
        for (int64_t k = 0; k < last; k += PART) {
            const int64_t end = k + PART < last ? k + PART : last;
            count_columns(index, k, end, n_columns, next);
            hand_out(row_ptr, row_owner, index, k, end, row, next, owners, positions);
            for (int64_t c = 0, from = 0; c < n_columns; from = next[c++]) {
                const int64_t n = next[c] - from;
                memcpy(owner + column_ptr[c], owners + from, (size_t)n * sizeof(int32_t));
                memcpy(position + column_ptr[c], positions + from, (size_t)n * sizeof(int32_t));
                column_ptr[c] += n;
            }
        }
        free(memory);
    }
    for (int64_t c = n_columns; c > 0; --c) column_ptr[c] = column_ptr[c - 1];
    column_ptr[0] = 0;
}

// First place of each range at which `index` is not below what is wanted there.
template <class Index>
void bisect(const Index* index, int64_t n, const int64_t* low, const int64_t* high,
            const int64_t* wanted, int64_t* place) {
    for (int64_t q = 0; q < n; ++q)
        place[q] = first_not_below(index, low[q], high[q], wanted[q]);
}

// Where in its row each entry is; the complement of where it would be if it is not there. There
// is an entry somewhere.
template <class Index>
void find(const int64_t* row_ptr, const Index* index, int64_t n, const int64_t* rows,
          const int64_t* wanted, int64_t* place) {
    for (int64_t q = 0; q < n; ++q) {
        const int64_t begin = row_ptr[rows[q]], end = row_ptr[rows[q] + 1];
        const int64_t k = first_not_below(index, begin, end, wanted[q]);
        const int64_t seen = k < end ? k : row_ptr[0];  // of an array that is not empty
        const int64_t is_there = (k < end) & ((int64_t)index[seen] == wanted[q]);
        place[q] = k ^ (is_there - 1);
    }
}

// Before which entry of its row the k-th of the columns that have no entry there stands: before all
// up to which more than k columns are left out.
template <class Index>
void find_free(const int64_t* row_ptr, const Index* index, const int64_t* columns, int64_t n,
               const int64_t* rows, const int64_t* which, int64_t* place) {
    for (int64_t q = 0; q < n; ++q) {
        const Index* const row = index + row_ptr[rows[q]];
        const int64_t* const column = columns + which[q];
        int64_t a = 0, left = row_ptr[rows[q] + 1] - row_ptr[rows[q]];
        for (; left > 1; left -= left / 2) {
            const int64_t last = a + left / 2 - 1;
            a += (left / 2) * ((int64_t)row[last] <= column[last]);
        }
        place[q] = row_ptr[rows[q]] + a + (left == 1 && (int64_t)row[a] <= column[a]);
    }
}

struct Runs {
    int64_t n;
    const int64_t *begins, *ends, *n_come;
};

// Fills what stays of n_old entries where `gone` leave and others come, each before an entry, and
// the places of these afterwards; all ascend. An entry that leaves is cut out behind what comes
// before it. There are n_gone + n_come + 1 runs; `places` has room for one more than come.
inline void cut(int64_t n_old, int64_t n_gone, const int64_t* gone, int64_t n_come,
                const int64_t* before, int64_t* begins, int64_t* ends, int64_t* come,
                int64_t* places) {
    int64_t g = 0, k = 0;
    begins[0] = come[0] = 0;
    for (int64_t r = 0; r < n_gone + n_come; ++r) {
        const int64_t leaving = g < n_gone ? gone[g] : INT64_MAX;
        const int64_t coming = k < n_come ? before[k] : INT64_MAX;
        const int64_t comes = coming <= leaving;  // no branch: nobody can tell which is next
        const int64_t at = comes ? coming : leaving;
        places[k] = at - g + k;
        k += comes;
        g += 1 - comes;
        ends[r] = at;
        begins[r + 1] = at + 1 - comes;
        come[r + 1] = k;
    }
    ends[n_gone + n_come] = n_old;
}

// Copies the runs that stay to where they belong now, and what comes between them. `made` may be
// `old` itself: then runs that move up are moved last one first, so that none is overwritten.
inline void splice(const char* old, char* made, int64_t item, const Runs& runs,
                   const char* coming) {
    int64_t n_stay = 0;  // entries of the runs before r
    for (int64_t r = 0; r < runs.n;) {
        int64_t last = r, n_group = 0;  // runs r ... last - 1 move up
        for (; last < runs.n && n_stay + n_group + runs.n_come[last] > runs.begins[last]; ++last)
            n_group += runs.ends[last] - runs.begins[last];
        n_stay += n_group;
        int64_t n_left = n_stay;
        for (int64_t k = last - 1; k >= r; --k) {
            const int64_t n = runs.ends[k] - runs.begins[k];
            n_left -= n;
            memmove(made + (n_left + runs.n_come[k]) * item, old + runs.begins[k] * item,
                    (size_t)(n * item));
        }
        r = last;
        if (r == runs.n) break;
        const int64_t n = runs.ends[r] - runs.begins[r];
        memmove(made + (n_stay + runs.n_come[r]) * item, old + runs.begins[r] * item,
                (size_t)(n * item));
        n_stay += n;
        ++r;
    }
    n_stay = 0;
    for (int64_t r = 0, come = 0; r < runs.n; come = runs.n_come[r++]) {
        memcpy(made + (n_stay + come) * item, coming + come * item,
               (size_t)((runs.n_come[r] - come) * item));
        n_stay += runs.ends[r] - runs.begins[r];
    }
}

// Entries listed by column: column c has entries ptr[c] ... ptr[c + 1] - 1.
struct ColumnEntries {
    const int64_t* ptr;
    const int32_t *owner, *position;
};

// Entries in the order of rows.
struct RowEntries {
    int64_t n;
    const int64_t *column, *row, *position;
};

// Lists entries by column; those of column c begin at ptr[c]. Without positions, rows alone.
inline void sort_by_column(const RowEntries& entries, int64_t n_columns, int64_t* ptr,
                           int32_t* owner, int32_t* position) {
    for (int64_t k = 0; k < entries.n; ++k) {
        const int64_t place = ptr[entries.column[k]]++;
        owner[place] = (int32_t)entries.row[k];
        if (position) position[place] = (int32_t)entries.position[k];
    }
    for (int64_t c = n_columns; c > 0; --c) ptr[c] = ptr[c - 1];
    ptr[0] = 0;
}

// Lists the entries anew after a splice. `come` has what comes, with positions as they are
// afterwards; of what leaves column c, gone[gone_ptr[c]] ... are the rows. The new lists may lie in
// the memory of the old ones, as far before them that nothing is overwritten before it was read.
//
// shift[row] is by how much further the row begins afterwards. Within a row columns ascend, and
// columns are taken in ascending order: so behind each it is by how much the rest of the row moves.
inline void splice_columns(int64_t n_columns, int32_t* shift, const ColumnEntries& old,
                           const ColumnEntries& come, const int64_t* gone_ptr, const int32_t* gone,
                           int32_t* owner, int32_t* position) {
    constexpr int32_t NONE = INT32_MAX;
    int64_t out = 0;
    for (int64_t c = 0; c < n_columns; ++c) {
        int64_t e = old.ptr[c], k = come.ptr[c], g = gone_ptr[c];
        const int64_t last = old.ptr[c + 1], last_come = come.ptr[c + 1], last_gone = gone_ptr[c + 1];
        for (;;) {
            const int32_t coming = k < last_come ? come.owner[k] : NONE;
            const int32_t leaving = g < last_gone ? gone[g] : NONE;
            const int32_t next = coming < leaving ? coming : leaving;
            for (; e < last && old.owner[e] < next; ++e) {
                const int32_t row = old.owner[e];
                owner[out] = row;
                position[out++] = old.position[e] + shift[row];
            }
            if (next == NONE) break;
            if (coming == next) {
                owner[out] = next;
                position[out++] = come.position[k++];
            }
            e += leaving == next;
            g += leaving == next;
        }
        for (k = come.ptr[c]; k < last_come; ++k) ++shift[come.owner[k]];
        for (g = gone_ptr[c]; g < last_gone; ++g) --shift[gone[g]];
    }
}

}  // namespace annlab
