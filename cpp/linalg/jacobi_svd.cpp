// jacobi_svd: singular values and vectors to high relative accuracy,  A = U diag(s) V^T  (m x n; if m < n, by transposition).
//
// START READING HERE; the steps stand in the files of their names:
//
//     scale                     by a power of two, so that max |a_ij| is between 1 and 2         (exact)
//     sort rows                 by falling size: S A
//     qr_pivoted                S A P1 = Q1 R1                            2 n^2 (m - n/3) flops
//     qr_pivoted                R1^T P2 = Q2 R2                           4/3 n^3
//     orthogonalize_columns     X = R2^T:   X J = Ux diag(s)              9 n^3 a sweep, 6 to 9 sweeps
//     back                      U = S^T Q1 P2 Ux,   V = P1 Q2 J           4 m n^2, 2 n^3
//
// The columns of R1^T are nearer to orthogonal than those of A, and those of R2^T nearer still; without the two factorisations
// graded matrices need many more sweeps.
//
// The reduction to bidiagonal form makes errors of eps ||A|| in every singular value. Here each step is backward stable column by
// column (or row by row), and so scaling does no harm: for A = D1 B D2 with diagonal D1, D2, however graded, each singular value
// is right to a small multiple of n eps cond(B) relative to itself.
//
// Rank: rows of R1 from the first whose diagonal is no longer than least_length (2^-900, or 2^-80 in float, where elements are
// near 1) are taken as zero. Nothing else is cut off.
//
// Source: Z. Drmac, K. Veselic, "New Fast and Accurate Jacobi SVD Algorithm I, II", SIAM J. Matrix Anal. Appl. 29(4), 2008.
#include <algorithm>
#include <cmath>
#include <limits>

#include "blas/blas.hpp"
#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "linalg/jacobi.hpp"
#include "linalg/scaling.hpp"

namespace mlcore::linalg {
namespace {

// The largest element of each row, and the rows in the order of these. False if one is NaN or infinity.
template <class T>
bool sort_rows(Matrix<const T> A, T* largest, index* rows) {
    bool finite = true;
    for (index i = 0; i < A.rows; ++i) {
        largest[i] = blas::amax<T>(A.row(i));
        finite &= largest[i] <= std::numeric_limits<T>::max();
    }
    if (finite) sort_descending(largest, A.rows, rows);
    return finite;
}

// Columns from r on become those of the identity.
template <class T>
void fill_identity(Matrix<T> W, index r) noexcept {
    for (index j = r; j < W.cols; ++j)
        for (index i = 0; i < W.rows; ++i) W(i, j) = T(i == j);
}

}  // namespace

// U: m x m or m x min(m, n); Vt: n x n or min(m, n) x n; both without data: no vectors.
template <class T>
Status jacobi_svd(MatrixIn<T> A, Matrix<T> U, Vector<T> s, Matrix<T> Vt) {
    const index m = A.rows, n = A.cols;
    if (m < n) return jacobi_svd<T>(A.transposed(), Vt.transposed(), s, U.transposed());
    if (n == 0) {
        if (U.data) fill_identity<T>(U, 0);
        return Status::ok;
    }

    Lease<T> sizes(m), first(m * n), first_tau(n), lengths(n);
    Lease<index> rows(m), first_order(n), order(n);
    if (!sort_rows<T>(A, sizes.data(), rows.data())) return Status::not_finite;
    const T largest = sizes[rows[0]];
    const int exponent = exponent_of(largest);
    const T scale = std::scalbn(T(1), -exponent);
    const Matrix<T> H{first.data(), m, n, 1, m};  // Q1 and R1
    for (index i = 0; i < m; ++i)
        for (index j = 0; j < n; ++j) H(i, j) = scale * A(rows[i], j);
    Status status = qr_pivoted<T>(H, first_tau.data(), first_order.data());
    if (status != Status::ok) return status;
    index r = 0;
    while (r < n && std::fabs(H(r, r)) > least_length<T>) ++r;

    Lease<T> second(n * r), second_tau(r);
    Lease<index> second_order(r);
    const Matrix<T> G{second.data(), n, r, 1, n};  // Q2 and R2
    for (index j = 0; j < r; ++j)
        for (index i = 0; i < n; ++i) G(i, j) = i >= j ? H(j, i) : T(0);
    status = qr_pivoted<T>(G, second_tau.data(), second_order.data());
    if (status != Status::ok) return status;

    const bool vectors = U.data != nullptr;
    const index padded = round_up(r, simd::lanes<T>), length = vectors ? 2 * padded : padded;
    Lease<T> work(r * length);
    const Columns<T> columns{work.data(), r, padded, length, length};  // X above J
    for (index j = 0; j < r; ++j) {
        for (index i = 0; i < length; ++i) columns[j][i] = T(i == padded + j);
        for (index i = j; i < r; ++i) columns[j][i] = G(j, i);
    }
    status = orthogonalize_columns<T>(columns, lengths.data(), order.data());
    if (status != Status::ok) return status;
    for (index j = 0; j < n; ++j) s[j] = j < r ? std::scalbn(lengths[order[j]], exponent) : T(0);
    if (!vectors) return Status::ok;

    Lease<T> left(m * U.cols), right(n * Vt.rows);
    const Matrix<T> W{left.data(), m, U.cols, 1, m}, Z{right.data(), n, Vt.rows, 1, n};
    index known = 0;
    for (index j = 0; j < r; ++j) {
        const T *x = columns[order[j]], *v = x + padded, size = lengths[order[j]];
        known += size > least_length<T>;
        for (index i = r; i < m; ++i) W(i, j) = T(0);
        for (index i = 0; i < r; ++i) W(second_order[i], j) = x[i] / size;
        for (index i = 0; i < n; ++i) Z(i, j) = i < r ? v[i] : T(0);
    }
    complete_basis<T>(W.block(0, 0, r, r), known);
    fill_identity(W, r);
    fill_identity(Z, r);
    apply_q<T>(H, first_tau.data(), false, W);
    apply_q<T>(G, second_tau.data(), false, Z);
    for (index i = 0; i < m; ++i) blas::copy<T>(W.block(i, 0, 1, W.cols), U.block(rows[i], 0, 1, W.cols));
    for (index i = 0; i < n; ++i) blas::copy<T>(Z.block(i, 0, 1, Z.cols), Vt.block(0, first_order[i], Z.cols, 1).transposed());
    return interrupted() ? Status::interrupted : Status::ok;
}

template Status jacobi_svd<float>(Matrix<const float>, Matrix<float>, Vector<float>, Matrix<float>);
template Status jacobi_svd<double>(Matrix<const double>, Matrix<double>, Vector<double>, Matrix<double>);

}  // namespace mlcore::linalg
