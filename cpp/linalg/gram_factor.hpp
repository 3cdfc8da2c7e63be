// The Cholesky factor R of a Gram matrix G = Q^T Q, how well-conditioned it is, and products with it and its inverse, for QR by
// Gram matrices (cholesky_qr.cpp, cholesky_r.cpp).
//
//     strips of R                       Y_c = (X_c - Y_0 R_0c - Y_1 R_1c - ...) R_cc^-1
//
//     | R_00 R_01 R_02 |                products alone, as fast as X R^-1 would be, and as accurate as substitution if the
//     |      R_11 R_12 |                blocks on the diagonal are well-conditioned: |X - Y R| <= c n eps |Y| M in each
//     |           R_22 |                element, M = |R_cc| |R_cc^-1| |R_cc| there and |R| above
//
// That is asked of M, column by column: its length, against that of the column of R. A large mean of all columns, say, makes R
// ill-conditioned and M not. If the answer is no, rows are divided by substitution.
//
// Source: J. Du Croz, N. Higham, "Stability of Methods for Matrix Inversion", IMA J. Numer. Anal. 12, 1992, for the blocks.
#pragma once

#include "core/lease.hpp"
#include "linalg/linalg.hpp"

namespace mlcore::linalg {

template <class T>
class GramFactor {
public:
    explicit GramFactor(index n);

    // G = R^T R, or G + s diag(G) = R^T R with a shift s if it must be and may be. False if neither can be, G is too
    // ill-conditioned for it, or its diagonal is zero, not finite, or so large or small that digits are lost.
    bool factor(Matrix<const T> G, bool may_shift);

    Matrix<const T> R() const noexcept { return r_; }
    // R^-1, unless R is shifted.
    Matrix<const T> inverse() const noexcept { return inverse_; }
    // The mean condition: the root of the mean of 1 / s_i^2, s_i the singular values of R with columns scaled to length 1. At
    // least 1, and 1 if the columns are orthogonal. Infinite if R is shifted.
    T condition() const noexcept { return condition_; }

    // Y = X R^-1. Rows of both are contiguous; Y may be X; room: X.rows * strip_width().
    void divide(Matrix<const T> X, T* room, Matrix<T> Y) const;
    index strip_width() const noexcept;

private:
    Lease<T> room_;
    Matrix<T> r_, inverse_, blocks_;  // blocks: R, with inverses of the blocks on its diagonal
    T condition_;
    bool by_blocks_;

    void invert_blocks();
};

// Y = X S, S upper triangular, by strips of columns, of which [c, c + w) reads columns [0, c + w) of X alone. Y is not X.
template <class T>
void multiply_by_triangle(Matrix<const T> X, Matrix<const T> S, Matrix<T> Y);

}  // namespace mlcore::linalg
