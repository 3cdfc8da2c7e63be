// Matrix product, step 1: the definition.
//
//     C_ij = sum over p of  A_ip B_pj          A (m x k), B (k x n), C (m x n), all by rows
//
//     A               B               C
//     . . . .         . | . .         . . . .
//     ------>    x    . | . .    =    . c . .        a row of A times a column of B
//     . . . .         . v . .         . . . .
//
// Flops  2 m n k. Every step of this ladder does the same flops; only the order changes, and with it what is waited for.
// Loads  one of A, one of B for each multiply-add. B is walked down a column: each element lies in another cache line,
//        whose other elements are gone again by the time they are wanted.
// And each addition waits for the one before it: a single chain, 4 cycles a link, where the unit could begin two a cycle.
//
// Next: walk all three matrices along their rows.
#pragma GCC optimize("no-tree-vectorize")  // in steps 1 to 3, to see each idea alone; step 4 is about vectors

#include "ladder/ladder.hpp"
#include "ladder/steps.hpp"

namespace mlcore::ladder {

template <class T>
void matmul_naive(MatrixIn<T> A, MatrixIn<T> B, Matrix<T> C) noexcept {
    for (index i = 0; i < C.rows; ++i) {
        if (stopped()) return;
        for (index j = 0; j < C.cols; ++j) {
            T sum = 0;
            for (index p = 0; p < A.cols; ++p) sum += A(i, p) * B(p, j);
            C(i, j) = sum;
        }
    }
}

template void matmul_naive<float>(Matrix<const float>, Matrix<const float>, Matrix<float>) noexcept;
template void matmul_naive<double>(Matrix<const double>, Matrix<const double>, Matrix<double>) noexcept;

}  // namespace mlcore::ladder
