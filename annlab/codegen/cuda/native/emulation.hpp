// CUDA's words for a C++ compiler: kernels run on the CPU, one thread of a block after another.
//
// Each thread of a block is a fibre of emulation.cpp; at a barrier it lets the others go on. Only
// what the kernels of annlab use is here.
#pragma once
#include <stdint.h>

struct annlab_triple {
    uint32_t x, y, z;
};

// Why the threads of a warp wait for each other: all must do so for the same reason.
enum annlab_exchange { ANNLAB_SYNC, ANNLAB_SHUFFLE, ANNLAB_VOTE, ANNLAB_MATCH };
enum annlab_access { ANNLAB_READS, ANNLAB_WRITES, ANNLAB_ADDS };

// What a kernel knows of the thread that runs it, and how it waits for others.
struct annlab_emulation {
    annlab_triple thread, block, n_threads, n_blocks;
    void (*wait_for_block)();
    // Gives the 32 words that the threads of a warp have brought.
    const uint64_t* (*exchange)(uint64_t word, annlab_exchange why);
    // Told of every access to memory if the kernel was compiled so (watch.hpp).
    void (*touch)(const void* address, uint32_t size, annlab_access how, const void* where);
};

extern "C" {
// Set by who loads the kernel.
__attribute__((weak)) annlab_emulation* annlab_emulated;
}

#define __global__
#define __device__
#define __forceinline__ inline __attribute__((always_inline))
#define __shared__ static
#define threadIdx (annlab_emulated->thread)
#define blockIdx (annlab_emulated->block)
#define blockDim (annlab_emulated->n_threads)
#define gridDim (annlab_emulated->n_blocks)

static inline void __syncthreads() {
    annlab_emulated->wait_for_block();
}
static inline void __syncwarp() {
    annlab_emulated->exchange(0, ANNLAB_SYNC);
}
template <class T>
static inline T __shfl_sync(uint32_t, T value, int lane) {
    static_assert(sizeof(T) <= sizeof(uint64_t));
    uint64_t word = 0;
    __builtin_memcpy(&word, &value, sizeof value);
    const uint64_t found = annlab_emulated->exchange(word, ANNLAB_SHUFFLE)[lane & 31];
    __builtin_memcpy(&value, &found, sizeof value);
    return value;
}
template <class T>
static inline T __shfl_up_sync(uint32_t all, T value, uint32_t by) {
    const int lane = (int)(threadIdx.x % 32), from = lane - (int)by;
    return __shfl_sync(all, value, from < 0 ? lane : from);
}
template <class T>
static inline T __shfl_down_sync(uint32_t all, T value, uint32_t by) {
    const int lane = (int)(threadIdx.x % 32), from = lane + (int)by;
    return __shfl_sync(all, value, from > 31 ? lane : from);
}
static inline uint32_t __ballot_sync(uint32_t, int holds) {
    const uint64_t* const words = annlab_emulated->exchange(holds != 0, ANNLAB_VOTE);
    uint32_t bits = 0;
    for (int lane = 0; lane < 32; ++lane) bits |= (uint32_t)words[lane] << lane;
    return bits;
}
static inline uint32_t __match_any_sync(uint32_t, int32_t value) {
    const uint64_t* const words = annlab_emulated->exchange((uint32_t)value, ANNLAB_MATCH);
    uint32_t bits = 0;
    for (int lane = 0; lane < 32; ++lane)
        bits |= (uint32_t)(words[lane] == (uint32_t)value) << lane;
    return bits;
}

#if defined(__has_feature)
#define ANNLAB_WATCHED __has_feature(thread_sanitizer)
#elif defined(__SANITIZE_THREAD__)
#define ANNLAB_WATCHED 1
#endif
#if ANNLAB_WATCHED
// The compiler calls these before every access; that they are not its own checker of threads it
// cannot know.
#define ANNLAB_HOOK \
    extern "C" __attribute__((no_sanitize("thread"), visibility("hidden"), used)) void
#define ANNLAB_TOUCHED(size, how) \
    annlab_emulated->touch(address, (uint32_t)size, how, __builtin_return_address(0))
#define ANNLAB_HOOKS(size)                                                       \
    ANNLAB_HOOK __tsan_read##size(void* address) {                                     \
        ANNLAB_TOUCHED(size, ANNLAB_READS);                                            \
    }                                                                                  \
    ANNLAB_HOOK __tsan_write##size(void* address) {                                    \
        ANNLAB_TOUCHED(size, ANNLAB_WRITES);                                           \
    }                                                                                  \
    ANNLAB_HOOK __tsan_unaligned_read##size(void* address) {                           \
        ANNLAB_TOUCHED(size, ANNLAB_READS);                                            \
    }                                                                                  \
    ANNLAB_HOOK __tsan_unaligned_write##size(void* address) {                          \
        ANNLAB_TOUCHED(size, ANNLAB_WRITES);                                           \
    }
ANNLAB_HOOKS(1)
ANNLAB_HOOKS(2)
ANNLAB_HOOKS(4)
ANNLAB_HOOKS(8)
ANNLAB_HOOKS(16)
ANNLAB_HOOK __tsan_read_range(void* address, long size) {
    ANNLAB_TOUCHED(size, ANNLAB_READS);
}
ANNLAB_HOOK __tsan_write_range(void* address, long size) {
    ANNLAB_TOUCHED(size, ANNLAB_WRITES);
}
ANNLAB_HOOK __tsan_func_entry(void*) {}
ANNLAB_HOOK __tsan_func_exit() {}
ANNLAB_HOOK __tsan_init() {}
#define ANNLAB_ATOMIC static __attribute__((no_sanitize("thread"), noinline))
#define ANNLAB_ADD_TO(address)                                                  \
    annlab_emulated->touch(address, sizeof *(address), ANNLAB_ADDS, __builtin_return_address(0))
#else
#define ANNLAB_ATOMIC static inline
#define ANNLAB_ADD_TO(address)
#endif

// Only ever one thread runs.
template <class T>
ANNLAB_ATOMIC T atomicAdd(T* sum, T value) {
    ANNLAB_ADD_TO(sum);
    const T before = *sum;
    *sum += value;
    return before;
}
ANNLAB_ATOMIC unsigned atomicOr(unsigned* word, unsigned bits) {
    ANNLAB_ADD_TO(word);
    const unsigned before = *word;
    *word |= bits;
    return before;
}
ANNLAB_ATOMIC unsigned long long atomicMax(unsigned long long* most, unsigned long long value) {
    ANNLAB_ADD_TO(most);
    const unsigned long long before = *most;
    if (value > before) *most = value;
    return before;
}
ANNLAB_ATOMIC unsigned long long atomicMin(unsigned long long* least, unsigned long long value) {
    ANNLAB_ADD_TO(least);
    const unsigned long long before = *least;
    if (value < before) *least = value;
    return before;
}
static inline long long __double2ll_rn(double value) {
    return __builtin_llrint(value);
}
static inline int __popc(uint32_t bits) {
    return __builtin_popcount(bits);
}
static inline int __ffs(uint32_t bits) {
    return __builtin_ffs((int)bits);
}
