// exp and expm1 of a register of doubles, to 1 unit in the last place.
//
//     x = n log 2 + r,  |r| <= log(2) / 2        exp(x) = 2^n (1 + p),  p = exp(r) - 1 = r + r^2 (1/2! + r/3! + ... + r^11/13!)
//
// The next term of the series is below 2^-57. n log 2 is taken off in two parts, the first of so few bits that its product with n
// is exact. 2^n is multiplied on in two halves, so that subnormal results are rounded once and overflow is infinity.
//
// Source: W. J. Cody and W. Waite, "Software Manual for the Elementary Functions", Prentice-Hall 1980, chapter 6; the two parts of
// log 2: FreeBSD msun, e_exp.c.
#pragma once

#include "simd/vec.hpp"

namespace mlcore::simd {

using Doubles = Vec<double>;
using Integers = Mask<double>;

// The nearest integer of |x| < 2^51, as a double and as an integer.
struct Nearest {
    Doubles number;
    Integers integer;
};
MLCORE_INLINE Nearest nearest(Doubles x) noexcept {
    const Doubles magic = broadcast(0x1.8p52);  // x + magic has the units in its last bits
    const Doubles sum = x + magic;
    return {sum - magic, (Integers)sum - (Integers)magic};
}

// 2^n for -1022 <= n <= 1023.
MLCORE_INLINE Doubles power_of_two(Integers n) noexcept { return (Doubles)((n + 1023) << 52); }

struct ReducedExp {
    Doubles p;           // exp(r) - 1
    Doubles r, tail;     // p = r + tail
    Doubles lost;        // what rounding took from r
    Integers n;
};
MLCORE_INLINE ReducedExp reduced_exp(Doubles x) noexcept {
    const Nearest n = nearest(x * 0x1.71547652b82fep0);
    const Doubles high = x - n.number * 6.93147180369123816490e-01, low = n.number * 1.90821492927058770002e-10;
    const Doubles r = high - low, lost = (high - r) - low;
    Doubles q = broadcast(1.0 / 6227020800.0);
    q = q * r + 1.0 / 479001600.0;
    q = q * r + 1.0 / 39916800.0;
    q = q * r + 1.0 / 3628800.0;
    q = q * r + 1.0 / 362880.0;
    q = q * r + 1.0 / 40320.0;
    q = q * r + 1.0 / 5040.0;
    q = q * r + 1.0 / 720.0;
    q = q * r + 1.0 / 120.0;
    q = q * r + 1.0 / 24.0;
    q = q * r + 1.0 / 6.0;
    q = q * r + 0.5;
    const Doubles tail = r * r * q;
    return {r + tail, r, tail, lost, n.integer};
}

// exp(x) / 2^halvings, which overflows later.
template <int halvings>
MLCORE_INLINE Doubles exp_halved(Doubles x) noexcept {
    x = x > 711.0 ? broadcast(711.0) : x;  // NaN stays
    x = x < -746.0 ? broadcast(-746.0) : x;
    const ReducedExp e = reduced_exp(x);
    const Integers half = e.n >> 1;
    return (1.0 + e.p) * power_of_two(half) * power_of_two(e.n - half - halvings);
}

MLCORE_INLINE Doubles exp(Doubles x) noexcept { return exp_halved<0>(x); }

MLCORE_INLINE Doubles expm1(Doubles x) noexcept {
    const Doubles low = x < -60.0 ? broadcast(-60.0) : x;  // there the answer is -1
    const Doubles inside = low > 700.0 ? broadcast(700.0) : low;
    const ReducedExp e = reduced_exp(inside);
    const Doubles scale = power_of_two(e.n);
    // (2^n - 1) + 2^n (r + tail): the sum of the large parts keeps its rounding error (Knuth).
    const Doubles base = scale - 1.0, step = scale * e.r, sum = base + step, back = sum - base;
    const Doubles error = (base - (sum - back)) + (step - back);
    const Doubles result = sum + (error + scale * (e.tail + e.lost));
    const Doubles kept = e.n == 0 ? e.p : result;
    const Doubles large = x > 700.0 ? exp(x) : kept;  // the 1 is long lost
    return x == 0.0 ? x : large;                      // -0
}

}  // namespace mlcore::simd
