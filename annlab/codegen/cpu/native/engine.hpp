// The native loop: runs a list of kernels step after step, on one team of threads.
//
// Compiled once per machine. Knows nothing of models: a kernel is an address and a table of
// addresses. Python is not needed between steps; after a slice of about 5 ms of wall time the
// loop looks at the attention flag and returns if somebody waits.
#pragma once
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifdef _OPENMP
#include <omp.h>
#endif

#include "kernel.hpp"
#include "waiting.hpp"

namespace annlab {

typedef void (*Kernel)(void* const* slots, const annlab_step* now);

// One call of a kernel in every step.
struct Op {
    Kernel kernel;
    void* const* slots;
    bool barrier_before;  // wait for the others: what it reads they wrote, or the reverse
    bool is_serial;       // thread 0 only
};

// A growing list. Zeros are an empty one.
template <class T>
struct List {
    T* items;
    int64_t size, capacity;

    void add(T item) {
        if (size == capacity) {
            capacity = 2 * capacity + 16;
            items = (T*)realloc(items, (size_t)capacity * sizeof(T));
            if (items == nullptr) abort();
        }
        items[size++] = item;
    }
    void clear() { size = 0; }
    void release() { free(items); }
    const T* begin() const { return items; }
    const T* end() const { return items + size; }
};

template <class T>
inline T load(const T* value) {
    return __atomic_load_n(value, __ATOMIC_RELAXED);
}

// Spins for a while and then sleeps: with a pure spin two threads are slower than one as soon
// as something else wants a core, and in a notebook something always does.
class Barrier {
  public:
    void wait(int n_threads) {
        if (n_threads == 1) return;
        const uint32_t phase = __atomic_load_n(&phase_, __ATOMIC_ACQUIRE);
        if (__atomic_fetch_add(&arrived_, 1, __ATOMIC_ACQ_REL) == n_threads - 1) {
            __atomic_store_n(&arrived_, 0, __ATOMIC_RELAXED);
            __atomic_fetch_add(&phase_, 1, __ATOMIC_SEQ_CST);
            if (__atomic_load_n(&sleeping_, __ATOMIC_SEQ_CST) > 0) wake_all(&phase_);
            return;
        }
        for (int spin = 0; spin < SPINS; ++spin) {
            if (__atomic_load_n(&phase_, __ATOMIC_ACQUIRE) != phase) return;
            relax();
        }
        __atomic_fetch_add(&sleeping_, 1, __ATOMIC_SEQ_CST);
        while (__atomic_load_n(&phase_, __ATOMIC_SEQ_CST) == phase) sleep_while(&phase_, phase);
        __atomic_fetch_sub(&sleeping_, 1, __ATOMIC_RELAXED);
    }

  private:
    static constexpr int SPINS = 2000;  // about 40 microseconds; a step is shorter than that
    alignas(64) uint32_t phase_;
    alignas(64) int32_t arrived_;
    alignas(64) int32_t sleeping_;
};

// Zeros are an empty program.
class Program {
  public:
    List<Op> ops;                // every step, in order
    List<Op> followers;          // what is done for a step once all threads have finished it
    List<const int32_t*> stops;  // stop conditions, looked at only in `run_until`
    int64_t* clock;
    int32_t* attention;  // somebody waits: return at the end of the slice
    // A recorder that is almost full writes here the step before which to return: two steps
    // ahead, so that every thread has passed a barrier since and all of them read the same.
    int64_t* service;

    // Advances by at most n steps and returns how many were done.
    int64_t run(int64_t n, int n_threads) {
        const int64_t begin = *clock;
        __atomic_store_n(&end_, begin + n, __ATOMIC_RELAXED);
        slice_ = slice_ < 1 ? 1 : slice_;
        team_ = n_threads > 1 && run_together(n_threads, begin) ? n_threads : 1;
        if (team_ == 1) loop(0, 1, begin);
        const int64_t done = load(&end_) - begin;
        if (done > 0) follow(begin + done - 1, 1);
        *clock = begin + done;
        return done;
    }

    // Returns how many threads did the last run: OpenMP may give fewer than were asked for.
    int team() const { return team_; }

    // One thread, looking at the stop conditions after every step.
    int64_t run_until(int64_t n, bool needs_all) {
        int64_t done = 0;
        while (done < n && !load(attention)) {
            done += run(1, 1);
            if (stops_hold(needs_all)) break;
            if (load(service) != NO_SERVICE) break;
        }
        return done;
    }

    bool stops_hold(bool needs_all) const {
        if (stops.size == 0) return false;
        bool any = false, all = true;
        for (const int32_t* stop : stops) {
            any = any || *stop;
            all = all && *stop;
        }
        return needs_all ? all : any;
    }

    static constexpr int64_t NO_SERVICE = INT64_MAX;

  private:
    static int thread_number() {
#ifdef _OPENMP
        return omp_get_thread_num();
#else
        return 0;
#endif
    }

    static int team_size() {
#ifdef _OPENMP
        return omp_get_num_threads();
#else
        return 1;
#endif
    }

    // Returns false, and has done nothing, if fewer threads came: the others would be waited for
    // for ever, and the rows of storages are cut for one thread and for this number alone.
    bool run_together(int n_threads, int64_t begin) {
        bool is_complete = true;
#pragma omp parallel num_threads(n_threads)
        {
            if (team_size() == n_threads)
                loop(thread_number(), n_threads, begin);
            else if (thread_number() == 0)
                is_complete = false;
        }
        return is_complete;
    }

    void loop(int thread, int n_threads, int64_t begin) {
        annlab_step now = {begin, begin, thread, n_threads};
        int64_t slice_end = begin + slice_;
        double slice_begin = seconds_now();
        while (now.step < load(&end_)) {
            step(now, begin);
            ++now.step;
            if (now.step < slice_end && now.step < load(service))
                continue;
            barrier_.wait(n_threads);
            if (thread == 0) {
                end_slice(now.step, slice_begin);
                slice_begin = seconds_now();
            }
            barrier_.wait(n_threads);
            slice_end = now.step + slice_;
        }
    }

    void step(const annlab_step& now, int64_t begin) {
        bool has_followed = now.step == begin;
        for (const Op& op : ops) {
            if (op.barrier_before) barrier_.wait(now.n_threads);
            if (!has_followed && op.barrier_before) {
                has_followed = true;
                if (now.thread == 0) follow(now.step - 1, now.n_threads);
            }
            if (op.is_serial && now.thread != 0) continue;
            op.kernel(op.slots, &now);
        }
        if (!has_followed && now.thread == 0) follow(now.step - 1, now.n_threads);
    }

    void follow(int64_t step, int n_threads) {
        annlab_step before = {step, step, 0, n_threads};
        for (const Op& op : followers) op.kernel(op.slots, &before);
    }

    void end_slice(int64_t step, double slice_begin) {
        const double seconds = seconds_now() - slice_begin;
        if (load(attention) ||
            step >= load(service))
            __atomic_store_n(&end_, step, __ATOMIC_RELAXED);
        else if (seconds < SLICE / 2)
            slice_ = slice_ * 2 < LONGEST ? slice_ * 2 : LONGEST;
        else if (seconds > SLICE * 2)
            slice_ = slice_ > 1 ? slice_ / 2 : 1;
    }

    static constexpr double SLICE = 0.005;         // [s]
    static constexpr int64_t LONGEST = 1 << 20;    // [steps]
    Barrier barrier_;
    int64_t end_;
    int64_t slice_;  // [steps]
    int team_;
};

}  // namespace annlab
