/* What the engine offers to its binding: C, so that the binding compiles in a quarter of a second.

   Addresses travel as integers. Whoever calls keeps the arrays alive. */
#ifndef ANNLAB_ENGINE_H
#define ANNLAB_ENGINE_H
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct annlab_program annlab_program;

/* A kernel that does not depend on a model. */
typedef struct {
    const char* name;
    intptr_t address;
} annlab_named_kernel;

extern const annlab_named_kernel annlab_kernels[];
extern const int annlab_n_kernels;
extern const int annlab_has_openmp;

annlab_program* annlab_new(intptr_t clock, intptr_t attention, intptr_t service);
void annlab_delete(annlab_program* program);
void annlab_clear(annlab_program* program);
void annlab_add(annlab_program* program, intptr_t kernel, intptr_t slots, int barrier_before,
                int is_serial);
void annlab_add_follower(annlab_program* program, intptr_t kernel, intptr_t slots);
void annlab_clear_stops(annlab_program* program);
void annlab_add_stop(annlab_program* program, intptr_t flag);
int64_t annlab_run(annlab_program* program, int64_t n_steps, int n_threads);
int64_t annlab_run_until(annlab_program* program, int64_t n_steps, int needs_all);
int annlab_team(const annlab_program* program);
int annlab_thread_limit(void);

void annlab_add_rows(intptr_t count, intptr_t schedule, int64_t first, int64_t last);
void annlab_split(intptr_t row_ptr, int64_t n_rows, intptr_t index, int is_narrow, int64_t first,
                  intptr_t out);
void annlab_transpose(intptr_t row_ptr, intptr_t row_owner, int64_t n_rows, intptr_t index,
                      int is_narrow, int64_t n_columns, intptr_t column_ptr, intptr_t owner,
                      intptr_t position);
void annlab_bisect(intptr_t index, int is_narrow, int64_t n, intptr_t low, intptr_t high,
                   intptr_t wanted, intptr_t place);
void annlab_find(intptr_t row_ptr, intptr_t index, int is_narrow, int64_t n, intptr_t rows,
                 intptr_t wanted, intptr_t place);
void annlab_find_free(intptr_t row_ptr, intptr_t index, int is_narrow, intptr_t columns, int64_t n,
                      intptr_t rows, intptr_t which, intptr_t place);
void annlab_splice(intptr_t old, intptr_t made, int64_t item_size, int64_t n_runs, intptr_t begins,
                   intptr_t ends, intptr_t n_come, intptr_t coming);
void annlab_cut(int64_t n_old, int64_t n_leaving, intptr_t leaving, int64_t n_coming,
                intptr_t before, intptr_t begins, intptr_t ends, intptr_t n_come,
                intptr_t places);
void annlab_splice_columns(int64_t n_columns, int64_t n_coming, int64_t n_leaving,
                           intptr_t lists);
void annlab_draw_units(intptr_t key, int64_t draw, int64_t step, int64_t n, intptr_t counters,
                       intptr_t out);
void annlab_call(intptr_t kernel, intptr_t slots, int64_t step);

#ifdef __cplusplus
}
#endif
#endif
