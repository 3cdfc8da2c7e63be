// The parts of a QR factorisation by Householder reflections, as qr.cpp, tall_qr.cpp and the least-squares solver use them.
//
//     A (m x n), k = min(m, n):     R on and above the diagonal, V below it (its unit diagonal is not stored), tau (k)
//
//     Q = Q_0 Q_1 ... ,  Q_b the product of `qr_block` reflections,  I - V_b S_b^-1 V_b^T;     S_b in rows of S (k x qr_block)
#pragma once

#include "core/types.hpp"
#include "linalg/linalg.hpp"

namespace mlcore::linalg {

#ifdef MLCORE_TINY_BLOCKS
template <class T>
constexpr index qr_panel_width = 2;
constexpr index large_qr = 16;
template <class T>
constexpr index qr_block(index k) noexcept {
    return k <= large_qr ? 6 : 48;
}
#else
template <class T>
constexpr index qr_panel_width = 64 / index(sizeof(T));
constexpr index large_qr = 512;
// Columns whose reflections are applied together to all columns right of them. More make the products faster, and the part of
// the flops that is not in large products larger.
template <class T>
constexpr index qr_block(index k) noexcept {
    return k <= 128 ? 16 : k <= 384 ? 32 : k <= large_qr ? 48 : sizeof(T) == 8 ? 72 : 96;
}
#endif
constexpr bool is_large_qr(index m, index n) noexcept { return m > large_qr && n > large_qr; }

// qr_panel.cpp: A (m x n, m >= n, n <= qr_panel_width): R and V in place; V in full; the upper triangle of S.
template <class T>
void factor_qr_panel(Matrix<T> A, T* tau, Matrix<T> V, Matrix<T> S);

// qr_blocked.cpp: the same for a block of columns, V zero above its diagonal; then for all of them, the factors of A in H, which
// may be A itself; B <- Q B or Q^T B; the first columns of Q written out. Rows of A and of H are contiguous.
template <class T>
void factor_qr_columns(Matrix<T> A, T* tau, Matrix<T> V, Matrix<T> S);
template <class T>
void factor_qr(MatrixIn<T> A, Matrix<T> H, T* tau, Matrix<T> S);
template <class T>
void apply_q(MatrixIn<T> A, const T* tau, MatrixIn<T> S, bool transposed, Matrix<T> B);
template <class T>
void form_q(MatrixIn<T> A, const T* tau, MatrixIn<T> S, Matrix<T> Q);

// qr_large.cpp: the same for large matrices.
template <class T>
void factor_qr_large(MatrixIn<T> A, Matrix<T> H, T* tau, Matrix<T> S);
template <class T>
void form_q_large(MatrixIn<T> A, const T* tau, MatrixIn<T> S, Matrix<T> Q);

// column_scale.cpp: powers of two that bring the columns near 1. Householder QR of A D is that of A with R D in place of R.
//
// Raises largest[j] to the largest |a_ij|, NaN and infinity above all; rows of A are contiguous. Then: is it finite; the factors
// in its place, and whether columns are so far from 1 that they are needed; A D; the upper triangle R becomes R D^-1.
template <class T>
void raise_maxima(MatrixIn<T> A, T* largest) noexcept;
template <class T>
bool is_finite(index n, const T* largest) noexcept;
template <class T>
bool maxima_to_factors(index n, T* largest) noexcept;
template <class T>
void scale_columns(Matrix<T> A, const T* factors) noexcept;
template <class T>
void unscale_columns(Matrix<T> R, const T* factors) noexcept;

// tall_qr.cpp: (A B) = Q R for m much larger than n; Q.data null: R alone. R has a diagonal >= 0.
template <class T>
constexpr bool is_tall(index m, index n) noexcept;
template <class T>
Status tall_qr(MatrixIn<T> A, MatrixIn<T> B, Matrix<T> Q, Matrix<T> R);
template <class T>
Status tall_qr_by_reflections(MatrixIn<T> A, MatrixIn<T> B, Matrix<T> Q, Matrix<T> R);

// cholesky_qr.cpp: the same by Gram matrices; false, and Q and R of no meaning, if that does not get orthogonal columns. Open:
// A = (Y S) R, Y being A itself, or in the place of Q; Q is then of no meaning.
template <class T>
bool cholesky_qr(MatrixIn<T> A, Matrix<T> Q, Matrix<T> R);
enum class OpenQR { none, in_a, in_q };
template <class T>
OpenQR cholesky_qr_open(MatrixIn<T> A, Matrix<T> Q, Matrix<T> R, Matrix<T> S);

// cholesky_r.cpp: R of (A B) alone, the columns beside A as `qr_beside` has them; false if that is not as good.
template <class T>
bool cholesky_r(MatrixIn<T> A, MatrixIn<T> B, Matrix<T> R);

template <class T>
constexpr bool is_tall(index m, index n) noexcept {
#ifdef MLCORE_TINY_BLOCKS
    return n > 0 && m >= 4 * n && m >= 24;
#else
    return n > 0 && m >= 8 * n && m * n * index(sizeof(T)) >= 256 * 1024;
#endif
}

}  // namespace mlcore::linalg
