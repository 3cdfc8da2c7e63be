// gram_apply: Z = X^T (X V) for a narrow block V, in one read of X (n x d); X^T X is never formed.
//
//        V  d x b          X  n x d               Y = X V, a chunk        Z^T += Y^T X
//        +--+              +-----------+              +--+                +-----------+
//        |  |       x      |   chunk   |      =       |  |       ->       |           |  b x d
//        |  |              +-----------+              +--+                +-----------+
//        +--+              | ...       |
//
// A chunk of a few rows stays in L2 between the two products, both gemm_direct's. This is the step of an iteration for the
// leading singular vectors of X: 4 n d b flops each time, against n d^2 once for the Gram matrix and 2 d^2 b from then on.
//
// Contract: Z overlaps nothing. How rows are cut into chunks and groups depends on the sizes and the type alone; a group sums
// a Z^T of its own, and these are added in order: the same bits on any number of threads.
#include "blas/blas.hpp"
#include "core/lease.hpp"
#include "core/parallel.hpp"

namespace mlcore::blas {

template <class T>
void gram_apply(MatrixIn<T> X, MatrixIn<T> V, Matrix<T> Z) {
    const index n = X.rows, d = X.cols, b = V.cols;
    if (d == 0 || b == 0) return;
    constexpr index chunk_elements = 384 * 1024 / index(sizeof(T)), least = 8, most = 64;
    index rows = chunk_elements / d / 8 * 8;
    rows = rows < least ? least : rows > most ? most : rows;
    // At most 32 groups, whose sums together take no more than an eighth of the memory of X.
    index groups = n / (8 * b) < 32 ? n / (8 * b) : 32;
    if (groups < 1) groups = 1;
    const index per_group = ceil_div(ceil_div(n, rows), groups) * rows;
    groups = n > 0 ? ceil_div(n, per_group) : 1;

    Lease<T> v(d * b), sums(groups * b * d);
    const Matrix<T> dense = row_major(v.data(), d, b);
    copy<T>(V, dense);
    parallel_for_work(groups, 2 * double(n) * double(d) * double(b), [&](index g, int) {
        const Matrix<T> Zt = row_major(sums.data() + g * b * d, b, d);
        for (index i = 0; i < b * d; ++i) Zt.data[i] = T(0);
        Lease<T> y(rows * b), gathered(X.col_stride == 1 ? 0 : rows * d);
        const index end = (g + 1) * per_group < n ? (g + 1) * per_group : n;
        for (index p = g * per_group; p < end && !interrupted(); p += rows) {
            const index count = end - p < rows ? end - p : rows;
            Matrix<const T> chunk = X.block(p, 0, count, d);
            if (X.col_stride != 1) {
                copy<T>(chunk, row_major(gathered.data(), count, d));
                chunk = row_major<const T>(gathered.data(), count, d);
            }
            const Matrix<T> Y = row_major(y.data(), count, b);
            gemm_direct<T>(T(1), chunk, dense, T(0), Y);
            gemm_direct<T>(T(1), Y.transposed(), chunk, T(1), Zt);
            poll_interrupt();
        }
    });
    if (interrupted()) return;
    for (index g = 1; g < groups; ++g)
        for (index i = 0; i < b * d; ++i) sums[i] += sums[g * b * d + i];
    copy<T>(row_major<const T>(sums.data(), b, d).transposed(), Z);
}

template void gram_apply<float>(Matrix<const float>, Matrix<const float>, Matrix<float>);
template void gram_apply<double>(Matrix<const double>, Matrix<const double>, Matrix<double>);

}  // namespace mlcore::blas
