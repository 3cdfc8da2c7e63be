// gram_pass, multiply_rows: see gram_pass.hpp.
//
// Flops m n^2 for G and about 1.2 m n^2 for Y (1 by substitution), 2 m n for each column of B and as many for each of x.
#include "linalg/gram_pass.hpp"

#include "blas/blas.hpp"
#include "blas/gram_panel.hpp"
#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "core/parallel.hpp"

namespace mlcore::linalg {
namespace {

#ifdef MLCORE_TINY_BLOCKS
constexpr index chunk_bytes = 1024, least_rows = 8, most_rows = 16;
#else
constexpr index chunk_bytes = 160 * 1024, least_rows = 32;  // a quarter of L2, with the copy
constexpr index most_rows = 192;
#endif

// The rows of a chunk are one chain of additions. Where rows are alike, rounding errors do not cancel in it: of 16 n rows they add
// up to some 4 n eps, in Q^T Q as well, which is as much as may be.
template <class T>
index rows_of_chunk(index n) noexcept {
    const index that_fit = chunk_bytes / (n * index(sizeof(T))) / 8 * 8, most = 16 * n < most_rows ? 16 * n : most_rows;
    const index rows = that_fit < most ? that_fit : most;
    return rows < least_rows ? least_rows : rows;
}

// What one group of rows sums.
template <class T>
struct Sums {
    T *G, *g;
    double* squares;
};

template <class T>
void add_residuals(const GramPass<T>& pass, Matrix<const T> X, index first, T* room, const Sums<T>& sums) {
    const index k = pass.B.cols;
    const Matrix<T> r = row_major(room, X.rows, k);
    blas::copy<T>(pass.B.block(first, 0, X.rows, k), r);
    if (pass.x.data) blas::gemm<T>(T(-1), X, pass.x, T(1), r);
    blas::gemm<T>(T(1), X.transposed(), r, T(1), row_major(sums.g, X.cols, k));
    for (index i = 0; i < X.rows; ++i)
        for (index j = 0; j < k; ++j) sums.squares[j] += double(r(i, j)) * double(r(i, j));
}

}  // namespace

template <class T>
void gram_pass(const GramPass<T>& pass) {
    const Matrix<const T> A = pass.A;
    const index m = A.rows, n = A.cols, k = pass.B.cols, ldg = round_up(n, simd::lanes<T>), rows = rows_of_chunk<T>(n);
    // At most 32 groups, whose sums together take no more than an eighth of the memory of A.
    index groups = m / (8 * n) < 32 ? m / (8 * n) : 32;
    if (groups < 1) groups = 1;
    const index per_group = ceil_div(ceil_div(m, rows), groups) * rows;
    groups = ceil_div(m, per_group);
    const index of_gram = pass.G.data ? n * ldg : 0;
    Lease<T> grams(groups * of_gram), products(groups * n * k);
    Lease<double> squares(groups * k);
    // Y, or A where it does not begin at cache lines, is multiplied in a buffer of rows that do.
    const bool gather = A.col_stride != 1 || (!pass.divisor && !blas::GramRows<T>::can_be_read_in_place(A));
    const index strip = pass.divisor ? pass.divisor->strip_width() : 0, ld = blas::GramPanel<T>::row_step(n);
    const double products_of_rows = (pass.divisor ? 0.5 : 0) + (pass.G.data ? 0.5 : 0);
    const double work = double(m) * double(n) * (double(n) * products_of_rows + double(2 * k));

    parallel_for_work(groups, work, [&](index group, int) {
        const Sums<T> sums{grams.data() + group * of_gram, products.data() + group * n * k, squares.data() + group * k};
        for (index i = 0; i < of_gram; ++i) sums.G[i] = T(0);
        for (index i = 0; i < n * k; ++i) sums.g[i] = T(0);
        for (index j = 0; j < k; ++j) sums.squares[j] = 0;
        Lease<T> room(rows * (strip > k ? strip : k)), buffer(gather || pass.divisor ? rows * ld : 0);
        const Matrix<T> aligned{buffer.data(), rows, n, ld, 1};
        for (index i = 0; i < rows && (gather || pass.divisor); ++i)
            for (index j = n; j < ld; ++j) buffer[i * ld + j] = T(0);
        const index end = (group + 1) * per_group < m ? (group + 1) * per_group : m;
        for (index p = group * per_group; p < end && !interrupted(); p += rows) {
            const index count = end - p < rows ? end - p : rows;
            const Matrix<T> Y = aligned.block(0, 0, count, n);
            Matrix<const T> X = A.block(p, 0, count, n);
            if (gather) {
                blas::copy<T>(X, Y);
                X = Y;
            }
            if (k > 0) add_residuals<T>(pass, X, p, room.data(), sums);
            if (pass.divisor) {
                pass.divisor->divide(X, room.data(), Y);
                if (pass.Q.data) blas::copy<T>(Y, pass.Q.block(p, 0, count, n));
            }
            if (pass.G.data) {
                const index left = end - p - count, next = left < count ? left : count;
                const bool dense = A.col_stride == 1 && A.row_stride == n;
                const blas::GramRows<T> P = gather || pass.divisor ? blas::GramRows<T>(Y, true) : blas::GramRows<T>(X);
                blas::add_products<T>(P, count, sums.G, ldg,
                                      {A.data + (p + count) * A.row_stride, dense ? next * n * index(sizeof(T)) : 0});
            }
            poll_interrupt();
        }
    });
    if (interrupted()) return;
    for (index i = 0; i < n && pass.G.data; ++i)
        for (index j = i; j < n; ++j) {
            T sum = 0;
            for (index group = 0; group < groups; ++group) sum += grams[group * of_gram + i * ldg + j];
            pass.G(i, j) = pass.G(j, i) = sum;
        }
    for (index j = 0; j < k; ++j) {
        for (index i = 0; i < n; ++i) {
            T sum = 0;
            for (index group = 0; group < groups; ++group) sum += products[(group * n + i) * k + j];
            pass.g(i, j) = sum;
        }
        pass.squares[j] = 0;
        for (index group = 0; group < groups; ++group) pass.squares[j] += squares[group * k + j];
    }
}

template <class T>
void multiply_rows(MatrixIn<T> Y, MatrixIn<T> S, bool triangular, Matrix<T> Q) {
    const index m = Y.rows, n = Y.cols, rows = rows_of_chunk<T>(n), ld = round_up(n, simd::lanes<T>);
    Lease<T> aligned(n * ld);
    const Matrix<T> factor{aligned.data(), n, n, ld, 1};
    blas::copy<T>(S, factor);
    const bool copied = Y.data == Q.data || Y.col_stride != 1;
    parallel_for_work(ceil_div(m, rows), double(m) * double(n) * double(n), [&](index task, int) {
        if (interrupted()) return;
        const index p = task * rows, count = m - p < rows ? m - p : rows;
        Matrix<const T> X = Y.block(p, 0, count, n);
        const Matrix<T> out = Q.block(p, 0, count, n);
        Lease<T> room(copied ? count * n : 0);
        if (copied) {
            blas::copy<T>(X, row_major(room.data(), count, n));
            X = row_major<const T>(room.data(), count, n);
        }
        if (triangular)
            multiply_by_triangle<T>(X, factor, out);
        else
            blas::gemm<T>(T(1), X, factor, T(0), out);
    });
}

#define MLCORE_GRAM_PASS(T)                         \
    template void gram_pass<T>(const GramPass<T>&); \
    template void multiply_rows<T>(Matrix<const T>, Matrix<const T>, bool, Matrix<T>);
MLCORE_GRAM_PASS(float)
MLCORE_GRAM_PASS(double)
#undef MLCORE_GRAM_PASS

}  // namespace mlcore::linalg
