// The secular equation: the eigenvalues of a diagonal matrix changed by a matrix of rank one, and what divide and conquer needs
// to get orthogonal vectors from them.
//
//     diag(p) + z z^T  has the eigenvalues x with   f(x) = 1 + sum z_i^2 / (p_i - x) = 0,      p_0 < x_0 < p_1 < x_1 < ...
//     and the eigenvectors  v_i = z_i / (p_i - x)
//
// Two problems lead here, and differ only in what a pole is:
//
//     EigenvaluePoles      D + z z^T                            p_i = d_i        x = lambda
//     SingularValuePoles   [ z^T ; 0 d_1 ... d_n-1 ], d_0 = 0   p_i = d_i^2      x = sigma^2
//
//                          right vectors z_i / (p_i - x),  left ones -1 and, for i > 0, d_i z_i / (p_i - x)
//
// Everything depends on the differences p_i - x_j being right to a few eps each, however close poles lie. A root is therefore
// kept as the nearest pole and the distance from it, and differences of poles come from `between`, without cancellation
// where d^2 would have some.
//
// The vectors are orthogonal only if z belongs to the computed roots exactly. `corrected_vector` returns the z for which it
// does (Loewner's formula); it differs from the given one by rounding errors, and replaces it in the formulas for vectors.
//
// How divide and conquer uses it, for either problem:
//     1. deflate (deflation.hpp): no z_i negligible, no two poles too close; scaled so that nothing over- or underflows
//     2. secular_roots:       the roots x_j, and row j of `differences`: p_i - x_j for all i
//     3. corrected_vector:    z from the differences
//     4. lambda_j = d_k + offset, or singular_value(d_k, offset); vectors from z and row j of the differences, normalised
//
// Source: M. Gu, S. Eisenstat, "A Divide-and-Conquer Algorithm for the Symmetric Tridiagonal Eigenproblem", SIAM J. Matrix
// Anal. Appl. 16(1), 1995, and "... for the Bidiagonal SVD", 16(1), 1995.
#pragma once

#include <cmath>

#include "linalg/linalg.hpp"
#include "simd/vec.hpp"

namespace mlcore::linalg {

// p_a - p_b, for numbers and for vectors of them.
struct EigenvaluePoles {
    template <class V>
    static V between(V a, V b) noexcept { return a - b; }
};
struct SingularValuePoles {
    template <class V>
    static V between(V a, V b) noexcept { return (a - b) * (a + b); }
};

// x = p_origin + offset.
struct SecularRoot {
    index origin;
    double offset;
};

// sigma from sigma^2 = d^2 + offset, without cancellation.
inline double singular_value(double d, double offset) noexcept { return d + offset / (d + std::sqrt(d * d + offset)); }

// The n roots in ascending order, and differences(j, i) = p_i - x_j. d: n, ascending and distinct (d >= 0 for singular values);
// z: n, none zero; (d_i+1 - d_i)^2 and z_i^2 are normal numbers, and so are their squares. Rows of `differences` are contiguous
// and padded to whole vectors.
template <class Poles>
Status secular_roots(index n, const double* d, const double* z, SecularRoot* roots, Matrix<double> differences);

// corrected: the vector with the signs of z, for which diag(p) + z z^T has exactly the roots whose differences are given.
// It may be z itself.
template <class Poles>
void corrected_vector(index n, const double* d, Matrix<const double> differences, const double* z, double* corrected);

}  // namespace mlcore::linalg
