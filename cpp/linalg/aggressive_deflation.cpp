// deflate_aggressively: finds eigenvalues of the trailing window that have converged, long before the subdiagonal shows it.
//
//           w0      hi                      With the Schur form W = U S U^T of the window, U^T H U has the spike s U^T e_0 in
//        | h h h h h |      | h h h h h |   the column left of it instead of the one element s:
//     w0 | s w w w w |  ->  | * s s s s |
//        |   w w w w |      | *   s s s |   Where an element of the spike is negligible, counted from the bottom, the
//        |     w w w |      | *     s s |   eigenvalue beside it is one of H and is split off. Others are moved up out of the
//        |       w w |      | .       s |   way (exchange_blocks.cpp) and the next one is looked at.
//
// What has not converged is brought back to Hessenberg form, and its eigenvalues are the shifts of the next sweep. With 50
// rows in the window, ten and more eigenvalues deflate at a time. A window as large as the range has no spike: it is solved.
//
// Flops for a window of w rows: 25 w^3, and 4 w^2 n for the products with U beside it and with Q.
// Source: K. Braman, R. Byers, R. Mathias, "The Multishift QR Algorithm, Part II: Aggressive Early Deflation", SIAM J. Matrix
// Anal. Appl. 23(4), 2002; LAPACK's laqr2.
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "linalg/householder.hpp"
#include "linalg/small_reflector.hpp"

namespace mlcore::linalg {
namespace {

// Order of the block that ends with row `last`.
template <class T>
index block_order(Matrix<T> S, index last) noexcept {
    return last > 0 && S(last, last - 1) != T(0) ? 2 : 1;
}

template <class T>
T block_size(Matrix<T> S, index last, index order) noexcept {
    const T size = std::fabs(S(last, last));
    return order == 1 ? size : size + std::sqrt(std::fabs(S(last, last - 1))) * std::sqrt(std::fabs(S(last - 1, last)));
}

// Returns how many rows at the top of the window have not converged; s: the element left of it.
template <class T>
index split_off(const SchurWork<T>& window, T s) {
    constexpr T eps = std::numeric_limits<T>::epsilon(), tiny = std::numeric_limits<T>::min() / eps;
    const Matrix<T> S = window.H, Ut = window.Qt;
    index left = S.rows, checked = 0;  // rows [0, checked): found not converged
    while (checked < left) {
        const index order = block_order(S, left - 1);
        T size = block_size(S, left - 1, order), spike = std::fabs(s * Ut(left - 1, 0));
        if (size == T(0)) size = std::fabs(s);
        if (order == 2) spike = std::max(spike, std::fabs(s * Ut(left - 2, 0)));
        if (spike <= std::max(tiny, eps * size)) {
            left -= order;
            continue;
        }
        for (index row = left - order; row > checked;) {
            const index above = block_order(S, row - 1);
            if (!exchange_blocks(window, row - above, above, order)) return left;
            row -= above;
        }
        checked += order;
    }
    return left;
}

// Conjugate pairs first, then pairs of real ones; a real one that is left over is dropped.
template <class T>
index pair_shifts(Matrix<T> S, index count, T* re, T* im) {
    Lease<T> values(2 * count);
    T *r = values.data(), *i = r + count;
    read_eigenvalues(S, {0, count}, r, i);
    index shifts = 0;
    for (index k = 0; k < count; ++k)
        if (i[k] != T(0)) re[shifts] = r[k], im[shifts++] = i[k];
    for (index k = 0; k < count; ++k)
        if (i[k] == T(0)) re[shifts] = r[k], im[shifts++] = T(0);
    return shifts / 2 * 2;
}

// The rows [0, left) of the window, whose spike is s U^T e_0, back to Hessenberg form. Returns the new element left of it.
template <class T>
T restore_hessenberg(const SchurWork<T>& window, index left, T s, T* room) {
    const Matrix<T> S = window.H, Ut = window.Qt;
    const index n = S.rows;
    if (left == 0) return T(0);
    if (left == 1) return s * Ut(0, 0);
    Lease<T> spike(left), taus(n), product(n * n), moved(n * n);
    for (index i = 0; i < left; ++i) spike[i] = Ut(i, 0);
    T tau, inverse = 1;
    const T beta = make_reflector<T>({spike.data(), left}, tau);
    if (tau != T(0)) inverse = T(1) / tau;
    const Matrix<T> v{spike.data(), left, 1, 1, left}, one{&inverse, 1, 1, 1, 1};
    apply_block_reflector<T>(v, one, true, S.block(0, 0, left, n));
    apply_block_reflector<T>(v, one, true, S.block(0, 0, left, left).transposed());
    apply_block_reflector<T>(v, one, true, Ut.block(0, 0, left, n));

    const Matrix<T> reflectors = row_major(room, n, n), Qt = row_major(product.data(), n, n), old = row_major(moved.data(), n, n);
    if (reduce_to_hessenberg<T>(S, {0, left}, reflectors, taus.data()) != Status::ok) return s;
    form_hessenberg_q<T>({0, left}, reflectors, taus.data(), Qt);
    blas::copy<T>(Ut, old);
    blas::gemm<T>(T(1), Qt.block(0, 0, left, left), old.block(0, 0, left, n), T(0), Ut.block(0, 0, left, n));
    return s * beta;
}

// Rows of H right of the window, columns above it, and rows of Qt.
template <class T>
void apply_beside(const SchurWork<T>& work, index top, Range window, Matrix<T> Ut) {
    const index w0 = window.lo, size = Ut.rows, right = work.end_col(window.hi);
    const auto multiply = [&](Matrix<T> B) {
        Lease<T> room(B.rows * B.cols);
        const bool by_columns = B.row_stride == 1;
        const Matrix<T> side = by_columns ? B.transposed() : B, copied = row_major(room.data(), side.rows, side.cols);
        const Matrix<T> old = by_columns ? copied.transposed() : copied;
        blas::copy<T>(side, copied);
        blas::gemm<T>(T(1), Ut, old, T(0), B);
    };
    multiply(work.H.block(w0, window.hi, size, right - window.hi));
    multiply(work.H.block(top, w0, w0 - top, size).transposed());
    multiply(work.Qt.block(w0, 0, size, work.Qt.cols));
}

}  // namespace

template <class T>
Deflation deflate_aggressively(const SchurWork<T>& work, Range range, index size, T* re, T* im) {
    const Matrix<T> H = work.H;
    const index w0 = range.hi - size;
    const T s = w0 > range.lo ? H(w0, w0 - 1) : T(0);
    Lease<T> room(3 * size * size);
    const Matrix<T> S = row_major(room.data(), size, size), Ut = row_major(room.data() + size * size, size, size);
    for (index i = 0; i < size; ++i)
        for (index j = 0; j < size; ++j) S(i, j) = j + 1 < i ? T(0) : H(w0 + i, w0 + j), Ut(i, j) = T(i == j);
    const SchurWork<T> window{S, Ut, true};
    const Status status = francis(window, {0, size});
    if (status != Status::ok) return {0, 0, status};

    const index left = s == T(0) ? 0 : split_off(window, s);
    const index shifts = pair_shifts(S, left, re, im);
    if (left == size) return {0, shifts, Status::ok};
    const T coupling = restore_hessenberg(window, left, s, room.data() + 2 * size * size);
    if (interrupted()) return {0, 0, Status::interrupted};
    if (w0 > range.lo) H(w0, w0 - 1) = coupling;
    blas::copy<T>(S, H.block(w0, w0, size, size));
    apply_beside<T>(work, work.first_row(range.lo), {w0, range.hi}, Ut);
    return {size - left, shifts, interrupted() ? Status::interrupted : Status::ok};
}

template Deflation deflate_aggressively<float>(const SchurWork<float>&, Range, index, float*, float*);
template Deflation deflate_aggressively<double>(const SchurWork<double>&, Range, index, double*, double*);

}  // namespace mlcore::linalg
