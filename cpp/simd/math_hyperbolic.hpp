// tanh, sinh, cosh and 1 / cosh^2 of a register of doubles, to 2 units in the last place.
//
//     |x| < 1:  t = expm1(-2|x|),  tanh = -t / (t + 2)        else  t = expm1(2|x|),  tanh = 1 - 2 / (t + 2)
//     t = expm1(|x|):  sinh = (t + t / (t + 1)) / 2,  cosh = exp(|x|) / 2 + exp(-|x|) / 2;  beyond 40 sinh = exp(|x|) / 2
//
// Source: FreeBSD msun, s_tanh.c, e_sinh.c and e_cosh.c (Sun Microsystems 1993).
#pragma once

#include "simd/math_exp.hpp"

namespace mlcore::simd {

MLCORE_INLINE Doubles with_sign_of(Doubles x, Doubles y) noexcept {  // y >= 0 or NaN
    const Doubles zero = broadcast(-0.0);
    return (Doubles)((Integers)y | ((Integers)x & (Integers)zero));
}

MLCORE_INLINE Doubles tanh(Doubles x) noexcept {
    const Doubles a = abs<double>(x);
    const Integers small = a < 1.0;
    const Doubles inside = a > 40.0 ? broadcast(40.0) : a;
    const Doubles t = expm1(small ? -2.0 * inside : 2.0 * inside);
    const Doubles q = (small ? -t : broadcast(2.0)) / (t + 2.0);
    return with_sign_of(x, small ? q : 1.0 - q);
}

MLCORE_INLINE Doubles sinh(Doubles x) noexcept {
    const Doubles a = abs<double>(x);
    const Doubles t = expm1(a > 700.0 ? broadcast(700.0) : a);
    const Doubles y = 0.5 * (t + t / (t + 1.0));
    return with_sign_of(x, a > 40.0 ? exp_halved<1>(a) : y);
}

MLCORE_INLINE Doubles cosh(Doubles x) noexcept {
    const Doubles a = abs<double>(x);
    const Doubles e = exp_halved<1>(a);
    return e + 0.25 / e;
}

// 4 e / (1 + e)^2 with e = exp(-2|x|): the slope of tanh. 1 - tanh(x)^2 would cancel, and cosh(x) overflow.
MLCORE_INLINE Doubles one_over_cosh_squared(Doubles x) noexcept {
    const Doubles e = exp(-2.0 * abs<double>(x)), root = 1.0 + e;
    return 4.0 * e / (root * root);
}

}  // namespace mlcore::simd
