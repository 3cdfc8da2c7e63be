// qr: A = Q R, Q with orthonormal columns, R upper triangular (A m x n, k = min(m, n)).
//
// START READING HERE; the steps stand in the files of their names:
//
//     column_scale      powers of two, only if columns are so large or small that their squares matter
//     qr_blocked        Householder reflections, block by block of columns                    2 n^2 (m - n/3) flops
//       qr_panel        the same for one cache line of columns
//     form_q            Q written out, from the last block to the first                       as many again, for k columns
//
//     tall_qr           m much larger than n: by Gram matrices, or by blocks of rows that stay in cache
#include "blas/blas.hpp"
#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "core/parallel_stack.hpp"
#include "linalg/qr.hpp"

namespace mlcore::linalg {
namespace {

// Householder QR of A in H, which may be A itself; columns scaled if they must be, R with the right scale.
template <class T>
Status factor(Matrix<const T> A, Matrix<T> H, T* tau, Matrix<T> S) {
    const index n = H.cols;
    const auto bring = [&] {
        if (A.data != H.data) blas::copy<T>(A, H);
        A = H;
    };
    if (A.col_stride != 1) bring();
    Lease<T> room(n);
    T* factors = room.data();
    for (index j = 0; j < n; ++j) factors[j] = 0;
    raise_maxima<T>(A, factors);
    if (!is_finite(n, factors)) return Status::not_finite;
    const bool scaled = maxima_to_factors(n, factors);
    if (scaled) {
        bring();
        scale_columns(H, factors);
    }
    factor_qr<T>(A, H, tau, S);
    if (scaled) unscale_columns(H.block(0, 0, H.rows < n ? H.rows : n, n), factors);
    return interrupted() ? Status::interrupted : Status::ok;
}

}  // namespace

// Q: m x k or m x m, or without data if not wanted. R: as many rows as Q has columns, k if there is no Q.
template <class T>
Status qr(MatrixIn<T> A, Matrix<T> Q, Matrix<T> R) {
    const index m = A.rows, n = A.cols, k = m < n ? m : n;
    if (is_tall<T>(m, n) && R.rows == n) return tall_qr<T>(A, A.block(0, n, m, 0), Q, R);
    const bool in_place = R.rows == m && R.col_stride == 1;  // R has room for the reflections until Q is formed
    Lease<T> copied(in_place ? 0 : m * n), taus(k), room(k * qr_block<T>(k));
    const Matrix<T> H = in_place ? R : row_major(copied.data(), m, n), S = row_major(room.data(), k, qr_block<T>(k));
    const Status status = factor<T>(A, H, taus.data(), S);
    if (status != Status::ok) return status;
    if (Q.data) form_q<T>(H, taus.data(), S, Q);
    for (index i = 0; i < R.rows; ++i) {
        const index first = i < k ? i : n;
        for (index j = 0; j < first; ++j) R(i, j) = T(0);
        if (!in_place)
            for (index j = first; j < n; ++j) R(i, j) = H(i, j);
    }
    return interrupted() ? Status::interrupted : Status::ok;
}

// R of (A B): min(m, n) rows of n columns, n those of A and B together. With R = | R_A C |, least-squares solutions of A X = B
//                                                                               |  0  E |
// are those of R_A X = C, and the columns of E are as long as those of what is left, B - A X. (Of a tall A, E may be the diagonal
// matrix of these lengths.)
template <class T>
Status qr_beside(MatrixIn<T> A, MatrixIn<T> B, Matrix<T> R) {
    const index m = A.rows, n = A.cols + B.cols;
    if (is_tall<T>(m, n)) return tall_qr<T>(A, B, {nullptr, 0, 0, 0, 1}, R);
    Lease<T> room(m * n);
    const Matrix<T> both = row_major(room.data(), m, n);
    blas::copy<T>(A, both.block(0, 0, m, A.cols));
    blas::copy<T>(B, both.block(0, A.cols, m, B.cols));
    return qr<T>(both, {nullptr, 0, 0, 0, 1}, R);
}

// H holds A and becomes R and V, as LAPACK's geqrf leaves them; tau: k; S: k x qr_block<T>(k). Rows of H are contiguous.
template <class T>
Status qr_raw(Matrix<T> H, T* tau, Matrix<T> S) {
    return factor<T>(H, H, tau, S);
}

template Status qr<float>(Matrix<const float>, Matrix<float>, Matrix<float>);
template Status qr<double>(Matrix<const double>, Matrix<double>, Matrix<double>);
template Status qr_beside<float>(Matrix<const float>, Matrix<const float>, Matrix<float>);
template Status qr_beside<double>(Matrix<const double>, Matrix<const double>, Matrix<double>);
template Status qr_raw<float>(Matrix<float>, float*, Matrix<float>);
template Status qr_raw<double>(Matrix<double>, double*, Matrix<double>);

}  // namespace mlcore::linalg
