// tridiagonalize_fused: a small symmetric matrix to tridiagonal form by Householder reflections,  Q^T A Q = T.
//
// START READING at `tridiagonalize_fused` at the end of the file.
//
// Rows are taken from the last to the first. The reflector H = I - tau v v^T of step k turns the row A[k, 0:k] into
// (0, ..., 0, e_k), and the leading k x k block becomes H A H, which differs from A by a matrix of rank two:
//
//     A <- A - v w^T - w v^T,     w = tau A v - (tau^2 / 2) (v^T A v) v.
//
// Only the lower triangle is kept, but with whole `block` x `block` squares on the diagonal, so that every row is a
// number of whole vectors and no lane needs a mask (v and w are zero past k):
//
//         0 ....... k              a  element of the lower part: used for (i, j) and for (j, i)
//       +-------+                  s  diagonal square, stored in full: used for (i, j) alone
//       | s s   |        i
//       | s s   |        |         row i of A v:   sum over j of a_ij v_j   (a dot product)
//       | a a s s|       v         rows j < i:     a_ij v_i                 (an axpy)
//       | a a s s|
//       | v v v v  . |   k         the row that becomes the reflector, and keeps it
//
// The update of step k + 1 and the product A v of step k share one pass over the triangle ("fused"): each element is
// loaded once, updated, stored, and multiplied twice.
//
// Flops 4/3 n^3. Bytes: the triangle is read and written once for each step, 8/3 n^3 in all for doubles (from L2 up to
// n = 350, from L3 up to n = 2000).
// Contract: max |a_ij| of order 1 (the driver scales), so that nothing overflows.
//
// Source: Golub and Van Loan, "Matrix Computations", 4th ed., 8.3.1; the order of rows is that of EISPACK's tred2; the
// fused pass is LAPACK Working Note 2's observation (Dongarra, Hammarling, Sorensen 1989) without the blocking.
#include "core/interrupt.hpp"
#include "linalg/row_reflector.hpp"
#include "linalg/tridiagonal.hpp"

namespace mlcore::linalg {
namespace {

using namespace simd;

template <class T>
struct Fused {
    static constexpr int L = lanes<T>;
    // 32 registers: 4 sums + 3 x 4 broadcasts + 5.  16 registers: 2 + 3 x 2 + 5.
    static constexpr int rows = vector_registers == 32 ? 4 : 2;
    static_assert(4 * rows + 5 <= vector_registers);
    static_assert(symmetric_block<T> % rows == 0 && symmetric_block<T> % L == 0);
};

// Rows [i, i + R): A -= p q^T + q p^T (the previous step), then y += A v. `square`: first column of the diagonal square.
template <class T, int R>
void fused_rows(Matrix<T> A, index i, index square, const T* p, const T* q, const T* v, T* y) noexcept {
    constexpr index L = lanes<T>;
    Vec<T> pi[R], qi[R], vi[R], sum[R];
    T* a[R];
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
        pi[r] = broadcast(p[i + r]);
        qi[r] = broadcast(q[i + r]);
        vi[r] = broadcast(v[i + r]);
        sum[r] = Vec<T>{};
        a[r] = A.data + (i + r) * A.row_stride;
    }
    for (index j = 0; j < square; j += L) {
        const Vec<T> pj = load(p + j), qj = load(q + j), vj = load(v + j);
        Vec<T> yj = load(y + j);
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) {
            const Vec<T> x = load(a[r] + j) - pi[r] * qj - qi[r] * pj;
            store(a[r] + j, x);
            sum[r] += x * vj;
            yj += x * vi[r];
        }
        store(y + j, yj);
    }
    for (index j = square; j < square + symmetric_block<T>; j += L) {
        const Vec<T> pj = load(p + j), qj = load(q + j), vj = load(v + j);
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) {
            const Vec<T> x = load(a[r] + j) - pi[r] * qj - qi[r] * pj;
            store(a[r] + j, x);
            sum[r] += x * vj;
        }
    }
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) y[i + r] += reduce_add<T>(sum[r]);
}

// The leading k x k block: A -= p q^T + q p^T, y = A v.
template <class T>
void fused_pass(Matrix<T> A, index k, const T* p, const T* q, const T* v, T* y) noexcept {
    constexpr index R = Fused<T>::rows, block = symmetric_block<T>;
    for (index j = 0; j < round_up(k, block); ++j) y[j] = T(0);
    index i = 0;
    for (; i + R <= k; i += R) fused_rows<T, int(R)>(A, i, i / block * block, p, q, v, y);
    for (; i < k; ++i) fused_rows<T, 1>(A, i, i / block * block, p, q, v, y);
}

}  // namespace

template <class T>
Status tridiagonalize_fused(Matrix<T> A, T* tau, double* d, double* e, T* work) noexcept {
    constexpr index block = symmetric_block<T>;
    const index n = A.rows, padded_n = round_up(n, block);
    T *w = work, *y = w + padded_n, *zeros = y + padded_n;
    for (index j = 0; j < padded_n; ++j) w[j] = zeros[j] = T(0);
    const T* v = zeros;  // of the previous step

    for (index k = n - 1; k >= 0; --k) {
        poll_interrupt();
        if (interrupted()) return Status::interrupted;
        T* x = A.data + k * A.row_stride;
        const index padded = round_up(k, block);
        // The row still lacks the previous update.
        const Vec<T> vk = broadcast(v[k]), wk = broadcast(w[k]);
        for (index j = 0; j < round_up(k + 1, block); j += lanes<T>)
            store(x + j, load(x + j) - vk * load(w + j) - wk * load(v + j));
        d[k] = double(x[k]);
        for (index j = k; j < round_up(k + 1, block); ++j) x[j] = T(0);
        if (k == 0) {
            e[0] = 0;
            tau[0] = T(0);
            break;
        }
        e[k] = double(make_row_reflector(k, padded, x, tau[k]));

        fused_pass(A, k, v, w, x, y);
        const T half = tau[k] / 2 * tau[k] * padded_dot(padded, x, y);
        for (index j = 0; j < padded; j += lanes<T>)
            store(w + j, broadcast(tau[k]) * load(y + j) - broadcast(half) * load(x + j));
        v = x;
    }
    return Status::ok;
}

template Status tridiagonalize_fused<float>(Matrix<float>, float*, double*, double*, float*) noexcept;
template Status tridiagonalize_fused<double>(Matrix<double>, double*, double*, double*, double*) noexcept;

}  // namespace mlcore::linalg
