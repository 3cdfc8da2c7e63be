// The parts of eigh, in the order of their use. Each is defined in the file of its name.
#pragma once

#include <cmath>

#include "linalg/linalg.hpp"
#include "simd/vec.hpp"

namespace mlcore::linalg {

// Symmetric matrices are kept as a lower triangle of squares of this size: rows are padded to whole squares.
template <class T>
inline constexpr index symmetric_block = simd::lanes<T> > 4 ? simd::lanes<T> : 4;

// Rows have room for whole strips of this many columns, so that a strip of rows of the lower triangle is a rectangle.
#ifdef MLCORE_TINY_BLOCKS
template <class T>
inline constexpr index symmetric_strip = symmetric_block<T>;
#else
template <class T>
inline constexpr index symmetric_strip = 64;
#endif

// A = Q T Q^T, Q = H_{n-1} ... H_1. A: n x n, lower triangle, its rows padded with zeros to whole strips, diagonal squares
// full, of order 1. On return row k of A holds the reflector v_k (k elements), tau[k] its factor; d the diagonal of T,
// e[k] = T[k, k-1], e[0] = 0.
template <class T>
Status tridiagonalize(Matrix<T> A, T* tau, double* d, double* e);
// The same without blocks, for small matrices. work: 3 rows.
template <class T>
Status tridiagonalize_fused(Matrix<T> A, T* tau, double* d, double* e, T* work) noexcept;

// y = A v for the leading k x k block of such a matrix; v zero from k to the end of its square.
template <class T>
void symmetric_product(Matrix<const T> A, index k, const T* v, T* y);

// Qt = Q^T from the reflectors. Qt: n x n, rows padded to whole squares; the padding is set to zero.
template <class T>
void form_q_transposed(Matrix<const T> A, const T* tau, Matrix<T> Qt);

// V <- Q V, from the reflectors.
template <class T>
void apply_tridiagonal_q(Matrix<const T> A, const T* tau, Matrix<T> V);

// T = S diag(d') S^T: d becomes d' (in no order), e is lost, Zt becomes S^T Zt. Zt: n rows, padded to whole vectors.
template <class T>
Status tridiagonal_ql(index n, double* d, double* e, Matrix<T> Zt);

// The same for larger T of order 1, but Zt is only written: it becomes S^T. `order` gives its rows by ascending d'. spare:
// contiguous rows, n x n, for intermediate results.
template <class T>
Status tridiagonal_dc(index n, double* d, double* e, Matrix<T> Zt, index* order, Matrix<T> spare);

// tridiagonal_values.cpp: d' alone, in no order; eps: of the type the eigenvalues are rounded to.
Status tridiagonal_values(index n, double* d, double* e, double eps) noexcept;

// The eigenvalue of [d e; e next] nearer to d.
inline double wilkinson_shift(double d, double e, double next) noexcept {
    const double half = (next - d) / 2, r = std::hypot(half, e);
    return r == 0 ? d : d - e * (e / (half + std::copysign(r, half)));
}

}  // namespace mlcore::linalg
