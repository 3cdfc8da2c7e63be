// gemv: the product of a matrix and a vector  y = alpha A x + beta y,  A (m x n), any strides.
//
// START READING at `gemv` at the end of the file.
//
// Each element of A is used once, so the memory that holds A is the limit and A is read along its contiguous axis:
//
//     rows contiguous: four dot products at a time        columns contiguous: four columns added at a time
//
//              x                                             x0 x1 x2 x3
//         +----------+                                      +--+--+--+--+   y
//      y  | ->  ->   |   x is loaded once for four rows     || || || |  |  += tile of 2048 rows, in L1
//         | ->  ->   |                                      |v |v |v |v |     (its sums are loaded and stored once
//         +----------+                                      +--+--+--+--+     for four columns)
//
// A^T x is the same with rows and columns exchanged: pass A.transposed(). Any other strides: the rows of one task are copied
// side by side first.
//
// Flops 2mn; bytes: A once. The sum over n is cut into pieces by its length (rows: 8192 columns, summed in two chains of
// vectors; columns: 256 columns in groups of four), the pieces are added in order: the bits depend on the shape and on
// which axis is contiguous, not on the threads.
// Contract: y overlaps neither A nor x. beta = 0 does not read y.
#include "blas/blas.hpp"
#include "blas/pieces.hpp"
#include "core/lease.hpp"

namespace mlcore::blas {
namespace {

using namespace simd;

#ifdef MLCORE_TINY_BLOCKS
constexpr index row_piece = 128, row_task_elements = 512;
constexpr index column_tile = 128, column_block = 8, column_task_elements = 512;
#else
constexpr index row_piece = 8192, row_task_elements = 16384;
constexpr index column_tile = 2048, column_block = 256, column_task_elements = 32768;
#endif
constexpr index max_sum_tasks = 64;  // along the sum

template <class T>
void finish(Vector<T> y, index i, T sum, T alpha, T beta) noexcept {
    y[i] = beta == T(0) ? alpha * sum : alpha * sum + beta * y[i];
}

// ---- rows contiguous ----

// out[0:R] = A x for R rows of n elements.
template <class T, int R>
MLCORE_INLINE void dot_rows(const T* A, index ld, const T* x, index n, T* out) noexcept {
    constexpr index L = lanes<T>;
    Vec<T> even[R] = {}, odd[R] = {};
    index j = 0;
    for (; j + 2 * L <= n; j += 2 * L) {
        const Vec<T> x0 = load(x + j), x1 = load(x + j + L);
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) {
            even[r] += load(A + r * ld + j) * x0;
            odd[r] += load(A + r * ld + j + L) * x1;
        }
    }
    if (j + L <= n) {
        const Vec<T> x0 = load(x + j);
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) even[r] += load(A + r * ld + j) * x0;
        j += L;
    }
    if (j < n) {
        const Vec<T> x0 = load_partial(x + j, n - j);
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) odd[r] += load_partial(A + r * ld + j, n - j) * x0;
    }
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) out[r] = reduce_add<T>(even[r] + odd[r]);
}

// A x for a block with contiguous rows; done(i, sum) receives the results.
template <class T, class Done>
void dot_block(Matrix<const T> A, const T* x, Done&& done) noexcept {
    T sums[4];
    index i = 0;
    for (; i + 4 <= A.rows; i += 4) {
        dot_rows<T, 4>(A.data + i * A.row_stride, A.row_stride, x, A.cols, sums);
        for (int r = 0; r < 4; ++r) done(i + r, sums[r]);
    }
    for (; i < A.rows; ++i) {
        dot_rows<T, 1>(A.data + i * A.row_stride, A.row_stride, x, A.cols, sums);
        done(i, sums[0]);
    }
}

template <class T>
void gemv_rows(T alpha, Matrix<const T> A, const T* x, T beta, Vector<T> y) {
    const index m = A.rows, n = A.cols;
    const index pieces = n ? ceil_div(n, row_piece) : 1, width = n < row_piece ? n : row_piece;
    const index rows = round_up(1 + row_task_elements / (width + 1), 4), row_tasks = ceil_div(m, rows);
    const auto block_of = [&](index task, index piece, auto&& done) {
        const index i = task * rows, j = piece * row_piece;
        Matrix<const T> block = A.block(i, j, m - i < rows ? m - i : rows, n - j < row_piece ? n - j : row_piece);
        if (block.col_stride == 1) {
            dot_block(block, x + j, [&](index r, T sum) { done(i + r, sum); });
        } else {
            Lease<T> dense(block.rows * block.cols);
            copy<T>(block, row_major(dense.data(), block.rows, block.cols));
            dot_block<T>(row_major<const T>(dense.data(), block.rows, block.cols), x + j, [&](index r, T sum) { done(i + r, sum); });
        }
    };
    const double bytes = double(m) * double(n) * sizeof(T);
    if (pieces == 1) {
        parallel_for_work(row_tasks, bytes, [&](index task, int) {
            block_of(task, 0, [&](index i, T sum) { finish(y, i, sum, alpha, beta); });
        });
        return;
    }
    Lease<T> partial(pieces * m);
    T* sums = partial.data();
    parallel_for_work(row_tasks * pieces, bytes, [&](index task, int) {
        T* out = sums + task % pieces * m;
        block_of(task / pieces, task % pieces, [=](index i, T sum) { out[i] = sum; });
    });
    for (index i = 0; i < m; ++i) {
        double sum = 0;
        for (index piece = 0; piece < pieces; ++piece) sum += double(sums[piece * m + i]);
        finish(y, i, T(sum), alpha, beta);
    }
}

// ---- columns contiguous ----

// sums[0:m] += A x, four columns at a time, for a block with contiguous columns. `sums` is padded to whole vectors.
template <class T>
void add_columns(Matrix<const T> A, Vector<const T> x, T* sums) noexcept {
    constexpr index L = lanes<T>;
    const index m = A.rows, whole = m / L * L;
    const auto add = [=](const auto&... column) {  // column: pair of pointer and factor
        for (index i = 0; i < whole; i += L) store(sums + i, load(sums + i) + (... + (column.second * load(column.first + i))));
        if (whole < m)
            store(sums + whole, load(sums + whole) + (... + (column.second * load_partial(column.first + whole, m - whole))));
    };
    struct Column {
        const T* first;
        Vec<T> second;
    };
    const auto column = [=](index j) { return Column{A.data + j * A.col_stride, broadcast(x[j])}; };
    index j = 0;
    for (; j + 4 <= A.cols; j += 4) add(column(j), column(j + 1), column(j + 2), column(j + 3));
    for (; j < A.cols; ++j) add(column(j));
}

template <class T>
void gemv_columns(T alpha, Matrix<const T> A, Vector<const T> x, T beta, Vector<T> y) {
    const index m = A.rows, n = A.cols;
    // The sum over columns: up to 64 tasks of whole blocks; the rows: tiles that stay in L1.
    const index height = m < column_tile ? m : column_tile, row_tasks = ceil_div(m, column_tile);
    const index blocks = ceil_div(n, column_block), blocks_wanted = ceil_div(1 + column_task_elements / (height + 1), column_block);
    const index at_least = ceil_div(blocks, max_sum_tasks), blocks_each = blocks_wanted > at_least ? blocks_wanted : at_least;
    const index width = blocks_each * column_block, pieces = n ? ceil_div(n, width) : 1;
    const index padded = round_up(m, lanes<T>);

    // sums[0:rows] = A x for one tile; blocks of columns are summed by themselves, then added.
    const auto tile = [&](index i, index j, index rows, index cols, T* sums) {
        T block_sums[column_tile];
        const index vectors = round_up(rows, lanes<T>);
        for (index r = 0; r < vectors; ++r) sums[r] = T(0);
        for (index c = 0; c < cols; c += column_block) {
            const index now = cols - c < column_block ? cols - c : column_block;
            for (index r = 0; r < vectors; ++r) block_sums[r] = T(0);
            add_columns<T>(A.block(i, j + c, rows, now), x.part(j + c, now), block_sums);
            for (index r = 0; r < rows; ++r) sums[r] += block_sums[r];
        }
    };
    const double bytes = double(m) * double(n) * sizeof(T);
    if (pieces == 1) {
        parallel_for_work(row_tasks, bytes, [&](index task, int) {
            T sums[column_tile];
            const index i = task * column_tile, rows = m - i < column_tile ? m - i : column_tile;
            tile(i, 0, rows, n, sums);
            for (index r = 0; r < rows; ++r) finish(y, i + r, sums[r], alpha, beta);
        });
        return;
    }
    Lease<T> partial(pieces * padded);
    T* sums = partial.data();
    parallel_for_work(row_tasks * pieces, bytes, [&](index task, int) {
        const index i = task / pieces * column_tile, piece = task % pieces, j = piece * width;
        tile(i, j, m - i < column_tile ? m - i : column_tile, n - j < width ? n - j : width, sums + piece * padded + i);
    });
    for (index i = 0; i < m; ++i) {
        double sum = 0;
        for (index piece = 0; piece < pieces; ++piece) sum += double(sums[piece * padded + i]);
        finish(y, i, T(sum), alpha, beta);
    }
}

}  // namespace

template <class T>
void gemv(Scalar<T> alpha, MatrixIn<T> A, VectorIn<T> x, Scalar<T> beta, Vector<T> y) {
    const bool columns = A.row_stride == 1 && (A.col_stride != 1 || A.rows > A.cols);
    if (columns) {
        gemv_columns<T>(alpha, A, x, beta, y);
    } else if (x.contiguous()) {
        gemv_rows<T>(alpha, A, x.data, beta, y);
    } else {
        Lease<T> dense(x.size);
        for (index j = 0; j < x.size; ++j) dense[j] = x[j];
        gemv_rows<T>(alpha, A, dense.data(), beta, y);
    }
}

template void gemv<float>(float, Matrix<const float>, Vector<const float>, float, Vector<float>);
template void gemv<double>(double, Matrix<const double>, Vector<const double>, double, Vector<double>);

}  // namespace mlcore::blas
