// gemm_direct: C = alpha A B + beta C where copying operands would cost more than it saves: B is small enough to stay in
// L1 or L2 as it lies. B must be row-major; A may have any strides.
//
//     columns of C, up to 3 vectors wide            widths as equal as possible: 7 vectors are 3 + 2 + 2, not 3 + 3 + 1
//       row blocks                                  [one task each when the product is worth sharing]
//         row tiles, MR high, the last one lower    tile_column.hpp
//
// The same call serves `count` products whose operands lie at even steps in memory.
#include "blas/blas.hpp"
#include "blas/blocking.hpp"
#include "blas/tile_column.hpp"
#include "core/parallel.hpp"

namespace mlcore::blas {

template <class T>
void gemm_direct(Scalar<T> alpha, MatrixIn<T> A, MatrixIn<T> B, Scalar<T> beta, Matrix<T> C, EvenStack stack) {
    constexpr index L = simd::lanes<T>, block = 4 * Blocking<T>::MR;
    const auto rows = [&](index i, index m) {
        index vectors = ceil_div(C.cols, L), j = 0;
        for (index tiles = ceil_div(vectors, index(Blocking<T>::NV)); tiles > 0; --tiles) {
            const index now = ceil_div(vectors, tiles), left = C.cols - j;
            tile_column<T>({m, left < now * L ? left : now * L, A.cols, A.data + i * A.row_stride, B.data + j,
                            C.data + i * C.row_stride + j, A.row_stride, A.col_stride, B.row_stride, C.row_stride, alpha, beta,
                            false, stack.count, stack.a_step, stack.b_step, stack.c_step});
            j += now * L;
            vectors -= now;
        }
    };
    const double work = double(C.rows) * double(C.cols) * double(A.cols);
    if (stack.count > 1 || work < parallel_threshold) {
        rows(0, C.rows);
        return;
    }
    // Tasks of whole blocks, each with about a quarter of the smallest shared amount of work.
    const index each = block * (1 + index(parallel_threshold / 4 / (double(block) * double(C.cols) * double(A.cols))));
    parallel_for_work(ceil_div(C.rows, each), work, [&](index task, int) {
        rows(task * each, C.rows - task * each < each ? C.rows - task * each : each);
    });
}

template void gemm_direct<float>(float, Matrix<const float>, Matrix<const float>, float, Matrix<float>, EvenStack);
template void gemm_direct<double>(double, Matrix<const double>, Matrix<const double>, double, Matrix<double>, EvenStack);

}  // namespace mlcore::blas
