// What every generated kernel may use: the step, ownership, mathematics, random numbers.
//
// Includes no header of the C++ standard library: parsing those takes longer than compiling a
// kernel. The functions of the maths library are declared here with the attribute that lets the
// compiler call their vector versions; NaN and infinity keep their meaning (no -ffast-math).
//
// CUDA's compilers read it too: what is defined for both gives the same numbers on both.
#pragma once
#if defined(__CUDACC_RTC__)
typedef signed char int8_t;
typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef int int32_t;
typedef unsigned int uint32_t;
typedef long long int64_t;
typedef unsigned long long uint64_t;
#else
#include <stdint.h>
#endif

struct annlab_step {
    int64_t step;
    int64_t first_step;  // of this run; before it, anything may have been changed from outside
    int32_t thread;
    int32_t n_threads;
};

// ANNLAB_SPLIT_ROWS: threads share the rows that a kernel walks. Where a thread's part ends, the last
// elements are computed one by one, and with another number of threads they are not: so a function
// must give the same bits alone as among others, which those of the vector library do not.
#if defined(__CUDACC__)
#define ANNLAB_INLINE static __device__ __forceinline__
#define ANNLAB_METHOD __device__ __forceinline__
#define ANNLAB_FUNCTION static __device__ inline
#define ANNLAB_UNROLL _Pragma("unroll")
#define ANNLAB_BUILTIN(name) ::name
#else
#define ANNLAB_INLINE static inline __attribute__((always_inline))
#define ANNLAB_METHOD inline __attribute__((always_inline))
#define ANNLAB_FUNCTION static inline
#define ANNLAB_UNROLL _Pragma("GCC unroll 16")
#define ANNLAB_BUILTIN(name) __builtin_##name

#if defined(ANNLAB_SPLIT_ROWS)
#define ANNLAB_VECTOR __attribute__((const))
#elif defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__linux__)
#define ANNLAB_VECTOR __attribute__((simd("notinbranch"), const))
#else
#define ANNLAB_VECTOR __attribute__((const))
#endif

extern "C" {
#define ANNLAB_DECLARE(name) \
    ANNLAB_VECTOR double name(double) noexcept; \
    ANNLAB_VECTOR float name##f(float) noexcept;
ANNLAB_DECLARE(exp)
ANNLAB_DECLARE(expm1)
ANNLAB_DECLARE(log)
ANNLAB_DECLARE(sin)
ANNLAB_DECLARE(cos)
ANNLAB_DECLARE(tan)
ANNLAB_DECLARE(asin)
ANNLAB_DECLARE(acos)
ANNLAB_DECLARE(atan)
ANNLAB_DECLARE(sinh)
ANNLAB_DECLARE(cosh)
ANNLAB_DECLARE(tanh)
ANNLAB_VECTOR double pow(double, double) noexcept;
ANNLAB_VECTOR float powf(float, float) noexcept;
#undef ANNLAB_DECLARE
}
#endif

namespace annlab {

constexpr int BLOCK = 64;  // elements of a block; arrays are padded to whole blocks
constexpr int MAX_THREADS = 64;

// ---- ownership ---------------------------------------------------------------------------

struct Range {
    int64_t begin, end;
};

// The blocks of a population of `n` neurons that a thread owns, as a range of neurons.
ANNLAB_INLINE Range own(int64_t n, const annlab_step* now) {
    const int64_t blocks = n > 0 ? (n + BLOCK - 1) / BLOCK : 1;
    return {blocks * now->thread / now->n_threads * BLOCK,
            blocks * (now->thread + 1) / now->n_threads * BLOCK};
}

// The same, without the padding behind the last neuron.
ANNLAB_INLINE Range own_neurons(int64_t n, const annlab_step* now) {
    Range r = own(n, now);
    if (r.begin > n) r.begin = n;
    if (r.end > n) r.end = n;
    return r;
}

ANNLAB_INLINE Range overlap(Range a, int64_t begin, int64_t end) {
    Range r = {a.begin > begin ? a.begin : begin, a.end < end ? a.end : end};
    if (r.end < r.begin) r.end = r.begin;
    return r;
}

ANNLAB_INLINE int64_t ring_slot(int64_t step, int64_t depth) {
    const int64_t slot = step % depth;
    return slot < 0 ? slot + depth : slot;
}

// ---- spikes of one step --------------------------------------------------------------------

struct SpikeRing {
    int32_t* ranks;    // (depth, stride)
    int32_t* counts;   // (depth, MAX_THREADS)
    int32_t* starts;   // (depth, MAX_THREADS)
    int64_t depth, stride, n_segments;

    // dims: depth, stride, number of segments
    ANNLAB_INLINE SpikeRing of(void* ranks, void* counts, void* starts, void* dims) {
        const int64_t* d = (const int64_t*)dims;
        return {(int32_t*)ranks, (int32_t*)counts, (int32_t*)starts, d[0], d[1], d[2]};
    }
};

// Calls `visit(rank)` for every neuron that spiked in `step`, in ascending order.
template <class Visit>
ANNLAB_INLINE void for_spikes(const SpikeRing& ring, int64_t step, Visit visit) {
    const int64_t slot = ring_slot(step, ring.depth);
    for (int64_t s = 0; s < ring.n_segments; ++s) {
        const int32_t count = ring.counts[slot * MAX_THREADS + s];
        const int32_t* ranks = ring.ranks + slot * ring.stride + ring.starts[slot * MAX_THREADS + s];
        for (int32_t k = 0; k < count; ++k) visit((int64_t)ranks[k]);
    }
}

// The same, with the rank that comes after it: `visit(rank, next)`; the last one is its own successor.
template <class Visit>
ANNLAB_INLINE void for_spikes_ahead(const SpikeRing& ring, int64_t step, Visit visit) {
    const int64_t slot = ring_slot(step, ring.depth);
    for (int64_t s = 0; s < ring.n_segments; ++s) {
        const int32_t count = ring.counts[slot * MAX_THREADS + s];
        const int32_t* ranks = ring.ranks + slot * ring.stride + ring.starts[slot * MAX_THREADS + s];
        for (int32_t k = 0; k < count; ++k)
            visit((int64_t)ranks[k], (int64_t)ranks[k + 1 < count ? k + 1 : k]);
    }
}

// The same, for the spikes of the neurons that this thread owns and has just updated.
template <class Visit>
ANNLAB_INLINE void for_own_spikes(const SpikeRing& ring, const annlab_step* now, Visit visit) {
    const int64_t slot = ring_slot(now->step, ring.depth);
    const int64_t s = now->thread;
    const int32_t count = ring.counts[slot * MAX_THREADS + s];
    const int32_t* ranks = ring.ranks + slot * ring.stride + ring.starts[slot * MAX_THREADS + s];
    for (int32_t k = 0; k < count; ++k) visit((int64_t)ranks[k]);
}

// Begins the list of this thread's spikes of this step and returns where to write.
ANNLAB_INLINE int32_t* begin_spikes(const SpikeRing& ring, int64_t first, const annlab_step* now) {
    const int64_t slot = ring_slot(now->step, ring.depth);
    ring.starts[slot * MAX_THREADS + now->thread] = (int32_t)first;
    if (now->thread == 0)
        for (int64_t s = now->n_threads; s < ring.n_segments; ++s)
            ring.counts[slot * MAX_THREADS + s] = 0;
    return ring.ranks + slot * ring.stride + first;
}

ANNLAB_INLINE void end_spikes(const SpikeRing& ring, int64_t count, const annlab_step* now) {
    ring.counts[ring_slot(now->step, ring.depth) * MAX_THREADS + now->thread] = (int32_t)count;
}

// The values of an attribute as they were some steps before `step`; the last ones are current.
template <class T>
struct Delayed {
    const T *current, *history;
    int64_t depth, stride, step;

    ANNLAB_METHOD Delayed(const T* current, const T* history, const int64_t* dims, int64_t step)
        : current(current), history(history), depth(dims[0]), stride(dims[1]), step(step) {}

    // `age` is 1 for what the last finished step left behind.
    ANNLAB_METHOD const T* at(int64_t age) const {
        if (age <= 1 || history == nullptr) return current;
        return history + ring_slot(step - age, depth) * stride;
    }
};

// First place of [low, high) at which ascending numbers are not below `wanted`. Counts and does not
// branch: half of such branches would be foreseen wrongly.
template <class T>
ANNLAB_INLINE int64_t first_not_below(const T* numbers, int64_t low, int64_t high, int64_t wanted) {
    int64_t n = high - low;
    for (; n > 1; n -= n / 2) low += (n / 2) * ((int64_t)numbers[low + n / 2 - 1] < wanted);
    return low + (n == 1 && (int64_t)numbers[low] < wanted);
}

// ---- functions of the language -------------------------------------------------------------

template <class T>
ANNLAB_INLINE T pos(T x) {
    return x > 0 ? x : T(0);
}
template <class T>
ANNLAB_INLINE T neg(T x) {
    return x < 0 ? x : T(0);
}
template <class T>
ANNLAB_INLINE T clip(T x, T low, T high) {
    return x < low ? low : (x > high ? high : x);
}
template <class T>
ANNLAB_INLINE T smaller(T a, T b) {
    return b < a ? b : a;
}
template <class T>
ANNLAB_INLINE T larger(T a, T b) {
    return b > a ? b : a;
}
template <class T>
ANNLAB_INLINE T square(T x) {
    return x * x;
}
template <class T>
ANNLAB_INLINE T cube(T x) {
    return x * x * x;
}
template <class T>
ANNLAB_INLINE T fourth(T x) {
    return (x * x) * (x * x);
}
template <class T>
ANNLAB_INLINE T power(T x, int64_t n) {
    T result = 1;
    for (int64_t k = 0; k < n; ++k) result *= x;
    return result;
}
ANNLAB_INLINE int64_t modulo(int64_t a, int64_t b) {
    return b == 0 ? 0 : a % b;
}
ANNLAB_INLINE double round(double x) {
    return ANNLAB_BUILTIN(round)(x);
}
ANNLAB_INLINE float round(float x) {
    return ANNLAB_BUILTIN(roundf)(x);
}
ANNLAB_INLINE double abs(double x) {
    return ANNLAB_BUILTIN(fabs)(x);
}
ANNLAB_INLINE float abs(float x) {
    return ANNLAB_BUILTIN(fabsf)(x);
}
template <class T>  // whole numbers of 32 or 64 bits
ANNLAB_INLINE T abs(T x) {
    return x < 0 ? -x : x;
}
ANNLAB_INLINE double sqrt(double x) {
    return ANNLAB_BUILTIN(sqrt)(x);
}
ANNLAB_INLINE float sqrt(float x) {
    return ANNLAB_BUILTIN(sqrtf)(x);
}
template <class T>
ANNLAB_INLINE bool isnan(T x) {
    return ANNLAB_BUILTIN(isnan)(x);
}
template <class T>
ANNLAB_INLINE bool isfinite(T x) {
    return ANNLAB_BUILTIN(isfinite)(x);
}
#define ANNLAB_OVERLOAD(name) \
    ANNLAB_INLINE double name(double x) { return ::name(x); } \
    ANNLAB_INLINE float name(float x) { return ::name##f(x); }
#if defined(ANNLAB_SPLIT_ROWS)
// exp is what such kernels are made of (traces decay), so it is written out: the compiler vectorises
// it without a change of its bits. exp(x) = 2^n exp(r), |r| <= log(2)/2, Taylor's series for exp(r);
// the error is below one unit in the last place. 2^n is two factors, so that neither overflows.
ANNLAB_INLINE double exp(double x) {
    constexpr double SHIFT = 0x1.8p52;  // adding it rounds to an integer, in the lowest bits
    const double bounded = x < -750.0 ? -750.0 : (x > 710.0 ? 710.0 : x);
    const double shifted = bounded * 1.4426950408889634 + SHIFT, n = shifted - SHIFT;
    const double r = bounded - n * 6.93147180369123816490e-01 - n * 1.90821492927058770002e-10;
    double sum = 1.0 / 6227020800.0;
    sum = sum * r + 1.0 / 479001600.0;
    sum = sum * r + 1.0 / 39916800.0;
    sum = sum * r + 1.0 / 3628800.0;
    sum = sum * r + 1.0 / 362880.0;
    sum = sum * r + 1.0 / 40320.0;
    sum = sum * r + 1.0 / 5040.0;
    sum = sum * r + 1.0 / 720.0;
    sum = sum * r + 1.0 / 120.0;
    sum = sum * r + 1.0 / 24.0;
    sum = sum * r + 1.0 / 6.0;
    sum = sum * r + 0.5;
    sum = sum * r * r + r + 1.0;
    const uint64_t exponents =
        __builtin_bit_cast(uint64_t, shifted) - __builtin_bit_cast(uint64_t, SHIFT) + 2046;
    const uint64_t first = exponents >> 1, second = exponents - first;
    return sum * __builtin_bit_cast(double, first << 52) * __builtin_bit_cast(double, second << 52);
}
ANNLAB_INLINE float exp(float x) {
    constexpr float SHIFT = 0x1.8p23f;
    const float bounded = x < -105.0f ? -105.0f : (x > 89.0f ? 89.0f : x);
    const float shifted = bounded * 1.44269504f + SHIFT, n = shifted - SHIFT;
    const float r = bounded - n * 0.693359375f + n * 2.12194440e-4f;
    float sum = 1.0f / 5040.0f;
    sum = sum * r + 1.0f / 720.0f;
    sum = sum * r + 1.0f / 120.0f;
    sum = sum * r + 1.0f / 24.0f;
    sum = sum * r + 1.0f / 6.0f;
    sum = sum * r + 0.5f;
    sum = sum * r * r + r + 1.0f;
    const uint32_t exponents =
        __builtin_bit_cast(uint32_t, shifted) - __builtin_bit_cast(uint32_t, SHIFT) + 254;
    const uint32_t first = exponents >> 1, second = exponents - first;
    return sum * __builtin_bit_cast(float, first << 23) * __builtin_bit_cast(float, second << 23);
}
#else
ANNLAB_OVERLOAD(exp)
#endif
ANNLAB_OVERLOAD(expm1)
ANNLAB_OVERLOAD(log)
ANNLAB_OVERLOAD(sin)
ANNLAB_OVERLOAD(cos)
ANNLAB_OVERLOAD(tan)
ANNLAB_OVERLOAD(asin)
ANNLAB_OVERLOAD(acos)
ANNLAB_OVERLOAD(atan)
ANNLAB_OVERLOAD(sinh)
ANNLAB_OVERLOAD(cosh)
ANNLAB_OVERLOAD(tanh)
#undef ANNLAB_OVERLOAD
ANNLAB_INLINE double pow(double x, double y) {
    return ::pow(x, y);
}
ANNLAB_INLINE float pow(float x, float y) {
    return ::powf(x, y);
}
// A number of steps as a real number. Without AVX-512 no instruction converts 64-bit integers several
// at a time; below 2^51 the mantissa of 1.5 * 2^52 holds them.
ANNLAB_INLINE double to_real(int64_t steps, double) {
#if defined(__AVX512DQ__) || !defined(__x86_64__) || defined(__CUDACC__)
    return (double)steps;
#else
    return __builtin_bit_cast(double, steps + 0x4338000000000000) - 0x1.8p52;
#endif
}
ANNLAB_INLINE float to_real(int64_t steps, float) {
    return (float)to_real(steps, 0.0);
}

// (exp(x) - 1)/x, 1 where x is 0.
template <class T>
ANNLAB_INLINE T exprel(T x) {
    const T safe = x == 0 ? T(1) : x;
    const T value = expm1(safe) / safe;
    return x == 0 ? T(1) : value;
}

// ---- random numbers: the same counters as annlab/runtime/streams.py --------------------------

ANNLAB_INLINE uint32_t high_product(uint32_t a, uint32_t b) {
    return (uint32_t)(((uint64_t)a * b) >> 32);
}

// Philox4x32-10 (Salmon et al. 2011); the words replace the counter.
ANNLAB_INLINE void philox(uint32_t& c0, uint32_t& c1, uint32_t& c2, uint32_t& c3, uint32_t k0,
                          uint32_t k1) {
    ANNLAB_UNROLL
    for (int round = 0; round < 10; ++round) {
        const uint32_t high0 = high_product(c0, 0xD2511F53u), low0 = c0 * 0xD2511F53u;
        const uint32_t high1 = high_product(c2, 0xCD9E8D57u), low1 = c2 * 0xCD9E8D57u;
        c0 = high1 ^ c1 ^ k0;
        c2 = high0 ^ c3 ^ k1;
        c1 = low1;
        c3 = low0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
}

ANNLAB_INLINE uint64_t bits_of(double value) {
    union {
        double value;
        uint64_t bits;
    } x = {value};
    return x.bits;
}
ANNLAB_INLINE double value_of(uint64_t bits) {
    union {
        uint64_t bits;
        double value;
    } x = {bits};
    return x.value;
}

// Fills the mantissa of a number of [1, 2) and subtracts 1.
ANNLAB_INLINE double unit(uint32_t high, uint32_t low, double) {
    return value_of(((((uint64_t)high << 32) | low) >> 12) | 0x3FF0000000000000ull) - 1.0;
}
ANNLAB_INLINE float unit(uint32_t high, uint32_t, float) {
    union {
        uint32_t bits;
        float value;
    } x;
    x.bits = (high >> 9) | 0x3F800000u;
    return x.value - 1.0f;
}

struct Stream {
    uint32_t k0, k1;
    uint32_t draw;

    ANNLAB_INLINE Stream of(const void* key, uint32_t draw) {
        const uint64_t* words = (const uint64_t*)key;
        return {(uint32_t)words[0], (uint32_t)words[1], draw};
    }
    ANNLAB_METHOD uint32_t c3(int64_t step) const { return ((uint32_t)((uint64_t)step >> 32) & 0xFFFFu) | draw << 16; }
};

constexpr double TWO_PI = 6.283185307179586;

// Counters that a block of neurons takes: each gives two numbers of 52 bits, or four of 23.
template <class T>
constexpr int COUNTERS_OF_BLOCK = sizeof(T) == sizeof(float) ? BLOCK / 4 : BLOCK / 2;

#if !defined(__CUDACC__)
// The products of the lower halves of 64-bit words: one instruction, which the compiler does not
// find by itself because it does not know that the upper halves do not matter.
#if defined(__AVX512F__) && defined(__GNUC__) && !defined(__clang__)
typedef uint64_t Words __attribute__((vector_size(64)));
typedef int32_t Halves __attribute__((vector_size(64)));
typedef long long Signed __attribute__((vector_size(64)));
ANNLAB_INLINE Words low_product(Words a, Words b) {
    return (Words)__builtin_ia32_pmuludq512_mask((Halves)a, (Halves)b, Signed{}, (unsigned char)-1);
}
#elif defined(__AVX2__) && defined(__GNUC__) && !defined(__clang__)
typedef uint64_t Words __attribute__((vector_size(32)));
typedef int32_t Halves __attribute__((vector_size(32)));
ANNLAB_INLINE Words low_product(Words a, Words b) {
    return (Words)__builtin_ia32_pmuludq256((Halves)a, (Halves)b);
}
#else
typedef uint64_t Words __attribute__((vector_size(16)));
ANNLAB_INLINE Words low_product(Words a, Words b) {
    return (a & 0xFFFFFFFFu) * (b & 0xFFFFFFFFu);
}
#endif

// Two 64-bit words for each of COUNTERS counters that begin with `first`; the same numbers as
// `philox`. A few vectors at a time go through all rounds, as many as the registers hold.
template <int COUNTERS>
ANNLAB_INLINE void philox_block(const Stream& s, int64_t step, uint64_t first,
                                uint64_t* __restrict one, uint64_t* __restrict two) {
    constexpr int W = sizeof(Words) / sizeof(uint64_t);
    constexpr int HELD = 2;
    static_assert(COUNTERS % (HELD * W) == 0, "whole turns");
    const Words m0 = Words{} + 0xD2511F53u, m1 = Words{} + 0xCD9E8D57u;
    Words counter;
    for (int l = 0; l < W; ++l) counter[l] = first + (uint64_t)l;
    for (int begin = 0; begin < COUNTERS; begin += HELD * W) {
        Words c0[HELD], c1[HELD], c2[HELD], c3[HELD];
        for (int g = 0; g < HELD; ++g) {
            c0[g] = counter + (uint64_t)(begin + g * W);
            c1[g] = c0[g] >> 32;
            c2[g] = Words{} + (uint32_t)step;
            c3[g] = Words{} + s.c3(step);
        }
        uint32_t k0 = s.k0, k1 = s.k1;
#pragma GCC unroll 10
        for (int round = 0; round < 10; ++round) {
#pragma GCC unroll 2
            for (int g = 0; g < HELD; ++g) {
                const Words p0 = low_product(c0[g], m0), p1 = low_product(c2[g], m1);
                // What is above 32 bits is never used.
                c0[g] = (p1 >> 32) ^ c1[g] ^ (Words{} + k0);
                c2[g] = (p0 >> 32) ^ c3[g] ^ (Words{} + k1);
                c1[g] = p1;
                c3[g] = p0;
            }
            k0 += 0x9E3779B9u;
            k1 += 0xBB67AE85u;
        }
#pragma GCC unroll 2
        for (int g = 0; g < HELD; ++g) {
            const Words a = (c0[g] << 32) | (c1[g] & 0xFFFFFFFFu);
            const Words b = (c2[g] << 32) | (c3[g] & 0xFFFFFFFFu);
            __builtin_memcpy(one + begin + g * W, &a, sizeof a);
            __builtin_memcpy(two + begin + g * W, &b, sizeof b);
        }
    }
}

// One number of [0, 1) for each neuron of a block that starts at `base`: a counter serves as many
// neurons as its 128 bits have numbers, which are as far apart as there are counters.
ANNLAB_INLINE void uniform_block(const Stream& s, int64_t step, int64_t base,
                                 double* __restrict out) {
    constexpr int N = COUNTERS_OF_BLOCK<double>;
    alignas(64) uint64_t one[N], two[N];
    philox_block<N>(s, step, (uint64_t)(base / BLOCK * N), one, two);
#pragma omp simd
    for (int l = 0; l < N; ++l) out[l] = unit((uint32_t)(one[l] >> 32), (uint32_t)one[l], 0.0);
#pragma omp simd
    for (int l = 0; l < N; ++l) out[l + N] = unit((uint32_t)(two[l] >> 32), (uint32_t)two[l], 0.0);
}
ANNLAB_INLINE void uniform_block(const Stream& s, int64_t step, int64_t base,
                                 float* __restrict out) {
    constexpr int N = COUNTERS_OF_BLOCK<float>;
    alignas(64) uint64_t words[2][N];
    philox_block<N>(s, step, (uint64_t)(base / BLOCK * N), words[0], words[1]);
    for (int w = 0; w < 2; ++w) {
#pragma omp simd
        for (int l = 0; l < N; ++l) {
            out[2 * w * N + l] = unit((uint32_t)(words[w][l] >> 32), 0, 0.0f);
            out[(2 * w + 1) * N + l] = unit((uint32_t)words[w][l], 0, 0.0f);
        }
    }
}

#endif

// a*b + c in one rounding where the processor can.
ANNLAB_INLINE double fma(double a, double b, double c) {
#if defined(__CUDACC__)
    return ::fma(a, b, c);
#elif defined(__FMA__) || defined(__ARM_FEATURE_FMA)
    return __builtin_fma(a, b, c);
#else
    return a * b + c;
#endif
}
ANNLAB_INLINE float fma(float a, float b, float c) {
#if defined(__CUDACC__)
    return ::fmaf(a, b, c);
#elif defined(__FMA__) || defined(__ARM_FEATURE_FMA)
    return __builtin_fmaf(a, b, c);
#else
    return a * b + c;
#endif
}

template <class T>
struct Direction {
    T cosine, sine;
};

// Cosine and sine of a part of a turn of [0, 1). Written out because both are wanted at once and
// because the reduction to an eighth of a turn is exact here; Taylor series as far as T goes.
template <class T>
ANNLAB_INLINE Direction<T> direction(T turns) {
    constexpr double SINE[] = {1.0, -0.16666666666666666, 0.008333333333333333,
                                -0.0001984126984126984, 2.7557319223985893e-06, -2.505210838544172e-08,
                                1.6059043836821613e-10, -7.647163731819816e-13};
    constexpr double COSINE[] = {1.0, -0.5, 0.041666666666666664,
                                  -0.001388888888888889, 2.48015873015873e-05, -2.755731922398589e-07,
                                  2.08767569878681e-09, -1.1470745597729725e-11, 4.779477332387385e-14};
    const T quarters = turns * T(4);
    const T q = T(int32_t(quarters + T(0.5)));
    const T x = (quarters - q) * T(1.5707963267948966), xx = x * x;
    constexpr int LAST = sizeof(T) == sizeof(float) ? 4 : 7;
    T s = T(SINE[LAST]), c = T(COSINE[LAST + 1]);
    ANNLAB_UNROLL
    for (int k = LAST - 1; k >= 0; --k) s = fma(s, xx, T(SINE[k]));
    ANNLAB_UNROLL
    for (int k = LAST; k >= 0; --k) c = fma(c, xx, T(COSINE[k]));
    s *= x;
    const bool is_odd = (q == T(1)) | (q == T(3));
    const T cosine = is_odd ? s : c, sine = is_odd ? c : s;
    return {(q == T(1)) | (q == T(2)) ? -cosine : cosine,
            (q == T(2)) | (q == T(3)) ? -sine : sine};
}

#if !defined(__CUDACC__)
// One standard normal number for each neuron of a block (Box & Muller 1958).
template <class T>
ANNLAB_INLINE void normal_block(const Stream& s, int64_t step, int64_t base, T* __restrict out) {
    constexpr int N = COUNTERS_OF_BLOCK<T>;
    alignas(64) T u[BLOCK];
    uniform_block(s, step, base, u);
    for (int pair = 0; pair < BLOCK; pair += 2 * N) {
#pragma omp simd
        for (int l = pair; l < pair + N; ++l) {
            const T radius = sqrt(T(-2) * log(T(1) - u[l]));
            const Direction<T> d = direction(u[l + N]);
            out[l] = radius * d.cosine;
            out[l + N] = radius * d.sine;
        }
    }
}
#endif

template <class T>
struct Units {
    T first, second;
};

// Two numbers of [0, 1) for one element (synapse, dendrite, global value).
template <class T>
ANNLAB_INLINE Units<T> units(const Stream& s, int64_t step, uint64_t id, uint32_t attempt, T) {
    uint32_t x0 = (uint32_t)id, x1 = (uint32_t)(id >> 32) | attempt << 16;
    uint32_t x2 = (uint32_t)step, x3 = s.c3(step);
    philox(x0, x1, x2, x3, s.k0, s.k1);
    return {unit(x0, x1, T()), unit(x2, x3, T())};
}

// The pair of numbers of [0, 1) that neuron i belongs to, and whether it is the second of them: the
// same numbers as `uniform_block` and `normal_block`.
template <class T>
struct Pair {
    Units<T> units;
    bool is_second;
};

template <class T>
ANNLAB_INLINE Pair<T> pair_of_neuron(const Stream& s, int64_t step, int64_t i, T) {
    constexpr int N = COUNTERS_OF_BLOCK<T>;
    const uint64_t id = (uint64_t)(i / BLOCK * N + i % N);
    uint32_t x0 = (uint32_t)id, x1 = (uint32_t)(id >> 32), x2 = (uint32_t)step, x3 = s.c3(step);
    philox(x0, x1, x2, x3, s.k0, s.k1);
    const int place = (int)(i % BLOCK) / N;
    if constexpr (BLOCK / N == 2) return {{unit(x0, x1, T()), unit(x2, x3, T())}, place == 1};
    const Units<T> low = {unit(x0, 0, T()), unit(x1, 0, T())};
    const Units<T> high = {unit(x2, 0, T()), unit(x3, 0, T())};
    return {place < 2 ? low : high, place % 2 == 1};
}

template <class T>
ANNLAB_INLINE T uniform_of_neuron(const Stream& s, int64_t step, int64_t i, T) {
    const Pair<T> p = pair_of_neuron(s, step, i, T());
    return p.is_second ? p.units.second : p.units.first;
}

template <class T>
ANNLAB_INLINE T normal_of_neuron(const Stream& s, int64_t step, int64_t i, T) {
    const Pair<T> p = pair_of_neuron(s, step, i, T());
    const Direction<T> d = direction(p.units.second);
    return sqrt(T(-2) * log(T(1) - p.units.first)) * (p.is_second ? d.sine : d.cosine);
}

template <class T>
ANNLAB_INLINE T uniform_one(const Stream& s, int64_t step, uint64_t id, T) {
    return units(s, step, id, 0, T()).first;
}

template <class T>
ANNLAB_INLINE T normal_one(const Stream& s, int64_t step, uint64_t id, T) {
    const Units<T> u = units(s, step, id, 0, T());
    return sqrt(T(-2) * log(T(1) - u.first)) * direction(u.second).cosine;
}

// Gamma of scale 1 (Marsaglia & Tsang 2000).
ANNLAB_FUNCTION double gamma_one(const Stream& s, int64_t step, uint64_t id, double shape) {
    constexpr uint32_t ACCEPT = 0x8000;
    // No attempt would ever be accepted.
    if (!(shape > 0.0) || shape > 1.0e300) return ANNLAB_BUILTIN(nan)("");
    double boost = 1.0;
    if (shape < 1.0) {
        boost = pow(1.0 - units(s, step, id, 2 * ACCEPT - 1, double()).first, 1.0 / shape);
        shape += 1.0;
    }
    const double d = shape - 1.0 / 3.0, c = 1.0 / sqrt(9.0 * d);
    for (uint32_t attempt = 1;; ++attempt) {
        const Units<double> u = units(s, step, id, attempt, double());
        const double x = sqrt(-2.0 * log(1.0 - u.first)) * cos(TWO_PI * u.second);
        const double v = cube(1.0 + c * x);
        const double accept = 1.0 - units(s, step, id, ACCEPT + attempt, double()).first;
        if (v > 0.0 && log(accept) < 0.5 * x * x + d - d * v + d * log(v)) return d * v * boost;
    }
}

// Number of successes of n trials, by searching the distribution function upwards from 0.
// At most one half of them are expected.
ANNLAB_FUNCTION double successes(const Stream& s, int64_t step, uint64_t id, double trials, double p) {
    if (!(p > 0.0) || trials < 1.0) return 0.0;
    int64_t left = (int64_t)trials, chunk = (int64_t)(500.0 / p);
    if (chunk < 1) chunk = 1;
    double total = 0.0;
    for (uint32_t attempt = 1; left > 0; ++attempt) {
        const int64_t n = left < chunk ? left : chunk;
        double u = units(s, step, id, attempt, double()).first;
        double probability = pow(1.0 - p, (double)n);
        const double odds = p / (1.0 - p);
        int64_t k = 0;
        while (k < n && u >= probability) {
            u -= probability;
            probability = probability * odds * (double)(n - k) / (double)(k + 1);
            ++k;
        }
        total += (double)k;
        left -= n;
    }
    return total;
}

ANNLAB_FUNCTION double binomial_one(const Stream& s, int64_t step, uint64_t id, double trials,
                                  double p) {
    const bool is_likely = p > 0.5;  // no recursion: a GPU would keep a stack for it
    const double found = successes(s, step, id, trials, is_likely ? 1.0 - p : p);
    return is_likely ? (double)(int64_t)trials - found : found;
}

}  // namespace annlab
