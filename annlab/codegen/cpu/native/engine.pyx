# cython: language_level=3, binding=False, auto_pickle=False
"""Bind the native loop: addresses in, addresses out.

Takes plain integers for addresses and is C that calls C, so that this module needs neither NumPy
nor typed memory views nor C++, and is made in a second. Whoever calls it keeps the arrays alive
(annlab/runtime/native.py does).
"""

from libc.stdint cimport int64_t, intptr_t


cdef extern from "engine.h" nogil:
    ctypedef struct annlab_program:
        pass

    ctypedef struct annlab_named_kernel:
        const char* name
        intptr_t address

    const annlab_named_kernel annlab_kernels[]
    const int annlab_n_kernels
    const int annlab_has_openmp

    annlab_program* annlab_new(intptr_t, intptr_t, intptr_t)
    void annlab_delete(annlab_program*)
    void annlab_clear(annlab_program*)
    void annlab_add(annlab_program*, intptr_t, intptr_t, int, int)
    void annlab_add_follower(annlab_program*, intptr_t, intptr_t)
    void annlab_clear_stops(annlab_program*)
    void annlab_add_stop(annlab_program*, intptr_t)
    int64_t annlab_run(annlab_program*, int64_t, int)
    int64_t annlab_run_until(annlab_program*, int64_t, int)
    int annlab_team(const annlab_program*)
    int annlab_thread_limit()
    void annlab_add_rows(intptr_t, intptr_t, int64_t, int64_t)
    void annlab_split(intptr_t, int64_t, intptr_t, int, int64_t, intptr_t)
    void annlab_transpose(intptr_t, intptr_t, int64_t, intptr_t, int, int64_t, intptr_t, intptr_t,
                          intptr_t)
    void annlab_bisect(intptr_t, int, int64_t, intptr_t, intptr_t, intptr_t, intptr_t)
    void annlab_find(intptr_t, intptr_t, int, int64_t, intptr_t, intptr_t, intptr_t)
    void annlab_find_free(intptr_t, intptr_t, int, intptr_t, int64_t, intptr_t, intptr_t, intptr_t)
    void annlab_splice(intptr_t, intptr_t, int64_t, int64_t, intptr_t, intptr_t, intptr_t, intptr_t)
    void annlab_cut(int64_t, int64_t, intptr_t, int64_t, intptr_t, intptr_t, intptr_t, intptr_t,
                    intptr_t)
    void annlab_splice_columns(int64_t, int64_t, int64_t, intptr_t)
    void annlab_draw_units(intptr_t, int64_t, int64_t, int64_t, intptr_t, intptr_t)
    void annlab_call(intptr_t, intptr_t, int64_t)


HAS_OPENMP = annlab_has_openmp != 0

# Addresses of the kernels that do not depend on a model, by name.
KERNELS = {}
cdef int k
for k in range(annlab_n_kernels):
    KERNELS[(<bytes>annlab_kernels[k].name).decode()] = annlab_kernels[k].address


cdef class NativeProgram:
    """A list of kernels that runs without Python."""

    cdef annlab_program* program

    def __cinit__(self, intptr_t clock, intptr_t attention, intptr_t service):
        self.program = annlab_new(clock, attention, service)
        if self.program is NULL:
            raise MemoryError

    def __dealloc__(self):
        annlab_delete(self.program)

    def clear(self):
        """Forget all kernels."""
        annlab_clear(self.program)

    def add(self, intptr_t kernel, intptr_t slots, bint barrier_before, bint is_serial):
        """Append a kernel that runs in every step."""
        annlab_add(self.program, kernel, slots, barrier_before, is_serial)

    def add_follower(self, intptr_t kernel, intptr_t slots):
        """Append a kernel that looks at a step that all threads have finished."""
        annlab_add_follower(self.program, kernel, slots)

    def set_stops(self, addresses):
        """Set the addresses of the stop flags that `run_until` looks at."""
        annlab_clear_stops(self.program)
        for address in addresses:
            annlab_add_stop(self.program, address)

    def run(self, int64_t n_steps, int n_threads):
        """Run without the GIL; return the number of steps done."""
        cdef int64_t done
        with nogil:
            done = annlab_run(self.program, n_steps, n_threads)
        return done

    def run_until(self, int64_t n_steps, bint needs_all):
        """Run until the stop conditions hold; return the number of steps done."""
        cdef int64_t done
        with nogil:
            done = annlab_run_until(self.program, n_steps, needs_all)
        return done

    def team(self):
        """Return how many threads did the last run."""
        return annlab_team(self.program)


def thread_limit():
    """Return how many threads OpenMP gives at most (OMP_THREAD_LIMIT)."""
    return annlab_thread_limit()


def add_rows(intptr_t count, intptr_t schedule, int64_t first, int64_t last):
    """Count the rows that a recorder took from step `first` to step `last`."""
    annlab_add_rows(count, schedule, first, last)


def split(intptr_t row_ptr, int64_t n_rows, intptr_t index, bint is_narrow, int64_t first,
          intptr_t out):
    """Find where in each row the ranks from `first` on begin."""
    with nogil:
        annlab_split(row_ptr, n_rows, index, is_narrow, first, out)


def transposed(intptr_t row_ptr, intptr_t row_owner, int64_t n_rows, intptr_t index,
               bint is_narrow, int64_t n_columns, intptr_t column_ptr, intptr_t owner,
               intptr_t position):
    """List the entries of each column."""
    with nogil:
        annlab_transpose(row_ptr, row_owner, n_rows, index, is_narrow, n_columns, column_ptr,
                         owner, position)


def bisect(intptr_t index, bint is_narrow, int64_t n, intptr_t low, intptr_t high,
           intptr_t wanted, intptr_t place):
    """Find the first place of each range that is not below what is wanted there."""
    with nogil:
        annlab_bisect(index, is_narrow, n, low, high, wanted, place)


def find(intptr_t row_ptr, intptr_t index, bint is_narrow, int64_t n, intptr_t rows,
         intptr_t wanted, intptr_t place):
    """Find entries in their rows, or the complement of where they would be."""
    with nogil:
        annlab_find(row_ptr, index, is_narrow, n, rows, wanted, place)


def find_free(intptr_t row_ptr, intptr_t index, bint is_narrow, intptr_t columns, int64_t n,
              intptr_t rows, intptr_t which, intptr_t place):
    """Find before which entry of its row the k-th column without one stands."""
    with nogil:
        annlab_find_free(row_ptr, index, is_narrow, columns, n, rows, which, place)


def splice(intptr_t old, intptr_t made, int64_t item_size, int64_t n_runs, intptr_t begins,
           intptr_t ends, intptr_t n_come, intptr_t coming):
    """Copy an array without what leaves, and with what comes."""
    with nogil:
        annlab_splice(old, made, item_size, n_runs, begins, ends, n_come, coming)


def cut(int64_t n_old, int64_t n_leaving, intptr_t leaving, int64_t n_coming, intptr_t before,
        intptr_t begins, intptr_t ends, intptr_t n_come, intptr_t places):
    """Find the runs that stay, and the places of what comes."""
    with nogil:
        annlab_cut(n_old, n_leaving, leaving, n_coming, before, begins, ends, n_come, places)


def splice_columns(int64_t n_columns, int64_t n_coming, int64_t n_leaving, intptr_t lists):
    """List the entries of each column after a splice; `lists` has the addresses of all lists."""
    with nogil:
        annlab_splice_columns(n_columns, n_coming, n_leaving, lists)


def draw_units(intptr_t key, int64_t draw, int64_t step, int64_t n, intptr_t counters,
               intptr_t out):
    """Draw one number of [0, 1) for each counter."""
    with nogil:
        annlab_draw_units(key, draw, step, n, counters, out)


def call(intptr_t kernel, intptr_t slots, int64_t step):
    """Call one kernel once, from one thread."""
    with nogil:
        annlab_call(kernel, slots, step)
