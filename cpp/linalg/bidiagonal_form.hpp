// A = 2^exponent Q B P^T with B bidiagonal, and the way from the singular vectors of B to those of A: what svd and svd_solve share.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "linalg/bidiagonal.hpp"
#include "linalg/householder.hpp"
#include "linalg/scaling.hpp"

namespace mlcore::linalg {

#ifdef MLCORE_TINY_BLOCKS
inline constexpr index reflector_block = 4, direct_size = 5;
#else
inline constexpr index reflector_block = 64, direct_size = 48;
#endif

// Of a matrix with m >= n.
template <class T>
struct Bidiagonal {
    index n;
    int exponent = 0;
    Lease<double> d, e;
    Lease<T> left, right, tau, sigma;

    explicit Bidiagonal(Matrix<const T> A)
        : n(A.cols), d(n), e(n), left(A.rows * n), right(n * n), tau(n), sigma(n) {}
    Matrix<T> U(index m) noexcept { return row_major(left.data(), m, n); }
    Matrix<T> Vt() noexcept { return row_major(right.data(), n, n); }

    Status reduce(Matrix<const T> A) {
        const T largest = largest_element<T>(A);
        if (!(largest <= std::numeric_limits<T>::max())) return Status::not_finite;
        exponent = exponent_of(largest);
        const T scale = std::scalbn(T(1), -exponent);
        const index stride = spread_stride<T>(n);
        Lease<T> copy(A.rows * stride);
        for (index i = 0; i < A.rows; ++i)
            for (index j = 0; j < stride; ++j) copy[i * stride + j] = j < n ? scale * A(i, j) : T(0);
        return bidiagonalize<T>({copy.data(), A.rows, n, stride, 1}, d.data(), e.data(), U(A.rows), tau.data(), Vt(), sigma.data());
    }

    // Whether bidiagonal_qr is the faster way for B.
    bool is_direct() const noexcept { return n <= direct_size; }

    // Once d holds singular values: their order, descending, and value i of A.
    void sort(index* order) noexcept {
        const double* values = d.data();
        for (index j = 0; j < n; ++j) order[j] = j;
        std::sort(order, order + n, [=](index i, index j) { return values[i] > values[j] || (values[i] == values[j] && i < j); });
    }
    T value(index i) noexcept { return T(std::scalbn(std::fabs(d[i]), exponent)); }  // d may be -0
    // x divided by it, where neither x / d[i] need be finite nor the value a normal number.
    double quotient(double x, index i) noexcept {
        return exponent < 0 ? std::scalbn(x / d[i], -exponent) : x / std::scalbn(d[i], exponent);
    }
};

template <class T>
void set_identity(Matrix<T> A) noexcept {
    for (index i = 0; i < A.rows; ++i)
        for (index j = 0; j < A.cols; ++j) A(i, j) = T(i == j);
}

// B <- H_0 H_1 ... H_{k-1} B, or the transpose of that product times B; column j of V is the vector of H_j, zero above row
// j + `below`.
template <class T>
void apply_reflectors(Matrix<const T> V, const T* tau, index below, bool transposed, Matrix<T> B) {
    Lease<T> room(reflector_block * reflector_block);
    const index blocks = ceil_div(V.cols, reflector_block);
    for (index step = 0; step < blocks; ++step) {
        if (interrupted()) return;
        const index first = (transposed ? step : blocks - 1 - step) * reflector_block;
        const index width = std::min(reflector_block, V.cols - first), top = std::min(first + below, V.rows);
        const Matrix<const T> panel = V.block(top, first, V.rows - top, width);
        const Matrix<T> S = row_major(room.data(), width, width);
        form_block_reflector<T>(panel, tau + first, S);
        apply_block_reflector<T>(panel, S, transposed, B.block(top, 0, B.rows - top, B.cols));
    }
}

}  // namespace mlcore::linalg
