// outer: the matrix of all products  A_ij = x_i y_j,  A (m x n), any strides.
//
// Flops mn; bytes: A written once (and, on most processors, read before it is written), so the speed is that of writing
// memory. Each row is y, which stays in cache, times one number.
//
// Contract: A overlaps neither x nor y. Each element is one multiplication.
#include "blas/blas.hpp"
#include "blas/pieces.hpp"
#include "core/lease.hpp"

namespace mlcore::blas {

using namespace simd;

template <class T>
void outer(VectorIn<T> x, VectorIn<T> y, Matrix<T> A) {
    if (A.col_stride != 1 && A.row_stride == 1) return outer<T>(y, x, A.transposed());
    const index m = A.rows, n = A.cols;
    if (m == 0 || n == 0) return;
    if (y.stride != 1 && n > 1) {
        Lease<T> dense(n);
        for (index j = 0; j < n; ++j) dense[j] = y[j];
        return outer<T>(x, Vector<const T>{dense.data(), n, 1}, A);
    }
    const index rows = 1 + piece_size / n;
    parallel_for_work(ceil_div(m, rows), double(m) * double(n) * sizeof(T), [&](index task, int) {
        for (index i = task * rows; i < m && i < (task + 1) * rows; ++i) {
            T* a = A.data + i * A.row_stride;
            const T factor = x[i];
            if (A.col_stride != 1) {
                for (index j = 0; j < n; ++j) a[j * A.col_stride] = factor * y.data[j];
                continue;
            }
            const Vec<T> f = broadcast(factor);
            index j = 0;
            for (; j + lanes<T> <= n; j += lanes<T>) store(a + j, f * load(y.data + j));
            if (j < n) store_partial(a + j, f * load_partial(y.data + j, n - j), n - j);
        }
    });
}

template void outer<float>(Vector<const float>, Vector<const float>, Matrix<float>);
template void outer<double>(Vector<const double>, Vector<const double>, Matrix<double>);

}  // namespace mlcore::blas
