// QR by reflections, step 1: column after column.
//
//     c <- c - v (tau v^T c)         for each column c of C;   a reflection costs no more than subtracting a projection
//
//     v     C, by rows         one product and one subtraction for each column, both down the column:
//     |     . | . .            of every cache line that is fetched one number is used
//     |     . | . .
//     v     . v . .
//
// Flops  4 m n^2 - 4/3 n^3: half of them for R, half for Q. Classical Gram-Schmidt takes 2 m n^2, and loses digits.
// Loads  v and c for the product, v and c for the subtraction, and a store: across memory.
//
// The reflections themselves, and the loop over them: householder.hpp.
//
// Next: C = H C as a whole, along its rows.
#pragma GCC optimize("no-tree-vectorize")  // in steps 1 and 2; step 3 is about vectors

#include "ladder/householder.hpp"
#include "ladder/ladder.hpp"

namespace mlcore::ladder {

template <class T>
void qr_textbook(MatrixIn<T> A, Matrix<T> Q, Matrix<T> R) {
    householder<T>(A, Q, R, [](Vector<T> v, T tau, Matrix<T> C) {
        for (index k = 0; k < C.cols; ++k) {
            T sum = 0;
            for (index i = 0; i < C.rows; ++i) sum += v[i] * C(i, k);
            for (index i = 0; i < C.rows; ++i) C(i, k) -= tau * sum * v[i];
        }
    });
}

template void qr_textbook<float>(Matrix<const float>, Matrix<float>, Matrix<float>);
template void qr_textbook<double>(Matrix<const double>, Matrix<double>, Matrix<double>);

}  // namespace mlcore::ladder
