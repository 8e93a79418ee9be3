// What connectors draw: numbers that are functions of a key and a position.
//
// annlab/runtime/drawing/plain.py says what they are; the operations here are the same, one by one and
// each rounded by itself, so that the bits are. CUDA's compilers read this file too.
#pragma once
#include "kernel.hpp"

namespace annlab {

enum Purpose { PAIRS = 1, WEIGHTS = 2, DELAYS = 3 };

// kind: 0 uniform, 1 whole numbers, 2 normal, 3 log-normal, 4 exponential
struct Law {
    int64_t kind;
    double a, b, low, high, unit;

    ANNLAB_INLINE Law of(const double* numbers) {
        return {(int64_t)numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]};
    }
};

template <int N>
ANNLAB_INLINE double polynomial(const double (&coefficients)[N], double x) {
    double sum = coefficients[0];
    ANNLAB_UNROLL
    for (int k = 1; k < N; ++k) sum = sum * x + coefficients[k];
    return sum;
}

// Of a normal number.
ANNLAB_INLINE double plain_log(double x) {
    constexpr double ATANH[] = {1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13, 1.0 / 11,
                                 1.0 / 9,  1.0 / 7,  1.0 / 5,  1.0 / 3,  1.0};
    const uint64_t bits = bits_of(x);
    double mantissa = value_of((bits & 0x000FFFFFFFFFFFFFull) | 0x3FE0000000000000ull);
    // As a sum with 2^52 + 2^51 in its lowest bits: a vector of 64-bit integers is not converted
    // everywhere.
    double exponent = value_of((bits >> 52) + 0x4338000000000000ull) - (0x1.8p52 + 1022.0);
    const bool is_small = mantissa < 0.7071067811865476;
    mantissa = is_small ? mantissa + mantissa : mantissa;
    exponent = is_small ? exponent - 1.0 : exponent;
    const double s = (mantissa - 1.0) / (mantissa + 1.0);
    return exponent * 0.6931471805599453 + 2.0 * s * polynomial(ATANH, s * s);
}

ANNLAB_INLINE double plain_exp(double x) {
    constexpr double SERIES[] = {
        1.6059043836821613e-10, 2.08767569878681e-09,  2.505210838544172e-08, 2.755731922398589e-07,
        2.7557319223985893e-06, 2.48015873015873e-05,  0.0001984126984126984, 0.001388888888888889,
        0.008333333333333333,   0.041666666666666664,  0.16666666666666666,   0.5, 1.0, 1.0};
    x = x < -708.0 ? -708.0 : (x > 708.0 ? 708.0 : x);
    const double shifted = x / 0.6931471805599453 + 0x1.8p52, n = shifted - 0x1.8p52;
    const uint64_t exponent = bits_of(shifted) - 0x4338000000000000ull + 1023;
    return polynomial(SERIES, x - n * 0.6931471805599453) * value_of(exponent << 52);
}

// Cosine and sine of a part of a turn of [0, 1).
ANNLAB_INLINE Direction<double> plain_direction(double turns) {
    constexpr double SINE[] = {-7.647163731819816e-13, 1.6059043836821613e-10,
                                -2.505210838544172e-08, 2.7557319223985893e-06,
                                -0.0001984126984126984, 0.008333333333333333,
                                -0.16666666666666666,   1.0};
    constexpr double COSINE[] = {4.779477332387385e-14, -1.1470745597729725e-11,
                                  2.08767569878681e-09,  -2.755731922398589e-07,
                                  2.48015873015873e-05,  -0.001388888888888889,
                                  0.041666666666666664,  -0.5, 1.0};
    const double quarters = 4.0 * turns, q = (double)(int32_t)(quarters + 0.5);
    const double x = (quarters - q) * 1.5707963267948966, xx = x * x;
    const double sine = x * polynomial(SINE, xx), cosine = polynomial(COSINE, xx);
    const bool is_odd = (q == 1.0) | (q == 3.0);
    const double across = is_odd ? sine : cosine, up = is_odd ? cosine : sine;
    return {(q == 1.0) | (q == 2.0) ? -across : across, (q == 2.0) | (q == 3.0) ? -up : up};
}

// The two numbers of [0, 1) of one count of one row.
ANNLAB_INLINE Units<double> units_of(uint32_t k0, uint32_t k1, uint32_t purpose, int64_t row,
                                     uint64_t count) {
    return units(Stream{k0, k1, purpose}, row, count, 0, double());
}

// What a law makes of two numbers of [0, 1), before it is bounded.
template <int KIND>
ANNLAB_INLINE Units<double> of_law(const Law& law, Units<double> u) {
    if constexpr (KIND == 0)
        return {law.a + (law.b - law.a) * u.first, law.a + (law.b - law.a) * u.second};
    if constexpr (KIND == 1) {
        const double n = law.b - law.a + 1.0;
        return {law.a + ANNLAB_BUILTIN(floor)(n * u.first),
                law.a + ANNLAB_BUILTIN(floor)(n * u.second)};
    }
    if constexpr (KIND == 4)
        return {-plain_log(1.0 - u.first) / law.a, -plain_log(1.0 - u.second) / law.a};
    const double radius = sqrt(-2.0 * plain_log(1.0 - u.first));
    const Direction<double> d = plain_direction(u.second);
    const Units<double> z = {law.a + law.b * (radius * d.cosine), law.a + law.b * (radius * d.sine)};
    if constexpr (KIND == 3) return {plain_exp(z.first), plain_exp(z.second)};
    return z;
}

// As numpy.maximum and numpy.minimum: what is not a number stays so.
ANNLAB_INLINE double bounded(const Law& law, double x) {
    x = x < law.low ? law.low : x;
    return x > law.high ? law.high : x;
}

ANNLAB_INLINE double in_steps(const Law& law, double x) {
    const double steps = ANNLAB_BUILTIN(rint)(x / law.unit);
    return steps < 1.0 ? 1.0 : steps;
}

// From one synapse of a row to the next: how many pairs lie between them.
ANNLAB_INLINE int32_t gap_of(double u, double mean_gap, double n_columns) {
    const double gap = -plain_log(1.0 - u) * mean_gap;
    return (int32_t)(gap < n_columns ? gap : n_columns);
}

}  // namespace annlab
