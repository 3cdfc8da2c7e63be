// Modified Gram-Schmidt: each coefficient from what the earlier subtractions have left,
//
//     for i = 0, ..., j-1:    r_ij = q_i . v,    v <- v - r_ij q_i.
//
// The same formula as the classical method in exact arithmetic; but errors made at q_i are seen, and removed, by the
// products after it, and ||I - Q^T Q|| grows only like eps kappa(A). The price is vector operations instead of
// matrix-vector products.
//
// Flops 2 m n^2. Source: A. Bjorck, "Solving Linear Least Squares Problems by Gram-Schmidt Orthogonalization", BIT 7, 1967.
#include "core/interrupt.hpp"
#include "linalg/gram_schmidt.hpp"

namespace mlcore::linalg {

template <class T>
void gram_schmidt_modified(Matrix<T> Q, Matrix<T> R, Scalar<T> rtol, bool* dependent) {
    index rank = 0;
    for (index j = 0; j < Q.cols; ++j) {
        const Vector<T> v = Q.col(j);
        const T before = blas::nrm2<T>(v);
        for (index i = 0; i < j; ++i) {
            if (dependent[i]) continue;
            poll_interrupt();
            if (interrupted()) return;
            R(i, j) = blas::dot<T>(Q.col(i), v);
            blas::axpy<T>(-R(i, j), Q.col(i), v);
        }
        const T length = rank < Q.rows ? blas::nrm2<T>(v) : T(0);  // there are no more than m directions
        dependent[j] = normalize_or_drop<T>(v, length, before, rtol, R(j, j));
        rank += !dependent[j];
    }
}

template void gram_schmidt_modified<float>(Matrix<float>, Matrix<float>, float, bool*);
template void gram_schmidt_modified<double>(Matrix<double>, Matrix<double>, double, bool*);

}  // namespace mlcore::linalg
