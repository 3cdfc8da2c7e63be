// eigh: all eigenvalues and eigenvectors of a symmetric matrix,  A = V diag(w) V^T,  w ascending, V^T V = I.
//
// START READING HERE; the steps stand in the files of their names:
//
//     scale             by a power of two, so that max |a_ij| is between 1 and 2      (exact; no overflow at 1e200)
//     tridiagonalize    A = Q T Q^T                                                   4/3 n^3 flops
//     form_q            Q^T, written out                                              4/3 n^3
//     tridiagonal_ql    T = S diag(w) S^T, the rotations applied to Q^T at once       about 7 n^3
//     sort, transpose   V = (S^T Q^T)^T, columns by ascending eigenvalue
//
// Errors: ||A - V diag(w) V^T|| and ||V^T V - I|| are a few n eps (||A|| and 1); eigenvalues are exact to a few eps ||A||,
// so that those much smaller than the largest have few correct digits.
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "linalg/each_matrix.hpp"
#include "linalg/tridiagonal.hpp"

namespace mlcore::linalg {
namespace {

// The largest |a_ij| of the lower triangle; infinity if an element is NaN or infinite.
template <class T>
T largest_element(Matrix<const T> A) noexcept {
    T largest = 0;
    bool finite = true;
    for (index i = 0; i < A.rows; ++i)
        for (index j = 0; j <= i; ++j) {
            const T a = std::fabs(A(i, j));
            finite &= a <= std::numeric_limits<T>::max();
            largest = a > largest ? a : largest;
        }
    return finite ? largest : std::numeric_limits<T>::infinity();
}

// The lower triangle of A times `scale`, as tridiagonalize wants it: squares on the diagonal full, zeros beyond.
template <class T>
void copy_scaled(Matrix<const T> A, T scale, Matrix<T> work) noexcept {
    constexpr index block = symmetric_block<T>;
    const index n = A.rows;
    for (index i = 0; i < n; ++i) {
        T* row = work.data + i * work.row_stride;
        const index end = round_up(i + 1, block);
        for (index j = 0; j <= i; ++j) row[j] = scale * A(i, j);
        for (index j = i + 1; j < end; ++j) row[j] = j < n ? scale * A(j, i) : T(0);
    }
}

// V(:, j) = row order[j] of Zt, a few columns at a time so that both sides use whole cache lines.
template <class T>
void gather_columns(Matrix<const T> Zt, const index* order, Matrix<T> V) noexcept {
    constexpr index block = 8;
    const index n = V.rows;
    for (index j0 = 0; j0 < n; j0 += block)
        for (index i = 0; i < n; ++i)
            for (index j = j0; j < j0 + block && j < n; ++j) V(i, j) = Zt.data[order[j] * Zt.row_stride + i];
}

}  // namespace

// w: n; V: n x n, overlaps not A.
template <class T>
Status eigh(MatrixIn<T> A, Vector<T> w, Matrix<T> V) {
    const index n = A.rows;
    if (n == 0) return Status::ok;
    const T largest = largest_element<T>(A);
    if (!(largest <= std::numeric_limits<T>::max())) return Status::not_finite;
    const int exponent = largest > 0 ? std::max(std::ilogb(largest), std::numeric_limits<T>::min_exponent) : 0;

    // Rows one square longer where the stride would be a multiple of 512 bytes: they would share few cache sets.
    index row_stride = round_up(n, symmetric_block<T>);
    if (row_stride * index(sizeof(T)) % 512 == 0) row_stride += symmetric_block<T>;
    Lease<T> triangle(n * row_stride), rotated(n * row_stride), taus(n), room(tridiagonalize_workspace<T>(n));
    Lease<double> diagonal(n), coupling(n);
    Lease<index> order(n);
    const Matrix<T> work{triangle.data(), n, n, row_stride, 1};
    const Matrix<T> Zt{rotated.data(), n, n, row_stride, 1};
    double* d = diagonal.data();

    copy_scaled<T>(A, std::scalbn(T(1), -exponent), work);
    Status status = tridiagonalize<T>(work, taus.data(), d, coupling.data(), room.data());
    if (status != Status::ok) return status;
    form_q_transposed<T>(work, taus.data(), Zt);
    if (interrupted()) return Status::interrupted;
    status = tridiagonal_ql<T>(n, d, coupling.data(), Zt);
    if (status != Status::ok) return status;

    for (index j = 0; j < n; ++j) order[j] = j;
    std::sort(order.data(), order.data() + n, [d](index i, index j) { return d[i] < d[j] || (d[i] == d[j] && i < j); });
    for (index j = 0; j < n; ++j) w[j] = T(std::scalbn(d[order[j]], exponent));
    gather_columns<T>(Zt, order.data(), V);
    return Status::ok;
}

template <class T>
Status eigh_stack(const Stack<3>& stack, MatrixIn<T> A, Vector<T> w, Matrix<T> V, index& failed) {
    if (A.rows <= eigh_small_order) return eigh_small<T>(stack, A, w, V, failed);
    const double n = double(A.rows);
    return for_each_matrix(stack, 10 * n * n * n, failed, [&](const index (&at)[3]) {
        return eigh<T>(A.shifted(at[0]), {w.data + at[1], w.size, w.stride}, V.shifted(at[2]));
    });
}

template Status eigh<float>(Matrix<const float>, Vector<float>, Matrix<float>);
template Status eigh<double>(Matrix<const double>, Vector<double>, Matrix<double>);
template Status eigh_stack<float>(const Stack<3>&, Matrix<const float>, Vector<float>, Matrix<float>, index&);
template Status eigh_stack<double>(const Stack<3>&, Matrix<const double>, Vector<double>, Matrix<double>, index&);

}  // namespace mlcore::linalg
