// The engine as C functions: see engine.h.
#include "engine.h"

#include "services.hpp"
#include "splicing.hpp"

using namespace annlab;

struct annlab_program {
    Program program;
};

namespace {

intptr_t address(Kernel kernel) {
    return (intptr_t)kernel;
}

Op make_op(intptr_t kernel, intptr_t slots, bool barrier_before, bool is_serial) {
    return {(Kernel)kernel, (void* const*)slots, barrier_before, is_serial};
}

template <class Index>
void split_as(intptr_t row_ptr, int64_t n_rows, intptr_t index, int64_t first, intptr_t out) {
    split_rows((const int64_t*)row_ptr, n_rows, (const Index*)index, first, (int64_t*)out);
}

template <class Index>
void transpose_as(intptr_t row_ptr, intptr_t row_owner, int64_t n_rows, intptr_t index,
                  int64_t n_columns, intptr_t column_ptr, intptr_t owner, intptr_t position) {
    transpose((const int64_t*)row_ptr, (const int32_t*)row_owner, n_rows, (const Index*)index,
              n_columns, (int64_t*)column_ptr, (int32_t*)owner, (int32_t*)position);
}

template <class Index>
void bisect_as(intptr_t index, int64_t n, intptr_t low, intptr_t high, intptr_t wanted,
               intptr_t place) {
    bisect((const Index*)index, n, (const int64_t*)low, (const int64_t*)high,
           (const int64_t*)wanted, (int64_t*)place);
}

template <class Index>
void find_as(intptr_t row_ptr, intptr_t index, int64_t n, intptr_t rows, intptr_t wanted,
             intptr_t place) {
    find((const int64_t*)row_ptr, (const Index*)index, n, (const int64_t*)rows,
         (const int64_t*)wanted, (int64_t*)place);
}

template <class Index>
void find_free_as(intptr_t row_ptr, intptr_t index, intptr_t columns, int64_t n, intptr_t rows,
                  intptr_t which, intptr_t place) {
    find_free((const int64_t*)row_ptr, (const Index*)index, (const int64_t*)columns, n,
              (const int64_t*)rows, (const int64_t*)which, (int64_t*)place);
}

Runs runs_at(int64_t n, intptr_t begins, intptr_t ends, intptr_t n_come) {
    return {n, (const int64_t*)begins, (const int64_t*)ends, (const int64_t*)n_come};
}

ColumnEntries entries_at(const intptr_t* lists) {
    return {(const int64_t*)lists[0], (const int32_t*)lists[1], (const int32_t*)lists[2]};
}

RowEntries row_entries_at(int64_t n, const intptr_t* lists) {
    return {n, (const int64_t*)lists[0], (const int64_t*)lists[1], (const int64_t*)lists[2]};
}

}  // namespace

extern "C" {

// "<float64>" etc. is the type a kernel works on; "<8>" the size of the items it copies.
const annlab_named_kernel annlab_kernels[] = {
    {"zero_sums", address(zero_sums)},
    {"push_history", address(push_history)},
    {"spike_table", address(spike_table)},
    {"record_spikes", address(record_spikes)},
    {"tap_spikes", address(tap_spikes)},
    {"add_sums<float64>", address(add_sums<double, 1>)},
    {"add_sums<float32>", address(add_sums<float, 1>)},
    {"timed_rows<float64>", address(timed_rows<double>)},
    {"timed_rows<float32>", address(timed_rows<float>)},
    {"reduce_blocks<float64>", address(reduce_blocks<double, double>)},
    {"reduce_blocks<float32>", address(reduce_blocks<float, float>)},
    {"reduce_blocks<int64>", address(reduce_blocks<int64_t, double>)},
    {"reduce_blocks<int32>", address(reduce_blocks<int32_t, float>)},
    {"reduce_blocks<bool,float64>", address(reduce_blocks<uint8_t, double>)},
    {"reduce_blocks<bool,float32>", address(reduce_blocks<uint8_t, float>)},
    {"reduce_partials<float64>", address(reduce_partials<double>)},
    {"reduce_partials<float32>", address(reduce_partials<float>)},
    {"rate_window<float64>", address(rate_window<double>)},
    {"rate_window<float32>", address(rate_window<float>)},
    {"record_values<1>", address(record_values<uint8_t>)},
    {"record_values<4>", address(record_values<uint32_t>)},
    {"record_values<8>", address(record_values<uint64_t>)},
    {"tap_values<1>", address(tap_values<uint8_t>)},
    {"tap_values<4>", address(tap_values<uint32_t>)},
    {"tap_values<8>", address(tap_values<uint64_t>)},
};
const int annlab_n_kernels = sizeof(annlab_kernels) / sizeof(annlab_kernels[0]);

#ifdef _OPENMP
const int annlab_has_openmp = 1;
#else
const int annlab_has_openmp = 0;
#endif

annlab_program* annlab_new(intptr_t clock, intptr_t attention, intptr_t service) {
    // Zeros are a valid empty program. Aligned: threads must not share the barrier's cache lines.
    void* memory = aligned_alloc(alignof(annlab_program), sizeof(annlab_program));
    if (memory == nullptr) return nullptr;
    memset(memory, 0, sizeof(annlab_program));
    annlab_program* made = (annlab_program*)memory;
    made->program.clock = (int64_t*)clock;
    made->program.attention = (int32_t*)attention;
    made->program.service = (int64_t*)service;
    return made;
}

void annlab_delete(annlab_program* p) {
    if (p == nullptr) return;
    p->program.ops.release();
    p->program.followers.release();
    p->program.stops.release();
    free(p);
}

void annlab_clear(annlab_program* p) {
    p->program.ops.clear();
    p->program.followers.clear();
}

void annlab_add(annlab_program* p, intptr_t kernel, intptr_t slots, int barrier_before,
                int is_serial) {
    p->program.ops.add(make_op(kernel, slots, barrier_before != 0, is_serial != 0));
}

void annlab_add_follower(annlab_program* p, intptr_t kernel, intptr_t slots) {
    p->program.followers.add(make_op(kernel, slots, false, true));
}

void annlab_clear_stops(annlab_program* p) {
    p->program.stops.clear();
}

void annlab_add_stop(annlab_program* p, intptr_t flag) {
    p->program.stops.add((const int32_t*)flag);
}

int64_t annlab_run(annlab_program* p, int64_t n_steps, int n_threads) {
    return p->program.run(n_steps, n_threads);
}

int64_t annlab_run_until(annlab_program* p, int64_t n_steps, int needs_all) {
    return p->program.run_until(n_steps, needs_all != 0);
}

int annlab_team(const annlab_program* p) {
    return p->program.team();
}

int annlab_thread_limit(void) {
#ifdef _OPENMP
    return omp_get_thread_limit();
#else
    return 1;
#endif
}

void annlab_add_rows(intptr_t count, intptr_t schedule, int64_t first, int64_t last) {
    count_rows((int64_t*)count, (const int64_t*)schedule, first, last);
}

void annlab_split(intptr_t row_ptr, int64_t n_rows, intptr_t index, int is_narrow, int64_t first,
                  intptr_t out) {
    const auto split = is_narrow ? split_as<uint16_t> : split_as<int32_t>;
    split(row_ptr, n_rows, index, first, out);
}

void annlab_transpose(intptr_t row_ptr, intptr_t row_owner, int64_t n_rows, intptr_t index,
                      int is_narrow, int64_t n_columns, intptr_t column_ptr, intptr_t owner,
                      intptr_t position) {
    const auto list = is_narrow ? transpose_as<uint16_t> : transpose_as<int32_t>;
    list(row_ptr, row_owner, n_rows, index, n_columns, column_ptr, owner, position);
}

void annlab_bisect(intptr_t index, int is_narrow, int64_t n, intptr_t low, intptr_t high,
                   intptr_t wanted, intptr_t place) {
    const auto find = is_narrow ? bisect_as<uint16_t> : bisect_as<uint32_t>;
    find(index, n, low, high, wanted, place);
}

void annlab_find(intptr_t row_ptr, intptr_t index, int is_narrow, int64_t n, intptr_t rows,
                 intptr_t wanted, intptr_t place) {
    const auto find = is_narrow ? find_as<uint16_t> : find_as<uint32_t>;
    find(row_ptr, index, n, rows, wanted, place);
}

void annlab_find_free(intptr_t row_ptr, intptr_t index, int is_narrow, intptr_t columns, int64_t n,
                      intptr_t rows, intptr_t which, intptr_t place) {
    const auto find = is_narrow ? find_free_as<uint16_t> : find_free_as<uint32_t>;
    find(row_ptr, index, columns, n, rows, which, place);
}

void annlab_splice(intptr_t old, intptr_t made, int64_t item_size, int64_t n_runs, intptr_t begins,
                   intptr_t ends, intptr_t n_come, intptr_t coming) {
    splice((const char*)old, (char*)made, item_size, runs_at(n_runs, begins, ends, n_come),
           (const char*)coming);
}

void annlab_cut(int64_t n_old, int64_t n_leaving, intptr_t leaving, int64_t n_coming,
                intptr_t before, intptr_t begins, intptr_t ends, intptr_t n_come,
                intptr_t places) {
    cut(n_old, n_leaving, (const int64_t*)leaving, n_coming, (const int64_t*)before,
        (int64_t*)begins, (int64_t*)ends, (int64_t*)n_come, (int64_t*)places);
}

void annlab_splice_columns(int64_t n_columns, int64_t n_coming, int64_t n_leaving,
                           intptr_t lists) {
    // shifts of rows; entries that were there; room for what comes and what leaves by column; new
    // lists; what comes and what leaves by row
    const intptr_t* const at = (const intptr_t*)lists;
    const RowEntries come = row_entries_at(n_coming, at + 11), gone = row_entries_at(n_leaving, at + 14);
    sort_by_column(come, n_columns, (int64_t*)at[4], (int32_t*)at[5], (int32_t*)at[6]);
    sort_by_column(gone, n_columns, (int64_t*)at[7], (int32_t*)at[8], nullptr);
    splice_columns(n_columns, (int32_t*)at[0], entries_at(at + 1), entries_at(at + 4),
                   (const int64_t*)at[7], (const int32_t*)at[8], (int32_t*)at[9],
                   (int32_t*)at[10]);
}

void annlab_draw_units(intptr_t key, int64_t draw, int64_t step, int64_t n, intptr_t counters,
                       intptr_t out) {
    draw_units(Stream::of((const void*)key, (uint32_t)draw), step, n, (const uint64_t*)counters,
               (double*)out);
}

void annlab_call(intptr_t kernel, intptr_t slots, int64_t step) {
    const annlab_step now = {step, step, 0, 1};
    ((Kernel)kernel)((void* const*)slots, &now);
}

}  // extern "C"
