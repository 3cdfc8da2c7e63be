// form_q_transposed: the orthogonal matrix of a tridiagonalisation, written out:  Q^T = H_1 H_2 ... H_{n-1}.
//
//     row i of Q^T = e_i^T H_1 ... H_{n-1},      r <- r - tau_k (r . v_k) v_k     for k = i, i+1, ..., n-1  (from 1 on)
//
// H_k changes the first k elements only, and leaves e_i alone while k <= i, so row i begins at k = i + 1. Rows do not
// depend on each other: they are taken a few at a time, so that a reflector is loaded once for all of them, and groups of
// rows are shared between threads.
//
// Flops 4/3 n^3. Built from the other side, Q = H_{n-1} (... (H_2 H_1)) would be a matrix-vector product and a rank-one update
// of all of Q for each step, and Q would be read from memory twice for each.
//
// Source: Golub and Van Loan, "Matrix Computations", 4th ed., 5.1.6 (forward accumulation).
#include "core/interrupt.hpp"
#include "core/parallel.hpp"
#include "linalg/tridiagonal.hpp"

namespace mlcore::linalg {
namespace {

using namespace simd;

inline constexpr index group_rows = vector_registers == 32 ? 8 : 4;

// Rows [i, i + R) of Q^T.
template <class T, int R>
void form_rows(Matrix<const T> A, const T* tau, Matrix<T> Qt, index i) noexcept {
    constexpr index L = lanes<T>;
    const index n = A.rows, padded = round_up(n, symmetric_block<T>);
    T* q[R];
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
        q[r] = Qt.data + (i + r) * Qt.row_stride;
        for (index j = 0; j < padded; ++j) q[r][j] = T(i + r == j);
    }
    for (index k = i + 1; k < n; ++k) {
        if (tau[k] == T(0)) continue;
        const T* v = A.data + k * A.row_stride;
        Vec<T> sum[R] = {};
        for (index j = 0; j < k; j += L) {
            const Vec<T> vj = load(v + j);
#pragma GCC unroll 8
            for (int r = 0; r < R; ++r) sum[r] += vj * load(q[r] + j);
        }
        Vec<T> factor[R];
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) factor[r] = broadcast(tau[k] * reduce_add<T>(sum[r]));
        for (index j = 0; j < k; j += L) {
            const Vec<T> vj = load(v + j);
#pragma GCC unroll 8
            for (int r = 0; r < R; ++r) store(q[r] + j, load(q[r] + j) - factor[r] * vj);
        }
    }
}

template <class T, int R>
void form_group(Matrix<const T> A, const T* tau, Matrix<T> Qt, index i, index count) noexcept {
    for (; count >= R; count -= R, i += R) {
        if (interrupted()) return;
        form_rows<T, R>(A, tau, Qt, i);
    }
    if constexpr (R > 1)
        if (count > 0) form_group<T, R / 2>(A, tau, Qt, i, count);
}

}  // namespace

template <class T>
void form_q_transposed(Matrix<const T> A, const T* tau, Matrix<T> Qt) {
    const index n = A.rows;
    parallel_for_work(ceil_div(n, group_rows), 2.0 / 3 * double(n) * double(n) * double(n), [&](index task, int) {
        const index i = task * group_rows;
        form_group<T, int(group_rows)>(A, tau, Qt, i, n - i < group_rows ? n - i : group_rows);
    });
}

template void form_q_transposed<float>(Matrix<const float>, const float*, Matrix<float>);
template void form_q_transposed<double>(Matrix<const double>, const double*, Matrix<double>);

}  // namespace mlcore::linalg
