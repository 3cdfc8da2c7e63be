// cholesky_update, cholesky_downdate: the factor of L L^T + x x^T, and of L L^T - x x^T, from L, by plane rotations.
//
//     update      | L  x | J_0 J_1 ... = | L'  0 |      J_k in columns k and n makes x_k zero: c = l_kk / r, s = x_k / r
//
//     downdate    | L  0 | J_n-1 ... J_0 = | L'  x |    with the rotations that take (p, alpha) to (0, 1), L p = x,
//                                                       alpha = sqrt(1 - p^T p)
//
// The second is the first read backwards. Subtracting is possible if and only if p^T p < 1, since L L^T - x x^T =
// L (I - p p^T) L^T; nothing is written before that is known. Row after row of L is gone through from one end to the other, with
// the rotations in a list.
//
// Flops 3 n^2, and n^2 more for p. Both are stable: the result is the factor of a matrix within a few n eps |L'| of the right one,
// and for the downdate |L|: where nearly all of the matrix is taken away, few digits of the rest are right.
//
// Source: P. Gill, G. Golub, W. Murray, M. Saunders, "Methods for Modifying Matrix Factorizations", Math. Comp. 28, 1974;
// G. Stewart, "The Effects of Rounding Error on an Algorithm for Downdating a Cholesky Factorization", J. Inst. Math. Appl. 23, 1979.
#include <cmath>
#include <limits>

#include "blas/blas.hpp"
#include "core/lease.hpp"
#include "linalg/linalg.hpp"

namespace mlcore::linalg {

// x: n contiguous numbers, overwritten. Rows of L are contiguous.
template <class T>
void cholesky_update(Matrix<T> L, T* x) {
    const index n = L.rows;
    Lease<T> rotations(2 * n);
    T *c = rotations.data(), *s = c + n;
    for (index i = 0; i < n; ++i) {
        T *l = L.data + i * L.row_stride, left = x[i];
        for (index k = 0; k < i; ++k) {
            const T a = l[k];
            l[k] = c[k] * a + s[k] * left;
            left = c[k] * left - s[k] * a;
        }
        const T r = std::hypot(l[i], left);
        c[i] = l[i] / r;
        s[i] = left / r;
        l[i] = r;
    }
}

// False, and L is untouched, if the result would not be positive definite.
template <class T>
bool cholesky_downdate(Matrix<T> L, T* x) {
    const index n = L.rows;
    Lease<T> rotations(2 * n);
    T *c = rotations.data(), *p = rotations.data() + n;
    for (index i = 0; i < n; ++i) p[i] = x[i];
    blas::trsm<T>(blas::Side::left, blas::Triangle::lower, blas::Diagonal::stored, L, {p, n, 1, 1, 1});
    const T length = blas::nrm2<T>({p, n, 1}), square = (1 - length) * (1 + length);
    if (!(square > T(n) * std::numeric_limits<T>::epsilon())) return false;
    T alpha = std::sqrt(square);
    for (index k = n - 1; k >= 0; --k) {
        const T r = std::hypot(alpha, p[k]);
        c[k] = alpha / r;
        p[k] /= r;
        alpha = r;
    }
    for (index i = 0; i < n; ++i) {
        T *l = L.data + i * L.row_stride, taken = 0;
        for (index k = i; k >= 0; --k) {
            const T a = l[k];
            l[k] = c[k] * a - p[k] * taken;
            taken = c[k] * taken + p[k] * a;
        }
    }
    return true;
}

template void cholesky_update<float>(Matrix<float>, float*);
template void cholesky_update<double>(Matrix<double>, double*);
template bool cholesky_downdate<float>(Matrix<float>, float*);
template bool cholesky_downdate<double>(Matrix<double>, double*);

}  // namespace mlcore::linalg
