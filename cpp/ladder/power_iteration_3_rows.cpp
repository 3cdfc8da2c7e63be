// Power iteration, step 3: eight rows at a time.
//
//     row i      [a a a a] ->  sum 0
//     row i+1    [a a a a] ->  sum 1
//       ...         ...                      each vector of x is loaded once and used for eight rows
//     row i+7    [a a a a] ->  sum 7
//     x          [x x x x]
//
// Eight sums that do not wait for each other keep the multiply-add units busy, and of the two loads that each multiply-add
// needed (A and x) one is left. Registers: 8 sums and x of 16 or 32.
//
// Gain   in cache. Beyond it A comes at the pace of the memory, and eight rows read side by side are eight streams that the
//        hardware prefetches together.
//
// Next (cpp/blas/gemv.cpp): one core cannot ask for as much as the memory can deliver. Rows are shared out among threads.
#include "ladder/ladder.hpp"
#include "ladder/power_iteration.hpp"

namespace mlcore::ladder {
namespace {

using namespace simd;

// y[0:R] = A x for R rows of n elements, `step` apart.
template <int R, class T>
void multiply_rows(const T* a, index step, index n, const T* x, T* y) noexcept {
    constexpr index L = lanes<T>;
    Vec<T> sum[R] = {};
    index j = 0;
    for (; j + L <= n; j += L) {
        const Vec<T> xj = load(x + j);
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) sum[r] += load(a + r * step + j) * xj;
    }
    const Vec<T> xj = load_partial(x + j, n - j);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) y[r] = reduce_add<T>(sum[r] + load_partial(a + r * step + j, n - j) * xj);
}

}  // namespace

template <class T>
T power_iteration_rows(MatrixIn<T> A, index iterations, Vector<T> x) {
    return power_iterate(iterations, x, [A](Vector<T> x, Vector<T> y) {
        index i = 0;
        for (; i + 8 <= A.rows; i += 8) multiply_rows<8>(&A(i, 0), A.row_stride, A.cols, x.data, &y[i]);
        for (; i < A.rows; ++i) multiply_rows<1>(&A(i, 0), A.row_stride, A.cols, x.data, &y[i]);
    });
}

template float power_iteration_rows<float>(Matrix<const float>, index, Vector<float>);
template double power_iteration_rows<double>(Matrix<const double>, index, Vector<double>);

}  // namespace mlcore::ladder
