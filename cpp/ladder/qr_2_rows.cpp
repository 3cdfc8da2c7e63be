// QR by reflections, step 2: all columns at once, along the rows.
//
//     w = C^T v                 w^T  +=  v_i (row i of C)             for i = 0, 1, ...
//     C <- C - tau v w^T        row i of C  -=  tau v_i w^T           for i = 0, 1, ...
//
//     v     C                   The products of step 1 for all columns side by side: two loops have changed places, as in
//     x     ------>             step 2 of the matrix product. C is read twice from front to back, and the additions of one
//     .     . . . .             row do not wait for each other.
//     w     ------>
//
// Flops  as in step 1. Loads  C and w and a store for each two flops, in both halves; v_i stays in a register.
//
// Next: one number at a time.
#pragma GCC optimize("no-tree-vectorize")

#include "ladder/householder.hpp"
#include "ladder/ladder.hpp"

namespace mlcore::ladder {

template <class T>
void qr_rows(MatrixIn<T> A, Matrix<T> Q, Matrix<T> R) {
    Lease<T> sums(A.cols);
    T* w = sums.data();
    householder<T>(A, Q, R, [w](Vector<T> v, T tau, Matrix<T> C) {
        for (index k = 0; k < C.cols; ++k) w[k] = T(0);
        for (index i = 0; i < C.rows; ++i) {
            const T* c = &C(i, 0);
            for (index k = 0; k < C.cols; ++k) w[k] += v[i] * c[k];
        }
        for (index i = 0; i < C.rows; ++i) {
            T* c = &C(i, 0);
            for (index k = 0; k < C.cols; ++k) c[k] -= tau * v[i] * w[k];
        }
    });
}

template void qr_rows<float>(Matrix<const float>, Matrix<float>, Matrix<float>);
template void qr_rows<double>(Matrix<const double>, Matrix<double>, Matrix<double>);

}  // namespace mlcore::ladder
