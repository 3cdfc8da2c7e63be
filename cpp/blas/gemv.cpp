// gemv: the product of a matrix and a vector  y = alpha A x + beta y,  A (m x n), any strides.
//
// START READING at `gemv` at the end of the file.
//
// Each element of A is used once, so the memory that holds A is the limit, and A is read along its contiguous axis:
//
//     rows contiguous: four dot products at a time          columns contiguous: eight columns added at a time
//
//              x                                               x0    x1    x2    x3  ...
//         +----------+                                        +-----+-----+-----+----+   y
//      y  | 0 ->     |   x is loaded once for four rows,      | 0   | 1   | 2   |    |  += tile of 8192 rows, its sums
//         | 1 ->     |   which lie a quarter of the           | |   | |   | |   |    |     loaded and stored once for
//         | 2 ->     |   block apart                          | v   | v   | v   |    |     eight columns
//         +----------+                                        +-----+-----+-----+----+
//
// A^T x is the same with rows and columns exchanged: pass A.transposed(). Any other strides: the rows of one task are copied
// side by side first.
//
// Why the rows (columns) taken together are not neighbours: a prefetcher follows a stream through its page of memory. Short
// neighbouring rows are several streams in one page, which it cannot tell apart: four rows of 100 doubles side by side ran
// at 40 % of the machine's bandwidth, the same rows 128 KiB apart at 110 % of what one stream reaches. Software prefetching
// did not help in either case.
//
// Flops 2mn; bytes: A once. The bits depend on the shape of A and on which of its axes is contiguous, not on the threads.
// A sum over n is cut into pieces by its length and the pieces are added in order in double.
// Contract: y overlaps neither A nor x. beta = 0 does not read y.
#include "blas/blas.hpp"
#include "blas/pieces.hpp"
#include "core/lease.hpp"

namespace mlcore::blas {
namespace {

using namespace simd;

#ifdef MLCORE_TINY_BLOCKS
constexpr index row_piece = 128, column_tile = 128, column_piece = 32, stack_tile = 64;
constexpr double task_bytes = 1024, stream_bytes = 1024;
#else
constexpr index row_piece = 8192;     // columns summed in one go: their part of x stays in L2
constexpr index column_tile = 8192;   // rows summed in one go: their sums stay in L2
constexpr index column_piece = 8192;  // columns, likewise
constexpr index stack_tile = 512;     // sums that need no leased memory
constexpr double task_bytes = 512 * 1024, stream_bytes = 128 * 1024;
#endif
constexpr index max_tasks = 64;

constexpr index smaller(index a, index b) noexcept { return a < b ? a : b; }

// How many tasks A is worth: of 512 KiB, at least 8 for a matrix that is shared at all, at most 64.
index tasks_wanted(double bytes) noexcept {
    if (bytes < parallel_threshold) return 1;
    return bytes < 8 * task_bytes ? 8 : bytes > max_tasks * task_bytes ? max_tasks : index(bytes / task_bytes);
}

template <class T>
void finish(Vector<T> y, index i, T sum, T alpha, T beta) noexcept {
    y[i] = beta == T(0) ? alpha * sum : alpha * sum + beta * y[i];
}

// Adds up `pieces` partial results, each `step` after the one before.
template <class T>
void add_pieces(const T* sums, index pieces, index step, T alpha, T beta, Vector<T> y) noexcept {
    for (index i = 0; i < y.size; ++i) {
        double sum = 0;
        for (index piece = 0; piece < pieces; ++piece) sum += double(sums[piece * step + i]);
        finish(y, i, T(sum), alpha, beta);
    }
}

// ---- rows contiguous ----

// out[r] = sum over j of A[r ld + j] x[j] for R rows. An element is the same whatever R is.
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
MLCORE_INLINE void dot_block(Matrix<const T> A, const T* x, Done&& done) noexcept {
    T sums[4];
    const index quarter = A.rows / 4;
    for (index i = 0; i < quarter; ++i) {
        dot_rows<T, 4>(A.data + i * A.row_stride, quarter * A.row_stride, x, A.cols, sums);
        for (int r = 0; r < 4; ++r) done(i + r * quarter, sums[r]);
    }
    for (index i = 4 * quarter; i < A.rows; ++i) {
        dot_rows<T, 1>(A.data + i * A.row_stride, A.row_stride, x, A.cols, sums);
        done(i, sums[0]);
    }
}

template <class T>
void gemv_rows(T alpha, Matrix<const T> A, const T* x, T beta, Vector<T> y) {
    const index m = A.rows, n = A.cols;
    const double bytes = double(m) * double(n) * sizeof(T);
    const index pieces = n > row_piece ? ceil_div(n, row_piece) : 1;
    const index rows = round_up(ceil_div(m, ceil_div(tasks_wanted(bytes), pieces)), 4), row_tasks = ceil_div(m, rows);
    const auto block_of = [&](index task, index piece, auto&& done) {
        const index i = task * rows, j = piece * row_piece;
        const Matrix<const T> block = A.block(i, j, smaller(rows, m - i), smaller(row_piece, n - j));
        const auto shifted = [&](index r, T sum) { done(i + r, sum); };
        if (block.col_stride == 1 || block.cols == 1) {
            dot_block(block, x + j, shifted);
        } else {
            Lease<T> dense(block.rows * block.cols);
            copy<T>(block, row_major(dense.data(), block.rows, block.cols));
            dot_block<T>(row_major<const T>(dense.data(), block.rows, block.cols), x + j, shifted);
        }
    };
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
    add_pieces(sums, pieces, m, alpha, beta, y);
}

// ---- columns contiguous ----

// sums[0:m] += A[:, 0] x[0] + A[:, step] x[step] + ...  for R columns.
template <class T, int R>
MLCORE_INLINE void add_columns(index m, const T* A, index col_stride, Vector<const T> x, index step, T* sums) noexcept {
    constexpr index L = lanes<T>;
    Vec<T> factor[R];
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) factor[r] = broadcast(x[r * step]);
    const index apart = step * col_stride;
    const auto add = [&](auto read, T* s) {
        Vec<T> sum = factor[0] * read(0);
#pragma GCC unroll 8
        for (int r = 1; r < R; ++r) sum += factor[r] * read(r);
        store(s, load(s) + sum);
    };
    index i = 0;
    for (; i + L <= m; i += L) add([&](int r) { return load(A + r * apart + i); }, sums + i);
    if (i < m) add([&](int r) { return load_partial(A + r * apart + i, m - i); }, sums + i);
}

// sums[0:m] = A x for a block with contiguous columns; `sums` has room for whole vectors.
template <class T>
void sum_columns(Matrix<const T> A, Vector<const T> x, T* sums) noexcept {
    for (index i = 0; i < A.rows; i += lanes<T>) store(sums + i, Vec<T>{});
    const index near = index(stream_bytes / sizeof(T)) / A.rows;  // columns in 128 KiB
    index j = 0;
    while (A.cols - j >= 8) {
        const index eighth = (A.cols - j) / 8, step = near < 1 ? 1 : smaller(near, eighth);
        for (index i = 0; i < step; ++i)
            add_columns<T, 8>(A.rows, A.data + (j + i) * A.col_stride, A.col_stride, {x.data + (j + i) * x.stride, 0, x.stride}, step, sums);
        j += 8 * step;
    }
    if (A.cols - j >= 4) {
        add_columns<T, 4>(A.rows, A.data + j * A.col_stride, A.col_stride, {x.data + j * x.stride, 0, x.stride}, 1, sums);
        j += 4;
    }
    for (; j < A.cols; ++j) add_columns<T, 1>(A.rows, A.data + j * A.col_stride, 0, {x.data + j * x.stride, 0, 1}, 0, sums);
}

template <class T>
void gemv_columns(T alpha, Matrix<const T> A, Vector<const T> x, T beta, Vector<T> y) {
    const index m = A.rows, n = A.cols;
    if (m <= stack_tile && n <= column_piece && m * n * index(sizeof(T)) < index(parallel_threshold)) {
        T sums[stack_tile];
        sum_columns<T>(A, x, sums);
        for (index i = 0; i < m; ++i) finish(y, i, sums[i], alpha, beta);
        return;
    }
    const double bytes = double(m) * double(n) * sizeof(T);
    const index height = smaller(m, column_tile), row_tasks = ceil_div(m, height);
    index width = round_up(ceil_div(n, ceil_div(tasks_wanted(bytes), row_tasks)), 8);
    width = width < 8 ? 8 : smaller(width, column_piece);
    const index pieces = n > width ? ceil_div(n, width) : 1, padded = round_up(height, lanes<T>);
    if (pieces == 1) {
        parallel_for_work(row_tasks, bytes, [&](index task, int) {
            Lease<T> sums(padded);
            const index i = task * height, rows = smaller(height, m - i);
            sum_columns<T>(A.block(i, 0, rows, n), x, sums.data());
            for (index r = 0; r < rows; ++r) finish(y, i + r, sums[r], alpha, beta);
        });
        return;
    }
    const index step = row_tasks * padded;
    Lease<T> partial(pieces * step);
    T* sums = partial.data();
    parallel_for_work(row_tasks * pieces, bytes, [&](index task, int) {
        const index i = task / pieces * height, piece = task % pieces, j = piece * width;
        const index rows = smaller(height, m - i), cols = smaller(width, n - j);
        sum_columns<T>(A.block(i, j, rows, cols), x.part(j, cols), sums + piece * step + i);
    });
    add_pieces(sums, pieces, step, alpha, beta, y);
}

}  // namespace

template <class T>
void gemv(Scalar<T> alpha, MatrixIn<T> A, VectorIn<T> x, Scalar<T> beta, Vector<T> y) {
    if (A.rows == 0) return;
    const bool columns = A.row_stride == 1 && (A.col_stride != 1 || A.rows > A.cols);
    if (columns) {
        gemv_columns<T>(alpha, A, x, beta, y);
    } else if (x.contiguous() || x.size == 1) {
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
