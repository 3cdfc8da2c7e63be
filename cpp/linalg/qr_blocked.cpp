// factor_qr, apply_q, form_q: Householder QR in blocks of columns, and what is done with its reflections; of matrices that do not
// fit in L2 by way of qr_large.cpp.
//
// START READING at `factor_qr`.
//
//     | A00 A01 |     A00, A10: one block of columns, cut in two again and again down to panels one cache line wide
//     |         |               (qr_panel.cpp), the left half's reflections applied to the right half
//     | A10 A11 |     A01, A11: Q_0^T applied by three matrix products (block_reflector.cpp): nearly all of the work
//
// The triangle S of two halves together is theirs and one product:  S = | S0  V0^T V1 |,  0 below.
//
// Flops 2 n^2 (m - n/3) to factor, and about as many to write Q out, from the last block to the first, so that the columns left
// of a block are still those of the identity when it is applied.
//
// Backward stable, column by column: A + E = Q R with |e_j| <= c m n eps |a_j|, and Q within c m n eps of an orthogonal matrix;
// in practice both are a few eps.
//
// Source: E. Elmroth, F. Gustavson, "Applying Recursion to Serial and Parallel QR Factorization Leads to Better Performance", IBM
// J. Res. Dev. 44(4), 2000; N. Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., theorem 19.4.
#include "blas/blas.hpp"
#include "core/lease.hpp"
#include "linalg/householder.hpp"
#include "linalg/qr_blocks.hpp"

namespace mlcore::linalg {

// V must be zero above its diagonal, where panels do not reach.
template <class T>
void factor_qr_columns(Matrix<T> A, T* tau, Matrix<T> V, Matrix<T> S) {
    const index m = A.rows, n = A.cols;
    if (n <= qr_panel_width<T>) return factor_qr_panel(A, tau, V, S);
    const index h = round_up(ceil_div(n, 2), qr_panel_width<T>), rest = n - h;
    const Matrix<T> V0 = V.block(0, 0, m, h), V1 = V.block(h, h, m - h, rest);
    factor_qr_columns(A.block(0, 0, m, h), tau, V0, S.block(0, 0, h, h));
    apply_block_reflector<T>(V0, S.block(0, 0, h, h), true, A.block(0, h, m, rest));
    factor_qr_columns(A.block(h, h, m - h, rest), tau + h, V1, S.block(h, h, rest, rest));
    blas::gemm<T>(T(1), V.block(h, 0, m - h, h).transposed(), V1, T(0), S.block(0, h, h, rest));
}

template <class T>
void factor_qr(MatrixIn<T> A, Matrix<T> H, T* tau, Matrix<T> S) {
    const index m = A.rows, n = A.cols;
    if (is_large_qr(m, n)) return factor_qr_large<T>(A, H, tau, S);
    if (A.data != H.data) blas::copy<T>(A, H);
    factor_each_block<T>(H, tau, S, [](index, Matrix<T>) {}, [&](index j, Matrix<const T> V, Matrix<const T> S_j) {
        const index done = j + V.cols;
        apply_block_reflector<T>(V, S_j, true, H.block(j, done, m - j, n - done));
    });
}

template <class T>
void apply_q(MatrixIn<T> A, const T* tau, MatrixIn<T> S, bool transposed, Matrix<T> B) {
    for_each_block<T>(A, tau, S, transposed, [&](index j, Matrix<const T> V, Matrix<const T> S_j) {
        apply_block_reflector<T>(V, S_j, transposed, B.block(j, 0, B.rows - j, B.cols));
    });
}

// Q: m x q, min(m, n) <= q <= m. Block j of b columns finds, and leaves, in the rows and columns from j on
//
//     | I    |          | I - V0 S^-1 V0^T    - V0 Y |      Y = S^-1 (V1^T X),      V = | V0 |  b rows
//     |    X |   --->   |   - V1 S^-1 V0^T  X - V1 Y |                                  | V1 |
//
// where the parts that are zero or one are not yet written.
template <class T>
void form_q(MatrixIn<T> A, const T* tau, MatrixIn<T> S, Matrix<T> Q) {
    if (is_large_qr(A.rows, A.cols)) return form_q_large<T>(A, tau, S, Q);
    const index m = Q.rows, q = Q.cols, k = A.rows < A.cols ? A.rows : A.cols;
    for (index i = k; i < m; ++i)
        for (index c = k; c < q; ++c) Q(i, c) = T(i == c);
    Lease<T> room(S.cols * q);
    for_each_block<T>(A, tau, S, false, [&](index j, Matrix<const T> V, Matrix<const T> S_j) {
        using blas::Side, blas::Triangle, blas::Diagonal;
        const index b = V.cols, below = m - j - b, right = q - j - b;
        const Matrix<const T> V0 = V.block(0, 0, b, b), V1 = V.block(b, 0, below, b);
        const Matrix<T> X = Q.block(j + b, j + b, below, right), Y = row_major(room.data(), b, b + right);
        blas::copy<T>(V0.transposed(), Y.block(0, 0, b, b));
        blas::gemm<T>(T(1), V1.transposed(), X, T(0), Y.block(0, b, b, right));
        blas::trsm<T>(Side::left, Triangle::upper, Diagonal::stored, S_j, Y);
        blas::gemm<T>(T(-1), V0, Y, T(0), Q.block(j, j, b, b + right));
        blas::gemm<T>(T(-1), V1, Y.block(0, 0, b, b), T(0), Q.block(j + b, j, below, b));
        blas::gemm<T>(T(-1), V1, Y.block(0, b, b, right), T(1), X);
        for (index i = j; i < j + b; ++i) Q(i, i) += T(1);
    });
}

template void factor_qr_columns<float>(Matrix<float>, float*, Matrix<float>, Matrix<float>);
template void factor_qr_columns<double>(Matrix<double>, double*, Matrix<double>, Matrix<double>);
template void factor_qr<float>(Matrix<const float>, Matrix<float>, float*, Matrix<float>);
template void factor_qr<double>(Matrix<const double>, Matrix<double>, double*, Matrix<double>);
template void apply_q<float>(Matrix<const float>, const float*, Matrix<const float>, bool, Matrix<float>);
template void apply_q<double>(Matrix<const double>, const double*, Matrix<const double>, bool, Matrix<double>);
template void form_q<float>(Matrix<const float>, const float*, Matrix<const float>, Matrix<float>);
template void form_q<double>(Matrix<const double>, const double*, Matrix<const double>, Matrix<double>);

}  // namespace mlcore::linalg
