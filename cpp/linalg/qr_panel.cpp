// factor_qr_panel: Householder QR of a panel one cache line of columns wide, column by column.
//
// START READING at `factor_qr_panel` at the end of the file.
//
// Column j gives the reflection H = I - tau v v^T with v = x / (alpha - beta) below the diagonal, where alpha = a_jj, x is what
// lies below it, and beta = -sign(alpha) sqrt(alpha^2 + x^T x). All that a step needs are the sums over the rows below row j
//
//     w = sum of a_ij a_i:     w_j = x^T x,     w_c = x^T a_c  (right: y = tau v^T A),     w_c = x^T v_c  (left: S)
//
// so one pass over the packed rows does both things, apply reflection j and sum w for column j + 1: a load, two multiply-adds
// for each vector, and a store.
//
//     v_i = a_ij / (alpha - beta);     a_i -= v_i y;     a_ij := v_i;     w += a_i,j+1 a_i
//
// Nothing is updated that could be computed anew: norms of what is left of a column, downdated, would cancel. Sums run in
// chunks of rows, so that their rounding error does not grow with m as that of one chain would.
//
// A column whose squares underflow is multiplied by a power of two, in place: v does not change, beta is scaled back. The
// callers see to it that squares do not overflow (column_scale.cpp).
//
// Flops 4 m n for each of n columns. Source: G. Golub, C. Van Loan, "Matrix Computations", 4th ed., 5.1 and 5.2.2.
#include <cmath>
#include <limits>

#include "core/lease.hpp"
#include "linalg/qr.hpp"
#include "simd/vec.hpp"

namespace mlcore::linalg {
namespace {

using namespace simd;

template <class T>
constexpr index W = 64 / index(sizeof(T));  // elements of a packed row: one cache line
template <class T>
constexpr int NV = int(W<T> / lanes<T>);
#ifdef MLCORE_TINY_BLOCKS
constexpr index chain_length = 2;
#else
constexpr index chain_length = 128;  // where rows are alike, rounding errors add up along a chain
#endif

// Calls step(row, sum) for rows [first, rows) of P, and returns the sums.
template <class T, class Step>
MLCORE_INLINE void for_each_row(T* P, index first, index rows, T* w, Step&& step) noexcept {
    constexpr int chains = NV<T> == 1 ? 4 : NV<T> == 2 ? 2 : 1;  // with y and w of NV vectors each: at most 16 registers
    constexpr index chunk = chains * chain_length;
    Vec<T> total[NV<T>] = {};
    for (index i0 = first; i0 < rows; i0 += chunk) {
        const index end = rows - i0 < chunk ? rows : i0 + chunk;
        Vec<T> sum[chains][NV<T>] = {};
        index i = i0;
        for (; i + chains <= end; i += chains)
#pragma GCC unroll 4
            for (int c = 0; c < chains; ++c) step(P + (i + c) * W<T>, sum[c]);
        for (; i < end; ++i) step(P + i * W<T>, sum[0]);
        for (int c = 0; c < chains; ++c)
            for (int v = 0; v < NV<T>; ++v) total[v] += sum[c][v];
    }
    for (int v = 0; v < NV<T>; ++v) store(w + v * lanes<T>, total[v]);
}

// w = sum of a_ij a_i over the rows below row j.
template <class T>
void sum_products(T* P, index rows, index j, T* w) noexcept {
    for_each_row<T>(P, j + 1, rows, w, [=](T* p, Vec<T>* sum) {
        const T a = p[j];
#pragma GCC unroll 4
        for (int v = 0; v < NV<T>; ++v) sum[v] += a * load(p + v * lanes<T>);
    });
}

// Reflection j applied to the rows below row j, y zero up to column j; w for column j + 1.
template <class T>
void reflect(T* P, index rows, index j, const T* y, T reciprocal, T* w) noexcept {
    T unit[W<T>] = {};
    unit[j] = T(1);
    Vec<T> factor[NV<T>];
    Mask<T> here[NV<T>];
    for (int v = 0; v < NV<T>; ++v)
        factor[v] = load(y + v * lanes<T>), here[v] = load(unit + v * lanes<T>) != Vec<T>{};
    const index next = j + 1 < W<T> ? j + 1 : j;
    const auto step = [=](T* p, Vec<T>* sum) {
        const Vec<T> l = broadcast(p[j] * reciprocal);
        Vec<T> row[NV<T>];
#pragma GCC unroll 4
        for (int v = 0; v < NV<T>; ++v) {
            const Vec<T> x = load(p + v * lanes<T>);
            row[v] = here[v] ? l : x - l * factor[v];
            store(p + v * lanes<T>, row[v]);
        }
        const T a = p[next];
#pragma GCC unroll 4
        for (int v = 0; v < NV<T>; ++v) sum[v] += a * row[v];
    };
    if (j + 1 < rows) {
        Vec<T> ignored[NV<T>] = {};
        step(P + (j + 1) * W<T>, ignored);  // the diagonal row of column j + 1 is not in its sums
    }
    for_each_row<T>(P, j + 2, rows, w, step);
}

// Column j from row j down, times the power of two that brings its largest element to [1, 2); the exponent. 0 for zeros.
template <class T>
int rescale(T* P, index rows, index j) noexcept {
    T largest = 0;
    for (index i = j; i < rows; ++i) largest = std::fmax(largest, std::fabs(P[i * W<T> + j]));
    if (!(largest > T(0))) return 0;
    const int exponent = -std::ilogb(largest);
    for (index i = j; i < rows; ++i) P[i * W<T> + j] = std::scalbn(P[i * W<T> + j], exponent);
    return exponent;
}

}  // namespace

template <class T>
void factor_qr_panel(Matrix<T> A, T* tau, Matrix<T> V, Matrix<T> S) {
    using Limits = std::numeric_limits<T>;
    constexpr T safe = Limits::min() / Limits::epsilon() / Limits::epsilon();  // smaller sums have lost digits to underflow
    const index m = A.rows, n = A.cols;
    Lease<T> packed(m * W<T>);
    T* P = packed.data();
    for (index i = 0; i < m; ++i) {
        const T* a = A.data + i * A.row_stride;
        for (index c = 0; c < W<T>; ++c) P[i * W<T> + c] = c < n ? a[c] : T(0);
    }
    alignas(64) T w[W<T>], y[W<T>];
    sum_products(P, m, 0, w);
    for (index j = 0; j < n; ++j) {
        T* row = P + j * W<T>;
        int exponent = 0;
        if (!(row[j] * row[j] + w[j] > safe) && (exponent = rescale(P, m, j)) != 0) sum_products(P, m, j, w);
        const T alpha = row[j];
        T beta = alpha, reciprocal = 0;
        tau[j] = 0;
        if (w[j] != T(0)) {
            beta = -std::copysign(std::sqrt(alpha * alpha + w[j]), alpha);
            tau[j] = (beta - alpha) / beta;
            reciprocal = T(1) / (alpha - beta);
        }
        for (index c = 0; c < j; ++c) S(c, j) = tau[j] == T(0) ? T(0) : row[c] + w[c] * reciprocal;
        S(j, j) = tau[j] == T(0) ? T(1) : T(1) / tau[j];
        for (index c = 0; c < W<T>; ++c) {
            y[c] = c > j ? tau[j] * (row[c] + w[c] * reciprocal) : T(0);
            row[c] -= y[c];
        }
        row[j] = std::scalbn(beta, -exponent);
        reflect(P, m, j, y, reciprocal, w);
    }
    for (index i = 0; i < m; ++i) {
        const T* p = P + i * W<T>;
        T *a = A.data + i * A.row_stride, *v = V.data + i * V.row_stride;
        for (index c = 0; c < n; ++c) {
            a[c] = p[c];
            v[c] = i > c ? p[c] : i == c && tau[c] != T(0) ? T(1) : T(0);
        }
    }
}

template void factor_qr_panel<float>(Matrix<float>, float*, Matrix<float>, Matrix<float>);
template void factor_qr_panel<double>(Matrix<double>, double*, Matrix<double>, Matrix<double>);

}  // namespace mlcore::linalg
