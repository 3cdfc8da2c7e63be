// svd_solve: the shortest of the vectors that make ||A x - c|| least, by singular values, those up to limit s_0 taken for zero:
//
//     A = Q B P^T,   B = X diag(s) Y^T:       x = P Y diag(1 / s_i, or 0) X^T Q^T c
//
// None of Q, P, U = Q X and V = P Y is formed: reflections and rotations act on c instead, which is half of the work of svd where
// there are few right-hand sides. The parts are those of svd.cpp; of a small B, rotations are applied to Q^T c as they come.
//
// Up to order 8 it is svd_small that is used, whose small singular values are exact too.
//
// Source: LAPACK's gelsd, for the order of the steps.
#include "blas/blas.hpp"
#include "linalg/bidiagonal_form.hpp"

namespace mlcore::linalg {
namespace {

template <class T>
Status solve_small(Matrix<const T> A, Matrix<const T> C, double limit, Matrix<T> X, Vector<T> s) {
    const index n = A.cols;
    Lease<T> left(n * n), right(n * n), product(n * C.cols);
    const Matrix<T> U = row_major(left.data(), n, n), Vt = row_major(right.data(), n, n), G = row_major(product.data(), n, C.cols);
    index failed;
    const Status status = svd_small<T>({}, A, U, s, Vt, failed);
    if (status != Status::ok) return status;
    blas::gemm<T>(T(1), U.transposed(), C, T(0), G);
    for (index i = 0; i < n; ++i)
        for (index j = 0; j < C.cols; ++j) G(i, j) = double(s[i]) > limit * double(s[0]) ? G(i, j) / s[i] : T(0);
    blas::gemm<T>(T(1), Vt.transposed(), G, T(0), X);
    return Status::ok;
}

}  // namespace

// A: n x n; C, X: n x k. s: n, descending.
template <class T>
Status svd_solve(MatrixIn<T> A, MatrixIn<T> C, double limit, Matrix<T> X, Vector<T> s) {
    const index n = A.cols, k = C.cols;
    if (n == 0) return Status::ok;
    if (!(largest_element<T>(C) <= std::numeric_limits<T>::max())) return Status::not_finite;
    if (svd_is_small(n, n)) return solve_small<T>(A, C, limit, X, s);
    Bidiagonal<T> B(A);
    Status status = B.reduce(A);
    if (status != Status::ok) return status;

    const index stride = spread_stride<T>(n), padded = round_up(k, simd::lanes<T>);
    Lease<T> left(B.is_direct() ? 0 : n * stride), right(n * stride), first(n * padded), second(n * k);
    const Matrix<T> Xt{left.data(), n, n, stride, 1}, Yt{right.data(), n, n, stride, 1};
    const Matrix<T> G{first.data(), n, k, padded, 1}, Z = row_major(second.data(), n, k);
    for (index i = 0; i < n * padded; ++i) first[i] = T(0);
    blas::copy<T>(C, G);
    apply_reflectors<T>(B.U(n), B.tau.data(), 0, true, G);
    if (B.is_direct()) {
        for (index i = 0; i < n * stride; ++i) right[i] = T(0);
        set_identity(Yt);
        status = bidiagonal_qr<T>(n, B.d.data(), B.e.data(), G, Yt);
    } else {
        status = bidiagonal_dc<T>(n, B.d.data(), B.e.data(), Xt, Yt);
        if (status == Status::ok) {
            blas::gemm<T>(T(1), Xt, G, T(0), Z);
            blas::copy<T>(Z, G);
        }
    }
    if (status != Status::ok) return status;

    Lease<index> order(n);
    B.sort(order.data());
    for (index i = 0; i < n; ++i) s[i] = B.value(order[i]);
    const double least = limit * double(s[0]);
    for (index i = 0; i < n; ++i) {
        const bool counts = double(B.value(i)) > least;  // as rounded: the rank is counted from s
        for (index j = 0; j < k; ++j) G(i, j) = counts ? T(B.quotient(double(G(i, j)), i)) : T(0);
    }
    blas::gemm<T>(T(1), Yt.transposed(), G, T(0), Z);
    apply_reflectors<T>(B.Vt().transposed(), B.sigma.data(), 1, false, Z);
    blas::copy<T>(Z, X);
    return interrupted() ? Status::interrupted : Status::ok;
}

template Status svd_solve<float>(Matrix<const float>, Matrix<const float>, double, Matrix<float>, Vector<float>);
template Status svd_solve<double>(Matrix<const double>, Matrix<const double>, double, Matrix<double>, Vector<double>);

}  // namespace mlcore::linalg
