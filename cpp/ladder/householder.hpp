// QR by Householder's reflections: what the steps of that ladder share.
//
//     H = I - tau v v^T,   v_0 = 1,   tau = 2 / v^T v        symmetric, orthogonal: a mirror
//
//     v is chosen such that  H x = beta e_0,   |beta| = ||x||:     | x x x |      | b x x |      | b x x |
//     zeros below the first element.                               | x x x |  H0  | 0 x x |  H1  | 0 b x |
//                                                                  | x x x |  ->  | 0 x x |  ->  | 0 0 x |
//     H_{n-1} ... H_1 H_0 A = R,    Q = H_0 H_1 ... H_{n-1}        | x x x |      | 0 x x |      | 0 0 x |
//
// Gram-Schmidt makes the columns of A orthogonal by triangular operations, which may amplify errors; here A is made
// triangular by orthogonal ones, which cannot. ||I - Q^T Q|| is some eps for every A, also one without independent columns.
//
// Source: A. Householder, "Unitary triangularization of a nonsymmetric matrix", J. ACM 5(4), 1958; G. Golub, C. Van Loan,
// "Matrix Computations", 4th ed., section 5.2.
#pragma once

#include <cmath>

#include "core/lease.hpp"
#include "ladder/steps.hpp"

namespace mlcore::ladder {

// Turns x into v, and returns beta. Its sign is opposite to that of x_0, so that nothing cancels in x_0 - beta. tau = 0 and
// H = I where there is nothing below x_0 to reflect. In units of the largest element no square overflows, and numbers that
// are subnormal, of which dependent columns leave nothing else in the end, give as good a reflection as others.
template <class T>
T reflect(Vector<T> x, T& tau) noexcept {
    T unit = 0, squares = 0;
    for (index i = 0; i < x.size; ++i) unit = std::fabs(x[i]) > unit ? std::fabs(x[i]) : unit;
    if (unit == T(0)) unit = 1;
    for (index i = 0; i < x.size; ++i) x[i] /= unit;
    for (index i = 1; i < x.size; ++i) squares += x[i] * x[i];
    const T alpha = x[0];
    x[0] = T(1);
    tau = 0;
    if (squares == T(0)) return unit * alpha;
    const T beta = -std::copysign(std::sqrt(alpha * alpha + squares), alpha);
    tau = (beta - alpha) / beta;
    for (index i = 1; i < x.size; ++i) x[i] /= alpha - beta;
    return unit * beta;
}

// apply(v, tau, C) sets C = H C. It is the one thing that steps 1 to 3 change; each of them hands its own to this loop.
// The vectors v replace the columns of a copy of A; Q is formed from the last reflection to the first, so that each of them
// meets only what the later ones have filled.
template <class T, class Apply>
void householder(MatrixIn<T> A, Matrix<T> Q, Matrix<T> R, Apply&& apply) {
    const index m = A.rows, n = A.cols;
    Lease<T> copied(m * n), tau(n);
    const Matrix<T> V = row_major(copied.data(), m, n);
    copy(A, V);
    set_zero(R);
    for (index j = 0; j < n; ++j) {
        if (stopped()) return;
        const Vector<T> v = V.col(j).part(j, m - j);
        R(j, j) = reflect(v, tau[j]);
        apply(v, tau[j], V.block(j, j + 1, m - j, n - j - 1));
        for (index k = j + 1; k < n; ++k) R(j, k) = V(j, k);
    }
    set_identity(Q);
    for (index j = n - 1; j >= 0; --j) {
        if (stopped()) return;
        apply(V.col(j).part(j, m - j), tau[j], Q.block(j, j, m - j, n - j));
    }
}

// qr_4_fused.cpp: the reflections alone, V in the place of A with zeros above the diagonal, R's upper triangle.
template <class T>
void reflect_columns(Matrix<T> A, T* tau, Matrix<T> R);

}  // namespace mlcore::ladder
