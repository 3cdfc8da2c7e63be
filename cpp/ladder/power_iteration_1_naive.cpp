// Power iteration, step 1: the product A x as it is defined.
//
//     y_i = sum over j of  A_ij x_j            one row after the other, one product after the other
//
// Flops  2 n^2 for each product, in every step of this ladder.
// Bytes  n^2 numbers: A is read once for each product, and each of its elements is used once. There is nothing to keep in
//        a cache but x, and no order of the loops that would read less. Memory is the limit, if we get that far.
// Waits  every addition for the one before it: 4 cycles for each multiply-add.
//
// Next: as many sums as a register has lanes.
#pragma GCC optimize("no-tree-vectorize")

#include "ladder/ladder.hpp"
#include "ladder/power_iteration.hpp"

namespace mlcore::ladder {

template <class T>
T power_iteration_naive(MatrixIn<T> A, index iterations, Vector<T> x) {
    return power_iterate(iterations, x, [A](Vector<T> x, Vector<T> y) {
        for (index i = 0; i < A.rows; ++i) {
            T sum = 0;
            for (index j = 0; j < A.cols; ++j) sum += A(i, j) * x[j];
            y[i] = sum;
        }
    });
}

template float power_iteration_naive<float>(Matrix<const float>, index, Vector<float>);
template double power_iteration_naive<double>(Matrix<const double>, index, Vector<double>);

}  // namespace mlcore::ladder
