// The native loop: runs a list of kernels step after step, on one team of threads.
//
// Compiled once per machine. Knows nothing of models: a kernel is an address and a table of
// addresses. Python is not needed between steps; after a slice of about 5 ms of wall time the
// loop looks at the attention flag and returns if somebody waits.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>
#ifdef _OPENMP
#include <omp.h>
#endif

#include "kernel.hpp"

namespace annlab {

typedef void (*Kernel)(void* const* slots, const annlab_step* now);

// One call of a kernel in every step.
struct Op {
    Kernel kernel;
    void* const* slots;
    bool barrier_before;  // wait for the others: what it reads they wrote, or the reverse
    bool is_serial;       // thread 0 only
};

// Spins for a while and then sleeps: with a pure spin two threads are slower than one as soon
// as something else wants a core, and in a notebook something always does.
class Barrier {
  public:
    void wait(int n_threads) {
        if (n_threads == 1) return;
        const uint32_t phase = phase_.load(std::memory_order_acquire);
        if (arrived_.fetch_add(1, std::memory_order_acq_rel) == n_threads - 1) {
            arrived_.store(0, std::memory_order_relaxed);
            phase_.fetch_add(1, std::memory_order_release);
            if (sleeping_.load(std::memory_order_seq_cst) > 0) phase_.notify_all();
            return;
        }
        for (int spin = 0; spin < SPINS; ++spin) {
            if (phase_.load(std::memory_order_acquire) != phase) return;
#if defined(__x86_64__)
            __builtin_ia32_pause();
#endif
        }
        sleeping_.fetch_add(1, std::memory_order_seq_cst);
        while (phase_.load(std::memory_order_acquire) == phase) phase_.wait(phase);
        sleeping_.fetch_sub(1, std::memory_order_relaxed);
    }

  private:
    static constexpr int SPINS = 2000;  // about 40 microseconds; a step is shorter than that
    alignas(64) std::atomic<uint32_t> phase_{0};
    alignas(64) std::atomic<int32_t> arrived_{0};
    alignas(64) std::atomic<int32_t> sleeping_{0};
};

class Program {
  public:
    std::vector<Op> ops;       // every step, in order
    std::vector<Op> followers; // what is done for a step once all threads have finished it
    std::vector<const int32_t*> stops;  // stop conditions, looked at only in `run_until`
    int64_t* clock = nullptr;
    int32_t* attention = nullptr;  // somebody waits: return at the end of the slice
    // A recorder that is almost full writes here the step before which to return: two steps
    // ahead, so that every thread has passed a barrier since and all of them read the same.
    int64_t* service = nullptr;

    // Advances by at most n steps and returns how many were done.
    int64_t run(int64_t n, int n_threads) {
        const int64_t begin = *clock;
        end_.store(begin + n, std::memory_order_relaxed);
        slice_ = slice_ < 1 ? 1 : slice_;
        if (n_threads == 1) {
            loop(0, 1, begin);
        } else {
#pragma omp parallel num_threads(n_threads)
            { loop(thread_number(), n_threads, begin); }
        }
        const int64_t done = end_.load(std::memory_order_relaxed) - begin;
        if (done > 0) follow(begin + done - 1, 1);
        *clock = begin + done;
        return done;
    }

    // One thread, looking at the stop conditions after every step.
    int64_t run_until(int64_t n, bool needs_all) {
        int64_t done = 0;
        while (done < n && !__atomic_load_n(attention, __ATOMIC_RELAXED)) {
            done += run(1, 1);
            if (stops_hold(needs_all)) break;
            if (__atomic_load_n(service, __ATOMIC_RELAXED) != NO_SERVICE) break;
        }
        return done;
    }

    bool stops_hold(bool needs_all) const {
        if (stops.empty()) return false;
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

    void loop(int thread, int n_threads, int64_t begin) {
        annlab_step now = {begin, begin, thread, n_threads};
        int64_t slice_end = begin + slice_;
        auto slice_begin = std::chrono::steady_clock::now();
        while (now.step < end_.load(std::memory_order_relaxed)) {
            step(now, begin);
            ++now.step;
            if (now.step < slice_end && now.step < __atomic_load_n(service, __ATOMIC_RELAXED))
                continue;
            barrier_.wait(n_threads);
            if (thread == 0) {
                end_slice(now.step, slice_begin);
                slice_begin = std::chrono::steady_clock::now();
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

    void end_slice(int64_t step, std::chrono::steady_clock::time_point slice_begin) {
        const double seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - slice_begin).count();
        if (__atomic_load_n(attention, __ATOMIC_RELAXED) ||
            step >= __atomic_load_n(service, __ATOMIC_RELAXED))
            end_.store(step, std::memory_order_relaxed);
        else if (seconds < SLICE / 2)
            slice_ = slice_ * 2 < LONGEST ? slice_ * 2 : LONGEST;
        else if (seconds > SLICE * 2)
            slice_ = slice_ > 1 ? slice_ / 2 : 1;
    }

    static constexpr double SLICE = 0.005;         // [s]
    static constexpr int64_t LONGEST = 1 << 20;    // [steps]
    Barrier barrier_;
    std::atomic<int64_t> end_{0};
    int64_t slice_ = 1;
};

}  // namespace annlab
