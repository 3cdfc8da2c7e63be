// Classical Gram-Schmidt: all coefficients of a column from the column as it came,
//
//     h = Q^T a_j,     v = a_j - Q h,     r_jj = |v|,     q_j = v / r_jj.
//
// Two matrix-vector products for each column. Rounding errors in h are not seen by later subtractions, so that
// ||I - Q^T Q|| grows like eps kappa(A)^2: the least accurate of the four.
//
// Flops 2 m n^2. Source: L. Giraud, J. Langou, M. Rozloznik, "The Loss of Orthogonality in the Gram-Schmidt
// Orthogonalization Process", Computers and Mathematics with Applications 50, 2005.
#include "core/interrupt.hpp"
#include "linalg/gram_schmidt.hpp"

namespace mlcore::linalg {

template <class T>
void gram_schmidt_classical(Matrix<T> Q, Matrix<T> R, Scalar<T> rtol, bool* dependent) {
    index rank = 0;
    for (index j = 0; j < Q.cols; ++j) {
        poll_interrupt();
        if (interrupted()) return;
        const Vector<T> v = Q.col(j), h = R.col(j).part(0, j);
        const T before = blas::nrm2<T>(v);
        const Matrix<T> previous = Q.block(0, 0, Q.rows, j);
        blas::gemv<T>(T(1), previous.transposed(), v, T(0), h);
        blas::gemv<T>(T(-1), previous, h, T(1), v);
        const T length = rank < Q.rows ? blas::nrm2<T>(v) : T(0);  // there are no more than m directions
        dependent[j] = normalize_or_drop<T>(v, length, before, rtol, R(j, j));
        rank += !dependent[j];
    }
}

template void gram_schmidt_classical<float>(Matrix<float>, Matrix<float>, float, bool*);
template void gram_schmidt_classical<double>(Matrix<double>, Matrix<double>, double, bool*);

}  // namespace mlcore::linalg
