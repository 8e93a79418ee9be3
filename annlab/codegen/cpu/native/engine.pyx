# cython: language_level=3, boundscheck=False, wraparound=False
# distutils: language = c++
"""Bind the native loop: addresses in, addresses out.

Takes plain integers for addresses, so that this module needs neither NumPy nor
typed memory views and compiles in a second. Whoever calls it keeps the arrays
alive (annlab/runtime/native.py does).
"""

from libc.stdint cimport int32_t, int64_t, intptr_t, uint16_t, uint32_t
from libcpp cimport bool
from libcpp.vector cimport vector


cdef extern from "services.hpp" namespace "annlab":
    cdef struct Op:
        void (*kernel)(void* const*, const void*) noexcept nogil
        void* const* slots
        bool barrier_before
        bool is_serial

    ctypedef void* Kernel

    cdef cppclass Program:
        vector[Op] ops
        vector[Op] followers
        vector[const int32_t*] stops
        int64_t* clock
        int32_t* attention
        int64_t* service
        int64_t run(int64_t, int) nogil
        int64_t run_until(int64_t, bool) nogil

    void count_rows(int64_t*, const int64_t*, int64_t, int64_t)
    void split_rows[I](const int64_t*, int64_t, const I*, int64_t, int64_t*) nogil
    void transpose[I](const int64_t*, const int32_t*, int64_t, const I*, int64_t*, int32_t*,
                      uint32_t*) nogil


cdef extern from *:
    """
    #define ANNLAB_OP(k, s, b, r) annlab::Op{(annlab::Kernel)(k), (void* const*)(s), (bool)(b), (bool)(r)}
    #define ANNLAB_ADDRESS(f) ((intptr_t)(annlab::Kernel)&annlab::f)
    static inline intptr_t annlab_reduce_blocks(int in, int out) {
        using namespace annlab;
        switch (in * 10 + out) {
            case 0: return (intptr_t)(Kernel)&reduce_blocks<double, double>;
            case 11: return (intptr_t)(Kernel)&reduce_blocks<float, float>;
            case 20: return (intptr_t)(Kernel)&reduce_blocks<int64_t, double>;
            case 31: return (intptr_t)(Kernel)&reduce_blocks<int32_t, float>;
            case 40: return (intptr_t)(Kernel)&reduce_blocks<uint8_t, double>;
            case 41: return (intptr_t)(Kernel)&reduce_blocks<uint8_t, float>;
            default: return 0;
        }
    }
    """
    Op ANNLAB_OP(intptr_t, intptr_t, bool, bool)
    intptr_t annlab_reduce_blocks(int, int)
    intptr_t ADDRESS_zero_sums "ANNLAB_ADDRESS(zero_sums)"
    intptr_t ADDRESS_push_history "ANNLAB_ADDRESS(push_history)"
    intptr_t ADDRESS_spike_table "ANNLAB_ADDRESS(spike_table)"
    intptr_t ADDRESS_record_spikes "ANNLAB_ADDRESS(record_spikes)"
    intptr_t ADDRESS_tap_spikes "ANNLAB_ADDRESS(tap_spikes)"
    intptr_t ADDRESS_add_sums_double "((intptr_t)(annlab::Kernel)&annlab::add_sums<double, 1>)"
    intptr_t ADDRESS_add_sums_float "((intptr_t)(annlab::Kernel)&annlab::add_sums<float, 1>)"
    intptr_t ADDRESS_timed_double "ANNLAB_ADDRESS(timed_rows<double>)"
    intptr_t ADDRESS_timed_float "ANNLAB_ADDRESS(timed_rows<float>)"
    intptr_t ADDRESS_partials_double "ANNLAB_ADDRESS(reduce_partials<double>)"
    intptr_t ADDRESS_partials_float "ANNLAB_ADDRESS(reduce_partials<float>)"
    intptr_t ADDRESS_rate_double "ANNLAB_ADDRESS(rate_window<double>)"
    intptr_t ADDRESS_rate_float "ANNLAB_ADDRESS(rate_window<float>)"
    intptr_t ADDRESS_record_1 "ANNLAB_ADDRESS(record_values<uint8_t>)"
    intptr_t ADDRESS_record_4 "ANNLAB_ADDRESS(record_values<uint32_t>)"
    intptr_t ADDRESS_record_8 "ANNLAB_ADDRESS(record_values<uint64_t>)"
    intptr_t ADDRESS_tap_1 "ANNLAB_ADDRESS(tap_values<uint8_t>)"
    intptr_t ADDRESS_tap_4 "ANNLAB_ADDRESS(tap_values<uint32_t>)"
    intptr_t ADDRESS_tap_8 "ANNLAB_ADDRESS(tap_values<uint64_t>)"


cdef extern from *:
    """
    #ifdef _OPENMP
    static const bool annlab_has_openmp = true;
    #else
    static const bool annlab_has_openmp = false;
    #endif
    """
    bool annlab_has_openmp


HAS_OPENMP = annlab_has_openmp

# Kernels that do not depend on a model, by name; "<double>" etc. is the type they work on.
KERNELS = {
    "zero_sums": ADDRESS_zero_sums,
    "push_history": ADDRESS_push_history,
    "spike_table": ADDRESS_spike_table,
    "record_spikes": ADDRESS_record_spikes,
    "tap_spikes": ADDRESS_tap_spikes,
    "add_sums<float64>": ADDRESS_add_sums_double,
    "add_sums<float32>": ADDRESS_add_sums_float,
    "timed_rows<float64>": ADDRESS_timed_double,
    "timed_rows<float32>": ADDRESS_timed_float,
    "reduce_partials<float64>": ADDRESS_partials_double,
    "reduce_partials<float32>": ADDRESS_partials_float,
    "rate_window<float64>": ADDRESS_rate_double,
    "rate_window<float32>": ADDRESS_rate_float,
    "record_values<1>": ADDRESS_record_1,
    "record_values<4>": ADDRESS_record_4,
    "record_values<8>": ADDRESS_record_8,
    "tap_values<1>": ADDRESS_tap_1,
    "tap_values<4>": ADDRESS_tap_4,
    "tap_values<8>": ADDRESS_tap_8,
    "reduce_blocks<float64>": annlab_reduce_blocks(0, 0),
    "reduce_blocks<float32>": annlab_reduce_blocks(1, 1),
    "reduce_blocks<int64>": annlab_reduce_blocks(2, 0),
    "reduce_blocks<int32>": annlab_reduce_blocks(3, 1),
    "reduce_blocks<bool,float64>": annlab_reduce_blocks(4, 0),
    "reduce_blocks<bool,float32>": annlab_reduce_blocks(4, 1),
}


cdef class NativeProgram:
    """A list of kernels that runs without Python."""

    # By pointer: it is aligned to cache lines, and a Python object is not.
    cdef Program* program

    def __cinit__(self):
        self.program = new Program()

    def __dealloc__(self):
        del self.program

    def __init__(self, intptr_t clock, intptr_t attention, intptr_t service):
        self.program.clock = <int64_t*>clock
        self.program.attention = <int32_t*>attention
        self.program.service = <int64_t*>service

    def clear(self):
        """Forget all kernels."""
        self.program.ops.clear()
        self.program.followers.clear()

    def add(self, intptr_t kernel, intptr_t slots, bint barrier_before, bint is_serial):
        """Append a kernel that runs in every step."""
        self.program.ops.push_back(ANNLAB_OP(kernel, slots, barrier_before, is_serial))

    def add_follower(self, intptr_t kernel, intptr_t slots):
        """Append a kernel that looks at a step that all threads have finished."""
        self.program.followers.push_back(ANNLAB_OP(kernel, slots, False, True))

    def set_stops(self, addresses):
        """Set the addresses of the stop flags that `run_until` looks at."""
        self.program.stops.clear()
        cdef intptr_t address
        for address in addresses:
            self.program.stops.push_back(<const int32_t*>address)

    def run(self, int64_t n_steps, int n_threads):
        """Run without the GIL; return the number of steps done."""
        cdef int64_t done
        with nogil:
            done = self.program.run(n_steps, n_threads)
        return done

    def run_until(self, int64_t n_steps, bint needs_all):
        """Run until the stop conditions hold."""
        cdef int64_t done
        with nogil:
            done = self.program.run_until(n_steps, needs_all)
        return done


def add_rows(intptr_t count, intptr_t schedule, int64_t first, int64_t last):
    """Count the rows that a recorder took from step `first` to step `last`."""
    count_rows(<int64_t*>count, <const int64_t*>schedule, first, last)


def split(intptr_t row_ptr, int64_t n_rows, intptr_t index, bint is_narrow, int64_t first,
          intptr_t out):
    """Find where in each row the ranks from `first` on begin."""
    with nogil:
        if is_narrow:
            split_rows[uint16_t](<const int64_t*>row_ptr, n_rows, <const uint16_t*>index, first,
                                 <int64_t*>out)
        else:
            split_rows[int32_t](<const int64_t*>row_ptr, n_rows, <const int32_t*>index, first,
                                <int64_t*>out)


def transposed(intptr_t row_ptr, intptr_t row_owner, int64_t n_rows, intptr_t index,
               bint is_narrow, intptr_t column_next, intptr_t owner, intptr_t position):
    """List the entries of each column."""
    with nogil:
        if is_narrow:
            transpose[uint16_t](<const int64_t*>row_ptr, <const int32_t*>row_owner, n_rows,
                                <const uint16_t*>index, <int64_t*>column_next, <int32_t*>owner,
                                <uint32_t*>position)
        else:
            transpose[int32_t](<const int64_t*>row_ptr, <const int32_t*>row_owner, n_rows,
                               <const int32_t*>index, <int64_t*>column_next, <int32_t*>owner,
                               <uint32_t*>position)


def call(intptr_t kernel, intptr_t slots, int64_t step):
    """Call one kernel once, from one thread."""
    cdef int32_t attention = 0
    cdef int64_t service = 0x7FFFFFFFFFFFFFFF
    program = new Program()
    program.clock = &step
    program.attention = &attention
    program.service = &service
    program.ops.push_back(ANNLAB_OP(kernel, slots, False, False))
    program.run(1, 1)
    del program
