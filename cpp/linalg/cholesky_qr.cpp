// cholesky_qr: A = Q R of a tall matrix with well-conditioned columns, from its Gram matrix; or not at all.
//
// START READING at `cholesky_qr` at the end of the file.
//
//     G = A^T A = R^T R                                    one read of A
//     Q = A R^-1,    G' = Q^T Q = I + E                    one read of A, while the chunk of Q is in L2
//     if E is not yet rounding error:
//         G' = R'^T R',   Q := Q R'^-1,   R := R' R        the same once more: E becomes rounding error
//
// Nothing is taken on trust. Multiplying by R^-1, instead of substituting, costs a factor of the condition number in
// |A - Q R|, and the first Gram matrix its square in E. So the condition number of the columns scaled to length 1, from R^-1
// which is there, must be small: then both errors are a few eps. And E is looked at: only if its norm is at most that of rounding
// errors does Q go out after one step, and only if it is small after two. In every other case the answer is false, and the
// caller takes reflections (tall_qr.cpp), which cost less than a third step or a refined second one would.
//
// R^-1 is upper triangular: columns of Q come in strips, of which strip [c, c + w) reads columns [0, c + w) of A alone.
//
// Flops m n^2 for each Gram matrix, about 1.2 m n^2 for each product. Contract: rows of Q are contiguous. Rows are cut by m and n
// alone: the same bits on any number of threads.
//
// Tried: the shifted Cholesky QR of Fukaya et al. (2020), for matrices of any condition. It needs three steps, the first one
// with R^-1 replaced by substitution for A - Q R to be small: 9 m n^2 flops and more, against 6 m n^2 for reflections.
//
// Source: Y. Yamamoto, Y. Nakatsukasa, Y. Yanagisawa, T. Fukaya, "Roundoff Error Analysis of the CholeskyQR2 Algorithm", ETNA 44,
// 2015.
#include <cmath>
#include <limits>

#include "blas/blas.hpp"
#include "blas/gram_panel.hpp"
#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "core/parallel.hpp"
#include "linalg/qr.hpp"

namespace mlcore::linalg {
namespace {

#ifdef MLCORE_TINY_BLOCKS
constexpr index chunk_bytes = 1024, least_rows = 8, most_rows = 16;
#else
constexpr index chunk_bytes = 160 * 1024, least_rows = 32;  // a quarter of L2, with the copy
constexpr index most_rows = 192;                             // more would be one long chain of additions
#endif
constexpr index strips = 4;

// R^T R = G, R in the place of G; false if G is not positive definite (or not finite).
template <class T>
bool factor_gram(Matrix<T> G) {
    if (cholesky<T>(G) >= 0) return false;  // symmetric: the transposed factor of the lower triangle
    for (index i = 0; i < G.rows; ++i)
        for (index j = 0; j < i; ++j) {
            G(j, i) = G(i, j);
            G(i, j) = T(0);
        }
    return true;
}

template <class T>
void invert(Matrix<const T> R, Matrix<T> inverse) {
    for (index i = 0; i < R.rows; ++i)
        for (index j = 0; j < R.rows; ++j) inverse(i, j) = T(i == j);
    blas::trsm<T>(blas::Side::left, blas::Triangle::upper, blas::Diagonal::stored, R, inverse);
}

// The condition number, in the norm of Frobenius, of the columns of A scaled to length 1: at least n. Infinity if lengths are so
// large or small that the Gram matrix may have lost digits to over- or underflow.
template <class T>
T condition(Matrix<const T> R, Matrix<const T> inverse) noexcept {
    constexpr int far = std::numeric_limits<T>::max_exponent / 3;
    T squares = 0;
    for (index j = 0; j < R.cols; ++j) {
        T column = 0, row = 0;
        for (index i = 0; i <= j; ++i) column += R(i, j) * R(i, j);
        for (index i = j; i < R.cols; ++i) row += inverse(j, i) * inverse(j, i);
        if (!(std::fabs(std::log2(column)) < 2 * far)) return std::numeric_limits<T>::infinity();
        squares += column * row;
    }
    return std::sqrt(squares * T(R.cols));
}

// Q = A S, S upper triangular, and G = Q^T Q unless it has no data. A may be Q itself.
template <class T>
void multiply(Matrix<const T> A, Matrix<const T> S, Matrix<T> Q, Matrix<T> G) {
    const index m = A.rows, n = A.cols, ldg = round_up(n, simd::lanes<T>);
    index rows = chunk_bytes / (n * index(sizeof(T))) / 8 * 8;
    rows = rows < least_rows ? least_rows : rows > most_rows ? most_rows : rows;
    // At most 32 groups, whose sums together take no more than an eighth of the memory of A.
    index groups = m / (8 * n) < 32 ? m / (8 * n) : 32;
    if (groups < 1) groups = 1;
    const index per_group = ceil_div(ceil_div(m, rows), groups) * rows, width = round_up(ceil_div(n, strips), simd::lanes<T>);
    groups = ceil_div(m, per_group);
    Lease<T> sums(G.data ? groups * n * ldg : 0);
    const bool copied = A.data == Q.data || A.col_stride != 1;

    parallel_for_work(groups, 2 * double(m) * double(n) * double(n), [&](index g, int) {
        T* C = sums.data() + g * n * ldg;
        if (G.data)
            for (index i = 0; i < n * ldg; ++i) C[i] = T(0);
        Lease<T> room(copied ? rows * n : 0);
        const index end = (g + 1) * per_group < m ? (g + 1) * per_group : m;
        for (index p = g * per_group; p < end && !interrupted(); p += rows) {
            const index count = end - p < rows ? end - p : rows;
            Matrix<const T> X = A.block(p, 0, count, n);
            if (copied) {
                blas::copy<T>(X, row_major(room.data(), count, n));
                X = row_major<const T>(room.data(), count, n);
            }
            const Matrix<T> Y = Q.block(p, 0, count, n);
            for (index c = 0; c < n; c += width) {
                const index w = n - c < width ? n - c : width;
                blas::gemm<T>(T(1), X.block(0, 0, count, c + w), S.block(0, c, c + w, w), T(0), Y.block(0, c, count, w));
            }
            if (G.data) blas::add_products<T>(Matrix<const T>(Y), count, C, ldg, {});
            poll_interrupt();
        }
    });
    if (!G.data) return;
    for (index i = 0; i < n; ++i)
        for (index j = i; j < n; ++j) {
            T sum = 0;
            for (index g = 0; g < groups; ++g) sum += sums[(g * n + i) * ldg + j];
            G(i, j) = G(j, i) = sum;
        }
}

// || G - I || in the norm of Frobenius.
template <class T>
T distance_from_identity(Matrix<const T> G) noexcept {
    T squares = 0;
    for (index i = 0; i < G.rows; ++i)
        for (index j = 0; j < G.cols; ++j) {
            const T e = G(i, j) - T(i == j);
            squares += e * e;
        }
    return std::sqrt(squares);
}

}  // namespace

// A: m x n, m >= n. Q: m x n; R: n x n, with a positive diagonal.
template <class T>
bool cholesky_qr(MatrixIn<T> A, Matrix<T> Q, Matrix<T> R) {
    constexpr T eps = std::numeric_limits<T>::epsilon();
    const index n = A.cols;
    // The norm of Frobenius of n columns is sqrt(n) times that of one: this is a condition number of some 16 for each.
    const T largest_condition = 16 * T(n), rounding = T(n) * eps, small = T(0.01);
    Lease<T> factor(n * n), inverse_room(n * n);
    const Matrix<T> C = row_major(factor.data(), n, n), inverse = row_major(inverse_room.data(), n, n);

    blas::gram<T>(A, nullptr, nullptr, C);
    if (interrupted() || !factor_gram(C)) return false;
    invert<T>(C, inverse);
    if (!(condition<T>(C, inverse) <= largest_condition)) return false;
    blas::copy<T>(C, R);
    multiply<T>(A, inverse, Q, C);
    const T lost = distance_from_identity<T>(C);
    if (interrupted() || !(lost <= small)) return false;
    if (lost <= rounding) return true;

    if (!factor_gram(C)) return false;
    invert<T>(C, inverse);
    multiply<T>(Q, inverse, Q, {nullptr, 0, 0, 0, 1});
    blas::trmm<T>(blas::Side::left, blas::Triangle::upper, blas::Diagonal::stored, C, R);
    return true;
}

template bool cholesky_qr<float>(Matrix<const float>, Matrix<float>, Matrix<float>);
template bool cholesky_qr<double>(Matrix<const double>, Matrix<double>, Matrix<double>);

}  // namespace mlcore::linalg
