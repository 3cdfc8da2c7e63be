// svd: singular values and vectors,  A = U diag(s) V^T,  s descending, U^T U = I, V^T V = I.
//
// START READING HERE; the steps stand in the files of their names:
//
//     transpose         unless m >= n
//     qr                A = Q R, and go on with R, if m is half as large again as n       (qr.cpp; tall: cholesky_qr.cpp)
//     scale             by a power of two, so that max |a_ij| is between 1 and 2      (exact; no overflow at 1e200)
//     bidiagonalize     A = Q B P^T                                                   4 n^2 (m - n/3) flops
//     bidiagonal_qr     B = X diag(s) Y^T, up to n = 48; for larger n                 about 12 n^3
//     bidiagonal_dc     by divide and conquer                                         up to 8/3 n^3
//     sort              by descending singular value
//     back              U = Q X, V = P Y, by block reflectors                         4 m n^2 - 2 n^3 and 2 n^3
//
// Errors: ||A - U diag(s) V^T||, ||U^T U - I|| and ||V^T V - I|| are a few n eps (||A|| and 1); singular values are exact to a few
// eps ||A||, so that those much smaller than the largest have few correct digits.
#include <algorithm>
#include <cmath>

#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "linalg/bidiagonal_form.hpp"
#include "linalg/each_matrix.hpp"
#include "linalg/gram_pass.hpp"
#include "linalg/qr.hpp"

namespace mlcore::linalg {
namespace {

// Whether the singular value decomposition of R is so much less work than that of A that A = Q R pays.
constexpr bool is_tall_for_svd(index m, index n) noexcept { return n > 0 && 2 * m >= 3 * n; }

// A = Q R, R = X diag(s) V^T, U = Q X; or R alone if U has no data, and s alone.
template <class T>
Status svd_of_r(Matrix<const T> A, Matrix<T> U, Vector<T> s, Matrix<T> Vt) {
    const index m = A.rows, n = A.cols;
    const bool in_place = U.col_stride == 1;
    Lease<T> q_room(in_place ? 0 : m * U.cols), r_room(std::max(U.cols, n) * n), x_room(U.data ? n * n : 0);
    const Matrix<T> Q = in_place ? U : row_major(q_room.data(), m, U.cols), R = row_major(r_room.data(), U.data ? U.cols : n, n);
    // A tall matrix: A = (Y S) R by Gram matrices, Y being A or in the place of Q, and U = Y (S X).
    const bool tall = is_tall<T>(m, n) && U.data && U.cols == n;
    Lease<T> s_room(tall ? n * n : 0);
    const Matrix<T> S = row_major(s_room.data(), n, n);
    const OpenQR where = tall ? cholesky_qr_open<T>(A, Q, R, S) : OpenQR::none;
    if (interrupted()) return Status::interrupted;
    Status status = Status::ok;
    if (!tall)
        status = qr<T>(A, U.data ? Q : Matrix<T>{}, R);
    else if (where == OpenQR::none)
        status = tall_qr_by_reflections<T>(A, A.block(0, n, m, 0), Q, R);
    if (status != Status::ok) return status;
    if (!U.data) return svd_values<T>(R, s);
    const Matrix<T> X = row_major(x_room.data(), n, n);
    status = svd<T>(R.block(0, 0, n, n), X, s, Vt);
    if (status != Status::ok) return status;
    if (where != OpenQR::none) blas::trmm<T>(blas::Side::left, blas::Triangle::upper, blas::Diagonal::stored, S, X);
    multiply_rows<T>(where == OpenQR::in_a ? A : Matrix<const T>(Q.block(0, 0, m, n)), X, false, Q.block(0, 0, m, n));
    if (!in_place) blas::copy<T>(Q, U);
    return interrupted() ? Status::interrupted : Status::ok;
}

}  // namespace

// U: m x m or m x min(m, n); Vt: n x n or min(m, n) x n; they overlap not A.
template <class T>
Status svd(MatrixIn<T> A, Matrix<T> U, Vector<T> s, Matrix<T> Vt) {
    if (A.rows < A.cols) return svd<T>(A.transposed(), Vt.transposed(), s, U.transposed());
    const index m = A.rows, n = A.cols;
    // R may overflow where A does not; and NaN or infinity in A shows again below.
    if (is_tall_for_svd(m, n))
        if (const Status status = svd_of_r<T>(A, U, s, Vt); status != Status::not_finite) return status;
    set_identity<T>(U);
    if (n == 0) return Status::ok;
    Bidiagonal<T> B(A);
    Status status = B.reduce(A);
    if (status != Status::ok) return status;

    const index stride = spread_stride<T>(n);
    Lease<T> left(n * stride), right(n * stride);
    const Matrix<T> Xt{left.data(), n, n, stride, 1}, Yt{right.data(), n, n, stride, 1};
    if (B.is_direct()) {
        for (index i = 0; i < n * stride; ++i) left[i] = right[i] = T(0);
        set_identity(Xt);
        set_identity(Yt);
        status = bidiagonal_qr<T>(n, B.d.data(), B.e.data(), Xt, Yt);
    } else {
        status = bidiagonal_dc<T>(n, B.d.data(), B.e.data(), Xt, Yt);
    }
    if (status != Status::ok) return status;

    Lease<index> order(n);
    B.sort(order.data());
    for (index j = 0; j < n; ++j) {
        s[j] = B.value(order[j]);
        blas::copy<T>(Xt.block(order[j], 0, 1, n).transposed(), U.block(0, j, n, 1));
        blas::copy<T>(Yt.block(order[j], 0, 1, n), Vt.block(j, 0, 1, n));
    }
    apply_reflectors<T>(B.U(m), B.tau.data(), 0, false, U);
    apply_reflectors<T>(B.Vt().transposed(), B.sigma.data(), 1, false, Vt.transposed());
    return interrupted() ? Status::interrupted : Status::ok;
}

template <class T>
Status svd_values(MatrixIn<T> A, Vector<T> s) {
    if (A.rows < A.cols) return svd_values<T>(A.transposed(), s);
    const index n = A.cols;
    if (n == 0) return Status::ok;
    if (is_tall_for_svd(A.rows, n))
        if (const Status status = svd_of_r<T>(A, {}, s, {}); status != Status::not_finite) return status;
    Bidiagonal<T> B(A);
    const Status status = B.reduce(A);
    if (status != Status::ok) return status;
    Lease<double> values(n);
    bidiagonal_values(n, B.d.data(), B.e.data(), values.data());
    for (index j = 0; j < n; ++j) s[j] = T(std::scalbn(values[j], B.exponent));
    return interrupted() ? Status::interrupted : Status::ok;
}

template <class T>
Status svd_stack(SVD method, const Stack<4>& stack, MatrixIn<T> A, Matrix<T> U, Vector<T> s, Matrix<T> Vt, index& failed) {
    const double m = double(A.rows), n = double(A.cols);
    if (method == SVD::bidiagonal && svd_is_small(A.rows, A.cols)) return svd_small<T>(stack, A, U, s, Vt, failed);
    return for_each_matrix(stack, 10 * m * n * std::min(m, n), failed, [&](const index (&at)[4]) {
        const Matrix<const T> a = A.shifted(at[0]);
        const Matrix<T> u = U.shifted(at[1]), vt = Vt.shifted(at[3]);
        const Vector<T> values{s.data + at[2], s.size, s.stride};
        if (method == SVD::jacobi) return jacobi_svd<T>(a, u, values, vt);
        return u.data ? svd<T>(a, u, values, vt) : svd_values<T>(a, values);
    });
}

template Status svd<float>(Matrix<const float>, Matrix<float>, Vector<float>, Matrix<float>);
template Status svd<double>(Matrix<const double>, Matrix<double>, Vector<double>, Matrix<double>);
template Status svd_values<float>(Matrix<const float>, Vector<float>);
template Status svd_values<double>(Matrix<const double>, Vector<double>);
template Status svd_stack<float>(SVD, const Stack<4>&, Matrix<const float>, Matrix<float>, Vector<float>, Matrix<float>, index&);
template Status svd_stack<double>(SVD, const Stack<4>&, Matrix<const double>, Matrix<double>, Vector<double>, Matrix<double>, index&);

}  // namespace mlcore::linalg
