// lu: P A = L U by Gaussian elimination with partial pivoting, in place of A (m x n); L has a unit diagonal, not stored.
//
// START READING at `lu` at the end of the file.
//
// Cut in two by columns, the factorisation of A is two narrower ones with a triangular solve and a product between them:
//
//     | A00 A01 |     factor the left half:   P0 | A00 |  =  | L00 | U00        exchange rows of the right half likewise
//     |         |                                | A10 |     | L10 |
//     | A10 A11 |     U01 = L00^-1 A01                                          trsm
//                     A11 -= L10 U01                                            gemm: all but a fraction of the work
//                     factor A11, and exchange the rows of L10 likewise
//
// and so down to panels one cache line wide (8 doubles), which are eliminated column by column in a packed copy, since their
// rows lie a whole row of A apart. While column j is eliminated, the pivot of column j + 1 is looked for.
//
// Larger matrices are first cut into blocks of 192 columns. A block's factors L00, L10 are applied to the columns right of it in
// strips, one task each, and the task of the first strip, the next block, factors it at once: threads find the next L waiting.
//
// Flops n^2 (m - n/3). Contract: pivots[i] >= i is the row exchanged with row i, for i < min(m, n). A column without a
// nonzero pivot is passed over, its multipliers being zero: the factorisation always comes to its end, and U has a zero there.
// NaN is chosen as a pivot before any number, so that it spreads and is not taken for a zero.
//
// Backward stable as long as the elements do not grow: |A - P^T L U| <= n eps |P^T| |L| |U|. Multipliers come from divisions.
//
// Source: S. Toledo, "Locality of Reference in LU Decomposition with Partial Pivoting", SIAM J. Matrix Anal. Appl. 18(4),
// 1997; N. Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., SIAM 2002, section 9.3; the block factored ahead:
// P. Strazdins, "A Comparison of Lookahead and Algorithmic Blocking Techniques for Parallel Matrix Factorization", ANU TR-CS-98-07.
#include <cmath>
#include <utility>

#include "blas/blas.hpp"
#include "core/lease.hpp"
#include "core/parallel.hpp"
#include "linalg/linalg.hpp"
#include "simd/vec.hpp"

namespace mlcore::linalg {
namespace {

using namespace simd;

#ifdef MLCORE_TINY_BLOCKS
template <class T>
constexpr index panel_width = 2;
constexpr index block = 8, strip = 12;
#else
template <class T>
constexpr index panel_width = 64 / index(sizeof(T));
constexpr index block = 192, strip = 96;
#endif
template <class T>
constexpr index padded_width = 64 / index(sizeof(T));  // of a packed row: one cache line

template <class T>
bool is_larger(T size, T largest) noexcept {
    return size > largest || (std::isnan(size) && !std::isnan(largest));
}

template <class T>
void exchange_rows(Matrix<T> A, const index* pivots, index count) noexcept {
    for (index i = 0; i < count; ++i) {
        if (pivots[i] == i) continue;
        T *a = A.data + i * A.row_stride, *b = A.data + pivots[i] * A.row_stride;
        for (index j = 0; j < A.cols; ++j) std::swap(a[j], b[j]);
    }
}

// One step of the elimination: column j from all rows of the packed panel P below row j. Returns the pivot row of column
// j + 1.
template <class T>
index eliminate(T* P, index rows, index j) noexcept {
    constexpr index W = padded_width<T>;
    constexpr int NV = int(W / lanes<T>);
    const T pivot = P[j * W + j];
    T u[W] = {}, unit[W] = {};  // row j right of the pivot; the column that gets the multiplier
    for (index c = j + 1; c < W; ++c) u[c] = P[j * W + c];
    unit[j] = T(1);
    Vec<T> row[NV];
    Mask<T> here[NV];
    for (int v = 0; v < NV; ++v) row[v] = load(u + v * lanes<T>), here[v] = load(unit + v * lanes<T>) != Vec<T>{};

    const index next = j + 1 < W ? j + 1 : j;
    index best = j + 1;
    T largest = T(-1);
    for (index i = j + 1; i < rows; ++i) {
        T* p = P + i * W;
        const T l = p[j] / pivot;
        for (int v = 0; v < NV; ++v) {
            const Vec<T> x = load(p + v * lanes<T>);
            store(p + v * lanes<T>, here[v] ? broadcast(l) : x - l * row[v]);
        }
        const T size = std::fabs(p[next]);
        if (is_larger(size, largest)) largest = size, best = i;
    }
    return best;
}

template <class T>
index largest_in_column(const T* P, index rows, index j) noexcept {
    index best = j;
    T largest = T(-1);
    for (index i = j; i < rows; ++i) {
        const T size = std::fabs(P[i * padded_width<T> + j]);
        if (is_larger(size, largest)) largest = size, best = i;
    }
    return best;
}

template <class T>
void factor_panel(Matrix<T> A, index* pivots) {
    constexpr index W = padded_width<T>;
    const index rows = A.rows, steps = A.rows < A.cols ? A.rows : A.cols;
    Lease<T> packed(rows * W);
    T* P = packed.data();
    for (index i = 0; i < rows; ++i)
        for (index c = 0; c < W; ++c) P[i * W + c] = c < A.cols ? A.data[i * A.row_stride + c] : T(0);

    index pivot = largest_in_column(P, rows, 0);
    for (index j = 0; j < steps; ++j) {
        pivots[j] = pivot;
        if (pivot != j)
            for (index c = 0; c < W; ++c) std::swap(P[j * W + c], P[pivot * W + c]);
        if (P[j * W + j] != T(0))
            pivot = eliminate(P, rows, j);
        else if (j + 1 < steps)
            pivot = largest_in_column(P, rows, j + 1);  // the rest of column j is zero too
    }
    for (index i = 0; i < rows; ++i)
        for (index c = 0; c < A.cols; ++c) A.data[i * A.row_stride + c] = P[i * W + c];
}

// After an interrupt the result is of no use, but the callers go on to exchange rows.
inline void exchange_nothing(index* pivots, index count) noexcept {
    for (index i = 0; i < count; ++i) pivots[i] = i;
}

template <class T>
void factor(Matrix<T> A, index* pivots) {
    const index m = A.rows, n = A.cols, steps = m < n ? m : n;
    if (n <= panel_width<T>) return factor_panel(A, pivots);
    if (interrupted()) return exchange_nothing(pivots, steps);
    const index h = steps <= panel_width<T> ? steps : round_up(ceil_div(steps, 2), panel_width<T>);
    const Matrix<T> left = A.block(0, 0, m, h), right = A.block(0, h, m, n - h);
    factor(left, pivots);
    exchange_rows(right, pivots, h);
    blas::trsm<T>(blas::Side::left, blas::Triangle::lower, blas::Diagonal::unit, A.block(0, 0, h, h), A.block(0, h, h, n - h));
    if (steps == h) return;
    blas::gemm<T>(T(-1), A.block(h, 0, m - h, h), A.block(0, h, h, n - h), T(1), A.block(h, h, m - h, n - h));
    factor(A.block(h, h, m - h, n - h), pivots + h);
    exchange_rows(A.block(h, 0, m - h, h), pivots + h, steps - h);
    for (index i = h; i < steps; ++i) pivots[i] += h;
}

// Exchanges of rows reach the columns left of a block in the end, all at once.
template <class T>
void factor_blocks(Matrix<T> A, index* pivots) {
    const index m = A.rows, n = A.cols, steps = m < n ? m : n;
    const auto width_at = [&](index j) { return steps - j < block ? steps - j : block; };
    factor(A.block(0, 0, m, block), pivots);
    for (index j = 0; j < steps; j += block) {
        if (interrupted()) return exchange_nothing(pivots, steps);
        const index w = width_at(j), right = j + w, rest = n - right, next = rest < block ? rest : block;
        parallel_for_work(1 + ceil_div(rest - next, strip), double(m - j) * double(rest) * double(w), [&](index task, int) {
            const index c = task == 0 ? right : right + next + (task - 1) * strip;
            const index cols = task == 0 ? next : n - c < strip ? n - c : strip;
            const Matrix<T> U = A.block(j, c, w, cols);
            exchange_rows(A.block(j, c, m - j, cols), pivots + j, w);
            blas::trsm<T>(blas::Side::left, blas::Triangle::lower, blas::Diagonal::unit, A.block(j, j, w, w), U);
            blas::gemm<T>(T(-1), A.block(right, j, m - right, w), U, T(1), A.block(right, c, m - right, cols));
            if (task == 0 && right < steps) factor(A.block(right, right, m - right, width_at(right)), pivots + right);
        });
    }
    parallel_for_work(ceil_div(steps, block) - 1, double(steps) * double(steps), [&](index task, int) {
        for (index j = (task + 1) * block; j < steps; j += block)
            exchange_rows(A.block(j, task * block, m - j, block), pivots + j, width_at(j));
    });
    for (index i = block; i < steps; ++i) pivots[i] += i / block * block;
}

}  // namespace

// A must have contiguous rows. Returns -1, or the first i with U(i, i) = 0.
template <class T>
index lu(Matrix<T> A, index* pivots) {
    const index steps = A.rows < A.cols ? A.rows : A.cols;
    if (steps > 2 * block)
        factor_blocks(A, pivots);
    else if (steps > 0)
        factor(A, pivots);
    for (index i = 0; i < steps; ++i)
        if (A(i, i) == T(0)) return i;
    return -1;
}

// B becomes A^-1 B, from the factors of A.
template <class T>
void lu_solve(MatrixIn<T> LU, const index* pivots, Matrix<T> B) {
    exchange_rows(B, pivots, LU.rows);
    blas::trsm<T>(blas::Side::left, blas::Triangle::lower, blas::Diagonal::unit, LU, B);
    blas::trsm<T>(blas::Side::left, blas::Triangle::upper, blas::Diagonal::stored, LU, B);
}

template index lu<float>(Matrix<float>, index*);
template index lu<double>(Matrix<double>, index*);
template void lu_solve<float>(Matrix<const float>, const index*, Matrix<float>);
template void lu_solve<double>(Matrix<const double>, const index*, Matrix<double>);

}  // namespace mlcore::linalg
