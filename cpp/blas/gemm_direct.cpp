// gemm_direct: C = alpha A B + beta C where copying operands would cost more than it saves: B is small enough to stay in
// L1 or L2 as it lies. B must be row-major; A may have any strides.
//
//     row blocks                                       [one task each when the product is worth sharing]
//       columns of C, up to 6 vectors wide             widths as equal as possible: 7 vectors are 4 + 3, not 6 + 1
//         row tiles, 4 high (8 of a single vector)     microkernel.hpp; the last one lower: a table finds its kernel
//
// The same call serves `count` products whose operands lie at even steps in memory. Tiles are low and wide, so that B and C
// are gone through from front to back: 16 x 16 products that come from memory then run at the speed of the stream, while tiles
// of 8 x 3 vectors, as good in L1, take half as long again, because the prefetcher does not follow half rows.
#include <utility>

#include "blas/blas.hpp"
#include "blas/blocking.hpp"
#include "blas/microkernel.hpp"
#include "core/parallel.hpp"

namespace mlcore::blas {
namespace {

using simd::lanes;

// A column of tiles, in each product of a stack.
template <class T>
struct Column {
    index m, n, k;
    const T *A, *B;
    T* C;
    index a_row, a_col, b_row, c_row;
    T alpha, beta;
    EvenStack stack;
};

struct Range {
    index first, end;
};

// Rows at a time, in each of the products. Products and rows are loops in here: in a product of 3 x 3 matrices the call
// itself would cost as much as the arithmetic.
template <class T, int Rows, int Vectors, bool Masked>
void tiles(const Column<T>& c, Range products, Range rows, index last) noexcept {
    for (index s = products.first; s < products.end; ++s)
        for (index i = rows.first; i < rows.end; i += Rows) {
            Tile<T, Rows, Vectors> tile;
            const T *A = c.A + s * c.stack.a_step + i * c.a_row, *B = c.B + s * c.stack.b_step;
            if (c.a_col == 1)  // the usual case: the compiler then needs no product for the address of A[i, p]
                tile.template multiply<Masked>(c.k, A, c.a_row, 1, B, c.b_row, last);
            else
                tile.template multiply<Masked>(c.k, A, c.a_row, c.a_col, B, c.b_row, last);
            tile.update(c.C + s * c.stack.c_step + i * c.c_row, c.c_row, last, c.alpha, c.beta);
        }
}

template <class T>
using Tiles = void (*)(const Column<T>&, Range products, Range rows, index last) noexcept;

template <class T, int Vectors, bool Masked, int... I>
Tiles<T> kernel_of_height(index rows, std::integer_sequence<int, I...>) noexcept {
    static constexpr Tiles<T> kernels[] = {tiles<T, I + 1, Vectors, Masked>...};
    return kernels[rows - 1];
}

template <class T, int Vectors = Blocking<T>::direct_vectors>
Tiles<T> kernel(index rows, index vectors, bool masked) noexcept {
    if constexpr (Vectors > 1)
        if (vectors < Vectors) return kernel<T, Vectors - 1>(rows, vectors, masked);
    constexpr std::make_integer_sequence<int, Blocking<T>::direct_rows(Vectors)> heights;
    return masked ? kernel_of_height<T, Vectors, true>(rows, heights) : kernel_of_height<T, Vectors, false>(rows, heights);
}

template <class T>
void multiply_column(const Column<T>& c) noexcept {
    const index vectors = ceil_div(c.n, lanes<T>), last = c.n - (vectors - 1) * lanes<T>;
    const index height = Blocking<T>::direct_rows(int(vectors)), whole = c.m / height * height;
    const bool masked = last < lanes<T>;
    const Tiles<T> full = whole > 0 ? kernel<T>(height, vectors, masked) : nullptr;
    const Tiles<T> rest = whole < c.m ? kernel<T>(c.m - whole, vectors, masked) : nullptr;
    // Two kernels take turns product by product, so that memory is gone through from front to back.
    const index step = full && rest ? 1 : c.stack.count;
    for (index s = 0; s < c.stack.count; s += step) {
        if (full) full(c, {s, s + step}, {0, whole}, last);
        if (rest) rest(c, {s, s + step}, {whole, c.m}, last);
    }
}

}  // namespace

template <class T>
void gemm_direct(Scalar<T> alpha, MatrixIn<T> A, MatrixIn<T> B, Scalar<T> beta, Matrix<T> C, EvenStack stack) {
    constexpr index L = lanes<T>, block = 32;
    const auto rows = [&](index i, index m) {
        index vectors = ceil_div(C.cols, L), j = 0;
        for (index columns = ceil_div(vectors, index(Blocking<T>::direct_vectors)); columns > 0; --columns) {
            const index now = ceil_div(vectors, columns), left = C.cols - j;
            multiply_column<T>({m, left < now * L ? left : now * L, A.cols, A.data + i * A.row_stride, B.data + j,
                                C.data + i * C.row_stride + j, A.row_stride, A.col_stride, B.row_stride, C.row_stride, alpha, beta,
                                stack});
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
