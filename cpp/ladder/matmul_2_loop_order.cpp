// Matrix product, step 2: the loop over j goes inside.
//
//     row i of C  +=  A_ip * (row p of B)
//
//     A               B               C
//     . . . .         . . . .         . . . .
//     . a . .    x    ------>    =    ------>        one number of A times a row of B, added to a row of C
//     . . . .         . . . .         . . . .
//
// The sums are the same, term by term; two loops have changed places. Now the inner loop walks B and C along their rows:
// every byte of every cache line is used, the hardware sees what comes next and fetches it, and the additions of one
// inner loop do not wait for each other.
//
// Loads  one of B, one of C, and a store of C for each multiply-add; A_ip stays in a register.
//
// Next: B is read from end to end for every row of C. Once it is larger than a cache, it comes from the next one each time.
#pragma GCC optimize("no-tree-vectorize")

#include "ladder/ladder.hpp"
#include "ladder/steps.hpp"

namespace mlcore::ladder {

template <class T>
void matmul_loop_order(MatrixIn<T> A, MatrixIn<T> B, Matrix<T> C) noexcept {
    set_zero(C);
    for (index i = 0; i < C.rows; ++i) {
        if (stopped()) return;
        T* c = &C(i, 0);
        for (index p = 0; p < A.cols; ++p) {
            const T a = A(i, p);
            const T* b = &B(p, 0);
            for (index j = 0; j < C.cols; ++j) c[j] += a * b[j];
        }
    }
}

template void matmul_loop_order<float>(Matrix<const float>, Matrix<const float>, Matrix<float>) noexcept;
template void matmul_loop_order<double>(Matrix<const double>, Matrix<const double>, Matrix<double>) noexcept;

}  // namespace mlcore::ladder
