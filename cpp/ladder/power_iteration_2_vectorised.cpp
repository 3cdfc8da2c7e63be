// Power iteration, step 2: L sums at once, one in each lane of a register.
//
//     row of A   [a a a a a a a a] [a a a a a a a a] ...
//                 * * * * * * * *   * * * * * * * *
//     x          [x x x x x x x x] [x x x x x x x x] ...
//                 + + + + + + + + <-+ + + + + + + +         added lane by lane, the lanes added up at the end of the row
//
// The sum is regrouped, and its last digit may change: no compiler does this unless told that it may.
//
// Gain   L multiply-adds for each wait instead of one: eightfold in float64, if A comes fast enough.
//
// Next: still a single chain of additions, and x is loaded again for every row.
#include "ladder/ladder.hpp"
#include "ladder/power_iteration.hpp"

namespace mlcore::ladder {

template <class T>
T power_iteration_vectorised(MatrixIn<T> A, index iterations, Vector<T> x) {
    using namespace simd;
    return power_iterate(iterations, x, [A](Vector<T> x, Vector<T> y) {
        constexpr index L = lanes<T>;
        for (index i = 0; i < A.rows; ++i) {
            const T* a = &A(i, 0);
            Vec<T> sum{};
            index j = 0;
            for (; j + L <= A.cols; j += L) sum += load(a + j) * load(x.data + j);
            sum += load_partial(a + j, A.cols - j) * load_partial(x.data + j, A.cols - j);
            y[i] = reduce_add<T>(sum);
        }
    });
}

template float power_iteration_vectorised<float>(Matrix<const float>, index, Vector<float>);
template double power_iteration_vectorised<double>(Matrix<const double>, index, Vector<double>);

}  // namespace mlcore::ladder
