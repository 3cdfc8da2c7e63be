// eigh: all eigenvalues and eigenvectors of a symmetric matrix,  A = V diag(w) V^T,  w ascending, V^T V = I.
//
// START READING HERE; the steps stand in the files of their names:
//
//     scale             by a power of two, so that max |a_ij| is between 1 and 2      (exact; no overflow at 1e200)
//     tridiagonalize    A = Q T Q^T                                                   4/3 n^3 flops
//     tridiagonal_dc    T = S diag(w) S^T, by divide and conquer                      up to 4/3 n^3
//     sort, transpose   columns by ascending eigenvalue
//     apply_tridiagonal_q   V = Q S, by block reflectors                              2 n^3
//
// Up to n = 64 the fixed costs of blocks are more than the work they save:
//
//     form_q            Q^T, written out                                              4/3 n^3
//     tridiagonal_ql    the rotations that make T diagonal applied to Q^T at once     about 7 n^3
//
// eigvalsh ends with tridiagonal_values, 4/3 n^3 flops in all.
//
// Errors: ||A - V diag(w) V^T|| and ||V^T V - I|| are a few n eps (||A|| and 1); eigenvalues are exact to a few eps ||A||,
// so that those much smaller than the largest have few correct digits.
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "linalg/each_matrix.hpp"
#include "linalg/row_groups.hpp"
#include "linalg/scaling.hpp"
#include "linalg/tridiagonal.hpp"

namespace mlcore::linalg {
namespace {

#ifdef MLCORE_TINY_BLOCKS
template <class T>
inline constexpr index direct_size = 2 * symmetric_block<T>;
#else
template <class T>
inline constexpr index direct_size = 64;
#endif

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
        std::fill(row + end, row + std::min(round_up(i + 1, symmetric_strip<T>), work.row_stride), T(0));
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

// What both eigh and eigvalsh need of a matrix.
template <class T>
struct Tridiagonal {
    index n, row_stride;
    int exponent = 0;  // A = 2^exponent Q T Q^T
    Lease<T> triangle, taus;
    Lease<double> diagonal, coupling;

    explicit Tridiagonal(index n_)
        : n(n_), row_stride(spread_stride<T>(n_, symmetric_block<T>)), triangle(n * row_stride), taus(n), diagonal(n), coupling(n) {}

    Matrix<T> reflectors() noexcept { return {triangle.data(), n, n, row_stride, 1}; }

    Status reduce(Matrix<const T> A) {
        const T largest = largest_element<T>(A, true);
        if (!(largest <= std::numeric_limits<T>::max())) return Status::not_finite;
        exponent = exponent_of(largest);
        copy_scaled<T>(A, std::scalbn(T(1), -exponent), reflectors());
        return tridiagonalize<T>(reflectors(), taus.data(), diagonal.data(), coupling.data());
    }
};

}  // namespace

// w: n; V: n x n, contiguous rows, overlaps not A.
template <class T>
Status eigh(MatrixIn<T> A, Vector<T> w, Matrix<T> V) {
    const index n = A.rows;
    if (n == 0) return Status::ok;
    Tridiagonal<T> tri(n);
    Status status = tri.reduce(A);
    if (status != Status::ok) return status;

    Lease<T> rows(n * tri.row_stride);
    Lease<index> order(n);
    const Matrix<T> Zt{rows.data(), n, n, tri.row_stride, 1};
    double* d = tri.diagonal.data();
    const bool direct = n <= direct_size<T>;
    if (direct) {
        form_q_transposed<T>(tri.reflectors(), tri.taus.data(), Zt);
        status = tridiagonal_ql<T>(n, d, tri.coupling.data(), Zt);
        sort_order(n, d, order.data());
    } else {
        status = tridiagonal_dc<T>(n, d, tri.coupling.data(), Zt, order.data(), V);
    }
    if (status != Status::ok) return status;

    for (index j = 0; j < n; ++j) w[j] = T(std::scalbn(d[order[j]], tri.exponent));
    gather_columns<T>(Zt, order.data(), V);
    if (!direct) apply_tridiagonal_q<T>(tri.reflectors(), tri.taus.data(), V);
    return interrupted() ? Status::interrupted : Status::ok;
}

template <class T>
Status eigvalsh(MatrixIn<T> A, Vector<T> w) {
    const index n = A.rows;
    if (n == 0) return Status::ok;
    Tridiagonal<T> tri(n);
    Status status = tri.reduce(A);
    if (status != Status::ok) return status;
    double* d = tri.diagonal.data();
    status = tridiagonal_values(n, d, tri.coupling.data(), double(std::numeric_limits<T>::epsilon()));
    std::sort(d, d + n);
    for (index j = 0; j < n; ++j) w[j] = T(std::scalbn(d[j], tri.exponent));
    return status;
}

template <class T>
Status eigh_stack(const Stack<3>& stack, MatrixIn<T> A, Vector<T> w, Matrix<T> V, index& failed) {
    if (A.rows <= eigh_small_order) return eigh_small<T>(stack, A, w, V, failed);
    const double n = double(A.rows);
    return for_each_matrix(stack, 10 * n * n * n, failed, [&](const index (&at)[3]) {
        return eigh<T>(A.shifted(at[0]), {w.data + at[1], w.size, w.stride}, V.shifted(at[2]));
    });
}

template <class T>
Status eigvalsh_stack(const Stack<2>& stack, MatrixIn<T> A, Vector<T> w, index& failed) {
    if (A.rows <= eigh_small_order) {
        Stack<3> wide;
        for (int axis = 0; axis < stack.axes; ++axis) wide.push(stack.shape[axis], {stack.stride[0][axis], stack.stride[1][axis], 0});
        return eigh_small<T>(wide, A, w, {}, failed);
    }
    const double n = double(A.rows);
    return for_each_matrix(stack, 4 * n * n * n, failed, [&](const index (&at)[2]) {
        return eigvalsh<T>(A.shifted(at[0]), {w.data + at[1], w.size, w.stride});
    });
}

template Status eigh<float>(Matrix<const float>, Vector<float>, Matrix<float>);
template Status eigh<double>(Matrix<const double>, Vector<double>, Matrix<double>);
template Status eigh_stack<float>(const Stack<3>&, Matrix<const float>, Vector<float>, Matrix<float>, index&);
template Status eigh_stack<double>(const Stack<3>&, Matrix<const double>, Vector<double>, Matrix<double>, index&);
template Status eigvalsh<float>(Matrix<const float>, Vector<float>);
template Status eigvalsh<double>(Matrix<const double>, Vector<double>);
template Status eigvalsh_stack<float>(const Stack<2>&, Matrix<const float>, Vector<float>, index&);
template Status eigvalsh_stack<double>(const Stack<2>&, Matrix<const double>, Vector<double>, index&);

}  // namespace mlcore::linalg
