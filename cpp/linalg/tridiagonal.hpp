// The three parts of eigh, in the order of their use. Each is defined in the file of its name.
#pragma once

#include "linalg/linalg.hpp"
#include "simd/vec.hpp"

namespace mlcore::linalg {

// Symmetric matrices are kept as a lower triangle of squares of this size: rows are padded to whole squares.
template <class T>
inline constexpr index symmetric_block = simd::lanes<T> > 4 ? simd::lanes<T> : 4;

// A = Q T Q^T, Q = H_{n-1} ... H_1. A: n x n, rows padded with zeros to whole squares, diagonal squares full, of order 1.
// On return row k of A holds the reflector v_k (k elements, then zeros), tau[k] its factor; d the diagonal of T,
// e[k] = T[k, k-1], e[0] = 0. work: tridiagonalize_workspace<T>(n) elements.
template <class T>
Status tridiagonalize(Matrix<T> A, T* tau, double* d, double* e, T* work) noexcept;
template <class T>
constexpr index tridiagonalize_workspace(index n) noexcept {
    return 3 * round_up(n, symmetric_block<T>);
}

// Qt = Q^T from the reflectors. Qt: n x n, rows padded as those of A; the padding is set to zero.
template <class T>
void form_q_transposed(Matrix<const T> A, const T* tau, Matrix<T> Qt);

// T = S diag(d') S^T: d becomes d' (in no order), e is lost, Zt becomes S^T Zt. Zt: n rows, padded to whole vectors.
template <class T>
Status tridiagonal_ql(index n, double* d, double* e, Matrix<T> Zt);

// The same for larger T of order 1, but Zt is only written: S^T, its rows in no order; `order` gives them by ascending d'.
template <class T>
Status tridiagonal_dc(index n, double* d, double* e, Matrix<T> Zt, index* order);

// V <- Q V, from the reflectors.
template <class T>
void apply_q(Matrix<const T> A, const T* tau, Matrix<T> V);

}  // namespace mlcore::linalg
