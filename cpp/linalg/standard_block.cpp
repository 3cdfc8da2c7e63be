// standardise: the Schur form of a real 2 x 2 matrix,
//
//     | a b |     | c -s | | a' b' | |  c s |            real eigenvalues:      c' = 0
//     | c d |  =  | s  c | | c' d' | | -s c |            a conjugate pair:      a' = d',  b' c' < 0
//
// With p = (a - d) / 2 the eigenvalues are (a + d) / 2 +- sqrt(p^2 + b c). Where the root is real and not tiny, the one farther
// from d is found first, by a sum that does not cancel. Else a rotation makes the diagonal equal; should b and c then have
// the same sign, the eigenvalues are real and nearly equal, and a second rotation splits them.
//
// Source: Z. Bai, J. Demmel, "On Swapping Diagonal Blocks in Real Schur Form", Linear Algebra Appl. 186, 1993, section 2.4;
// LAPACK's lanv2.
#include <limits>

#include "linalg/small_reflector.hpp"

namespace mlcore::linalg {

template <class T>
PlaneRotation<T> standardise(T& a, T& b, T& c, T& d) noexcept {
    if (c == T(0)) return {};
    if (b == T(0)) {  // lower triangular: exchange rows and columns
        std::swap(a, d);
        b = -c, c = T(0);
        return {T(0), T(1)};
    }
    if (a == d && std::signbit(b) != std::signbit(c)) return {};

    const T p = (a - d) / 2, larger = std::max(std::fabs(b), std::fabs(c));
    const T smaller = std::min(std::fabs(b), std::fabs(c)) * std::copysign(T(1), b) * std::copysign(T(1), c);
    const T scale = std::max(std::fabs(p), larger);
    const T discriminant = p / scale * p + larger / scale * smaller;
    if (discriminant >= 4 * std::numeric_limits<T>::epsilon()) {
        const T z = p + std::copysign(std::sqrt(scale) * std::sqrt(discriminant), p);
        a = d + z;
        d -= larger / z * smaller;
        const T length = std::hypot(c, z);
        const PlaneRotation<T> q{z / length, c / length};
        b -= c, c = T(0);
        return q;
    }

    const T sigma = b + c, length = std::hypot(sigma, a - d);
    PlaneRotation<T> q;
    if (length > T(0)) {
        q.c = std::sqrt((T(1) + std::fabs(sigma) / length) / 2);
        q.s = -(p / (length * q.c)) * std::copysign(T(1), sigma);
    }
    const T a1 = a * q.c + b * q.s, b1 = b * q.c - a * q.s, c1 = c * q.c + d * q.s, d1 = d * q.c - c * q.s;
    a = a1 * q.c + c1 * q.s, b = b1 * q.c + d1 * q.s, c = c1 * q.c - a1 * q.s, d = d1 * q.c - b1 * q.s;
    a = d = (a + d) / 2;
    if (c == T(0)) return q;
    if (b == T(0)) {
        b = -c, c = T(0);
        return {-q.s, q.c};
    }
    if (std::signbit(b) != std::signbit(c)) return q;
    const T root_b = std::sqrt(std::fabs(b)), root_c = std::sqrt(std::fabs(c)), split = std::copysign(root_b * root_c, c);
    const T inverse = T(1) / std::sqrt(std::fabs(b + c)), c2 = root_b * inverse, s2 = root_c * inverse;
    a += split, d -= split;
    b -= c, c = T(0);
    return {q.c * c2 - q.s * s2, q.c * s2 + q.s * c2};
}

template PlaneRotation<float> standardise<float>(float&, float&, float&, float&) noexcept;
template PlaneRotation<double> standardise<double>(double&, double&, double&, double&) noexcept;

}  // namespace mlcore::linalg
