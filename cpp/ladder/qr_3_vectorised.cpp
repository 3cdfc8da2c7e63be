// QR by reflections, step 3: L numbers at a time.
//
//     w^T  +=  v_i (row i of C),       row i of C  -=  tau v_i w^T         (axpy in vectors.hpp)
//
// The loops are those of step 2, said in words. They need no change of any sum's order: the L additions at once belong to L
// columns.
//
// Flops  as before. Loads  4 and 2 stores for 2 multiply-adds, L of each at once.
// Bytes  C is read twice and written once for each reflection. At 1000 x 200 it is 1.6 MB, more than L2 holds on many
//        machines, and L3 or the memory sets the pace.
//
// Next: read C once.
#include "ladder/householder.hpp"
#include "ladder/ladder.hpp"
#include "ladder/vectors.hpp"

namespace mlcore::ladder {

template <class T>
void qr_vectorised(MatrixIn<T> A, Matrix<T> Q, Matrix<T> R) {
    Lease<T> sums(A.cols);
    T* w = sums.data();
    householder<T>(A, Q, R, [w](Vector<T> v, T tau, Matrix<T> C) {
        for (index k = 0; k < C.cols; ++k) w[k] = T(0);
        for (index i = 0; i < C.rows; ++i) axpy<T>(C.cols, v[i], &C(i, 0), w);
        for (index i = 0; i < C.rows; ++i) axpy<T>(C.cols, -tau * v[i], w, &C(i, 0));
    });
}

template void qr_vectorised<float>(Matrix<const float>, Matrix<float>, Matrix<float>);
template void qr_vectorised<double>(Matrix<const double>, Matrix<double>, Matrix<double>);

}  // namespace mlcore::ladder
