// CUDA's words for a C++ compiler: kernels run on the CPU, one thread of a block after another.
//
// Each thread of a block is a fibre of emulation.cpp; at a barrier it lets the others go on. Only
// what the kernels of annlab use is here.
#pragma once
#include <stdint.h>

struct annlab_triple {
    uint32_t x, y, z;
};

// What a kernel knows of the thread that runs it, and how it waits for others.
struct annlab_emulation {
    annlab_triple thread, block, n_threads, n_blocks;
    void (*wait_for_block)();
    // Gives the 32 words that the threads of a warp have brought.
    const uint64_t* (*exchange)(uint64_t word);
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
    annlab_emulated->exchange(0);
}
template <class T>
static inline T __shfl_sync(uint32_t, T value, int lane) {
    static_assert(sizeof(T) <= sizeof(uint64_t));
    uint64_t word = 0;
    __builtin_memcpy(&word, &value, sizeof value);
    const uint64_t found = annlab_emulated->exchange(word)[lane & 31];
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
    const uint64_t* const words = annlab_emulated->exchange(holds != 0);
    uint32_t bits = 0;
    for (int lane = 0; lane < 32; ++lane) bits |= (uint32_t)words[lane] << lane;
    return bits;
}
static inline uint32_t __match_any_sync(uint32_t, int32_t value) {
    const uint64_t* const words = annlab_emulated->exchange((uint32_t)value);
    uint32_t bits = 0;
    for (int lane = 0; lane < 32; ++lane)
        bits |= (uint32_t)(words[lane] == (uint32_t)value) << lane;
    return bits;
}
// Only ever one thread runs.
template <class T>
static inline T atomicAdd(T* sum, T value) {
    const T before = *sum;
    *sum += value;
    return before;
}
static inline unsigned atomicOr(unsigned* word, unsigned bits) {
    const unsigned before = *word;
    *word |= bits;
    return before;
}
static inline unsigned long long atomicMax(unsigned long long* most, unsigned long long value) {
    const unsigned long long before = *most;
    if (value > before) *most = value;
    return before;
}
static inline unsigned long long atomicMin(unsigned long long* least, unsigned long long value) {
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
