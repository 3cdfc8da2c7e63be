// tridiagonalize: a symmetric matrix to tridiagonal form by Householder reflections,  Q^T A Q = T.
//
// START READING in tridiagonalize_fused.cpp: the same with one reflection at a time, which also ends this one.
//
// There each reflection changes the whole matrix, A <- A - v w^T - w v^T. Here the changes of a panel of rows are kept in two
// forms,
//
//     M = ( v_0  w_0  v_1  w_1 ... )^T     2p x k          L = ( w_0  v_0  w_1  v_1 ... )     k x 2p        A_now = A - L M
//
// and what a step needs of A_now is made on demand:
//     its next row                  x = A[k, :] - L[k, :] M
//     its product with v            A_now v = A v - L (M v) = A v - M^T t,     t = M v with neighbours exchanged
// so that A is read once for each step, and written once for each panel: A <- A - L M, in strips of rows, by gemm.
//
//     | A . |  k         strip i:  A[i, 0:end] -= L[i, :] M[:, 0:end]
//     | A A |
//     | v v v v          rows of the panel: reflectors now
//
// Flops 4/3 n^3: half in gemm, half in products with a vector, whose bytes (the triangle once for each step, 4/3 n^3 for
// doubles) are what it costs. A wider panel means fewer writes of A and more work with M: 3 n^2 flops for each row of
// the panel.
//
// Source: J. Dongarra, S. Hammarling, D. Sorensen, "Block Reduction of Matrices to Condensed Forms for Eigenvalue
// Computations", LAPACK Working Note 2, 1987.
#include <algorithm>
#include <utility>

#include "blas/blas.hpp"
#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "core/parallel.hpp"
#include "linalg/row_reflector.hpp"
#include "linalg/tridiagonal.hpp"

namespace mlcore::linalg {
namespace {

using namespace simd;

#ifdef MLCORE_TINY_BLOCKS
inline constexpr index panel_rows = 3, fused_bytes = 16 * 16 * 8;
#else
inline constexpr index panel_rows = 24;
inline constexpr index fused_bytes = 2048 * 1024;  // a triangle that stays in L2 may as well be written at each step
#endif

// The k x k triangle: A <- A - L M.
template <class T>
void update_triangle(Matrix<T> A, index k, Matrix<const T> L, Matrix<const T> M) {
    constexpr index strip = symmetric_strip<T>;
    const index strips = ceil_div(k, strip);
    parallel_for_work(strips, double(k) * double(k) * double(M.rows), [&](index task, int) {
        if (interrupted()) return;
        const index i = (strips - 1 - task) * strip, rows = std::min(strip, k - i), cols = round_up(i + rows, symmetric_block<T>);
        blas::gemm<T>(T(-1), L.block(i, 0, rows, M.rows), M.block(0, 0, M.rows, cols), T(1), A.block(i, 0, rows, cols));
    });
}

}  // namespace

template <class T>
Status tridiagonalize(Matrix<T> A, T* tau, double* d, double* e) {
    constexpr index block = symmetric_block<T>;
    const index n = A.rows, width = round_up(n, block);
    Lease<T> changes(2 * panel_rows * width), transposed(2 * panel_rows * n), rows(3 * width), products(2 * panel_rows);
    T *y = rows.data(), *t = products.data();
    const Matrix<T> M = row_major(changes.data(), 2 * panel_rows, width), L = row_major(transposed.data(), n, 2 * panel_rows);

    index k = n;
    while (k > panel_rows && k * k * index(sizeof(T)) > fused_bytes) {
        const index top = k;
        for (index p = 0; p < 2 * panel_rows; p += 2) {
            poll_interrupt();
            if (interrupted()) return Status::interrupted;
            --k;
            const index padded = round_up(k, block);
            T *x = A.data + k * A.row_stride, *w = &M(p + 1, 0);
            const auto changed = [&](index count) { return M.block(0, 0, p, count); };
            if (p > 0) blas::gemv<T>(T(-1), changed(k + 1).transposed(), L.row(k).part(0, p), T(1), {x, k + 1});
            d[k] = double(x[k]);
            std::fill(x + k, x + round_up(k + 1, block), T(0));
            e[k] = double(make_row_reflector(k, padded, x, tau[k]));

            symmetric_product<T>(A, k, x, y);
            if (p > 0) {
                blas::gemv<T>(T(1), changed(k), {x, k}, T(0), {t, p});
                for (index j = 0; j < p; j += 2) std::swap(t[j], t[j + 1]);
                blas::gemv<T>(T(-1), changed(k).transposed(), {t, p}, T(1), {y, k});
            }
            const T half = tau[k] / 2 * tau[k] * padded_dot(padded, x, y);
            for (index j = 0; j < padded; j += lanes<T>)
                store(w + j, broadcast(tau[k]) * load(y + j) - broadcast(half) * load(x + j));
            std::copy_n(x, padded, &M(p, 0));
            for (index r = p; r < p + 2; ++r) std::fill(&M(r, 0) + k, &M(r, 0) + round_up(top, block), T(0));
            for (index i = 0; i < k; ++i) L(i, p) = w[i], L(i, p + 1) = x[i];
        }
        update_triangle<T>(A, k, L, M);
    }
    return tridiagonalize_fused<T>(A.block(0, 0, k, k), tau, d, e, rows.data());
}

template Status tridiagonalize<float>(Matrix<float>, float*, double*, double*);
template Status tridiagonalize<double>(Matrix<double>, double*, double*, double*);

}  // namespace mlcore::linalg
