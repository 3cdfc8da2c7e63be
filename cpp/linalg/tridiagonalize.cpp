// tridiagonalize: a symmetric matrix to tridiagonal form by Householder reflections,  Q^T A Q = T.
//
// START READING at `tridiagonalize` at the end of the file.
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
#include <cmath>
#include <limits>

#include "core/interrupt.hpp"
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

template <class T>
T dot(index n, const T* x, const T* y) noexcept {  // n a multiple of the vector
    Vec<T> sum[2] = {};
    index j = 0;
    for (; j + 2 * lanes<T> <= n; j += 2 * lanes<T>) {
        sum[0] += load(x + j) * load(y + j);
        sum[1] += load(x + j + lanes<T>) * load(y + j + lanes<T>);
    }
    if (j < n) sum[0] += load(x + j) * load(y + j);
    return reduce_add<T>(sum[0] + sum[1]);
}

// Turns x (k elements, zeros up to `padded`) into the reflector v, v[k-1] = 1, with (I - tau v v^T) x = beta (0, ..., 0, 1).
// Returns beta.
template <class T>
T make_reflector(index k, index padded, T* x, T& tau) noexcept {
    using Limits = std::numeric_limits<T>;
    const T alpha = x[k - 1];
    x[k - 1] = T(0);
    const T squares = dot(padded, x, x), all = alpha * alpha + squares;
    if (all < Limits::min() / (Limits::epsilon() * Limits::epsilon())) {
        // Squares near the underflow threshold have lost digits and H would not be orthogonal: once more, scaled to order 1.
        x[k - 1] = alpha;
        T largest = 0;
        for (index j = 0; j < k; ++j) largest = std::fmax(largest, std::fabs(x[j]));
        if (largest > T(0)) {
            const int exponent = std::ilogb(largest);
            for (index j = 0; j < k; ++j) x[j] = std::scalbn(x[j], -exponent);
            return std::scalbn(make_reflector(k, padded, x, tau), exponent);
        }
    }
    if (squares == T(0)) {  // nothing to eliminate, or nothing that alpha would feel: H = I
        for (index j = 0; j < k; ++j) x[j] = T(0);
        tau = T(0);
        return alpha;
    }
    const T beta = -std::copysign(std::sqrt(all), alpha);  // the sign that does not cancel in alpha - beta
    const Vec<T> scale = broadcast(T(1) / (alpha - beta));
    for (index j = 0; j < padded; j += lanes<T>) store(x + j, scale * load(x + j));
    x[k - 1] = T(1);
    tau = (beta - alpha) / beta;
    return beta;
}

}  // namespace

template <class T>
Status tridiagonalize(Matrix<T> A, T* tau, double* d, double* e, T* work) noexcept {
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
        e[k] = double(make_reflector(k, padded, x, tau[k]));

        fused_pass(A, k, v, w, x, y);
        const T half = tau[k] / 2 * tau[k] * dot(padded, x, y);
        for (index j = 0; j < padded; j += lanes<T>)
            store(w + j, broadcast(tau[k]) * load(y + j) - broadcast(half) * load(x + j));
        v = x;
    }
    return Status::ok;
}

template Status tridiagonalize<float>(Matrix<float>, float*, double*, double*, float*) noexcept;
template Status tridiagonalize<double>(Matrix<double>, double*, double*, double*, double*) noexcept;

}  // namespace mlcore::linalg
