// sin, cos and tan of a register of doubles, to 1 unit (tan: 2) in the last place for |x| < 2^20; beyond, lane by lane by libm.
//
//     x = n pi/2 + y,  |y| <= pi/4,  y a sum of two doubles: pi/2 in parts of 33, 33 and 53 bits, of which the first two give
//     exact products with n. Then polynomials of degree 13 and 14 in y, the choice and the sign by n mod 4.
//
// Source: FreeBSD msun, e_rem_pio2.c, k_sin.c and k_cos.c (Sun Microsystems 1993).
#pragma once

#include <cmath>

#include "simd/math_exp.hpp"

namespace mlcore::simd {

inline constexpr double trigonometric_limit = 0x1p20;

struct SineCosine {
    Doubles sine, cosine;  // of x, before sign and choice
    Integers quadrant;
};
MLCORE_INLINE SineCosine reduced_sine_cosine(Doubles x) noexcept {
    const Nearest n = nearest(x * 6.36619772367581382433e-01);
    const Doubles first = x - n.number * 1.57079632673412561417e+00;  // exact
    const Doubles second = n.number * 6.07710050630396597660e-11;     // exact
    const Doubles high = first - second, back = high - first;
    const Doubles error = (first - (high - back)) - (second + back);
    const Doubles rest = error - n.number * 2.02226624879595063154e-21;
    const Doubles y = high + rest, low = (high - y) + rest;

    const Doubles z = y * y, v = z * y;
    const Doubles sine_tail =
        8.33333333332248946124e-03 +
        z * (-1.98412698298579493134e-04 +
             z * (2.75573137070700676789e-06 + z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)));
    const Doubles sine = y - ((z * (0.5 * low - v * sine_tail) - low) - v * -1.66666666666666324348e-01);
    const Doubles cosine_tail =
        z * (4.16666666666666019037e-02 +
             z * (-1.38888888888741095749e-03 +
                  z * (2.48015872894767294178e-05 +
                       z * (-2.75573143513906633035e-07 + z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11)))));
    const Doubles half = 0.5 * z, head = 1.0 - half;
    const Doubles cosine = head + (((1.0 - head) - half) + (z * cosine_tail - y * low));
    return {sine, cosine, n.integer};
}

// Lanes out of reach (infinity and NaN among them) are computed one at a time.
template <class Scalar>
MLCORE_INLINE Doubles with_large(Doubles x, Doubles y, Scalar scalar) noexcept {
    const Integers outside = ~(abs<double>(x) < trigonometric_limit);
    if (any<double>(outside)) [[unlikely]]
        for (int i = 0; i < lanes<double>; ++i)
            if (outside[i]) y[i] = scalar(x[i]);
    return y;
}

MLCORE_INLINE Doubles negated_if(Integers odd_bit_one, Doubles y) noexcept {  // bit 1 of the number says so
    return (Doubles)((Integers)y ^ ((odd_bit_one & 2) << 62));
}

MLCORE_INLINE Doubles sin(Doubles x) noexcept {
    const SineCosine s = reduced_sine_cosine(x);
    const Doubles y = negated_if(s.quadrant, (s.quadrant & 1) == 1 ? s.cosine : s.sine);
    return with_large(x, x == 0.0 ? x : y, [](double t) { return std::sin(t); });
}

MLCORE_INLINE Doubles cos(Doubles x) noexcept {
    const SineCosine s = reduced_sine_cosine(x);
    const Doubles y = negated_if(s.quadrant + 1, (s.quadrant & 1) == 1 ? s.sine : s.cosine);
    return with_large(x, y, [](double t) { return std::cos(t); });
}

MLCORE_INLINE Doubles tan(Doubles x) noexcept {
    const SineCosine s = reduced_sine_cosine(x);
    const Integers odd = (s.quadrant & 1) == 1;
    const Doubles y = (odd ? -s.cosine : s.sine) / (odd ? s.sine : s.cosine);
    return with_large(x, x == 0.0 ? x : y, [](double t) { return std::tan(t); });
}

}  // namespace mlcore::simd
