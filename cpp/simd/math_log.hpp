// log and log1p of a register of doubles, to 1 and 2 units in the last place.
//
//     x = 2^k m,  sqrt(1/2) <= m < sqrt(2),  f = m - 1,  s = f / (2 + f)
//     log(m) = f - f^2/2 + s (f^2/2 + R(s^2)),   R a polynomial of degree 7 with an error below 2^-58
//     log1p(x) = log(u) + (x - (u - 1)) / u,  u = 1 + x rounded
//
// Source: FreeBSD msun, e_log.c (Sun Microsystems 1993).
#pragma once

#include <limits>

#include "simd/math_exp.hpp"

namespace mlcore::simd {

MLCORE_INLINE Doubles log(Doubles x) noexcept {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const Integers small = x < 0x1p-1022;
    const Doubles scaled = small ? x * 0x1p54 : x;  // subnormal numbers become normal
    using Words = VecOf<std::uint64_t>::type;  // of negative numbers the differences leave the range of integers
    const Words bits = (Words)scaled;
    constexpr std::uint64_t root_half = 0x3FE6A09E667F3BCD;
    const Integers shifted = (Integers)(bits - root_half);
    const Integers k_int = (shifted >> 52) + (small ? Integers{} - 54 : Integers{});
    const Doubles m = (Doubles)(bits - (Words)((shifted >> 52) << 52));
    const Doubles k = __builtin_convertvector(k_int, Doubles);
    const Doubles f = m - 1.0, s = f / (2.0 + f), z = s * s, w = z * z;
    const Doubles even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
    const Doubles odd = z * (6.666666666666735130e-01 +
                             w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
    const Doubles half_square = 0.5 * f * f;
    Doubles y = k * 6.93147180369123816490e-01 -
                ((half_square - (s * (half_square + (even + odd)) + k * 1.90821492927058770002e-10)) - f);
    y = x == 0.0 ? broadcast(-infinity) : y;
    y = x < 0.0 ? broadcast(std::numeric_limits<double>::quiet_NaN()) : y;
    return (x < infinity) ? y : (x == infinity ? x : x + x);
}

MLCORE_INLINE Doubles log1p(Doubles x) noexcept {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const Doubles u = 1.0 + x;
    // What rounding took from u, of either order of size (Dekker): x and 1 change roles.
    const Doubles lost = x < 1.0 ? x - (u - 1.0) : 1.0 - (u - x);
    const Doubles y = log(u), corrected = y + lost / u;
    const Doubles inside = (u > 0.0 && u < infinity) ? corrected : y;
    return x == 0.0 ? x : inside;
}

}  // namespace mlcore::simd
