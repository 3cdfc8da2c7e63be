// The Householder reflection that turns a contiguous row into a multiple of its last element's unit vector.
//
// It differs from make_reflector in householder.hpp, which keeps the first element of a vector of any stride, in running on
// whole vectors of a padded row; the reductions call it once for each row of a matrix, however small.
#pragma once

#include <cmath>
#include <limits>

#include "simd/vec.hpp"

namespace mlcore::linalg {

template <class T>
T padded_dot(index n, const T* x, const T* y) noexcept {  // n a multiple of the vector
    simd::Vec<T> sum[2] = {};
    index j = 0;
    for (; j + 2 * simd::lanes<T> <= n; j += 2 * simd::lanes<T>) {
        sum[0] += simd::load(x + j) * simd::load(y + j);
        sum[1] += simd::load(x + j + simd::lanes<T>) * simd::load(y + j + simd::lanes<T>);
    }
    if (j < n) sum[0] += simd::load(x + j) * simd::load(y + j);
    return simd::reduce_add<T>(sum[0] + sum[1]);
}

// Turns x (k elements, zeros up to `padded`) into the reflector v, v[k-1] = 1, with (I - tau v v^T) x = beta (0, ..., 0, 1).
// Returns beta.
template <class T>
T make_row_reflector(index k, index padded, T* x, T& tau) noexcept {
    using Limits = std::numeric_limits<T>;
    const T alpha = x[k - 1];
    x[k - 1] = T(0);
    const T squares = padded_dot(padded, x, x), all = alpha * alpha + squares;
    if (all < Limits::min() / (Limits::epsilon() * Limits::epsilon())) {
        // Squares near the underflow threshold have lost digits and H would not be orthogonal: once more, scaled to order 1.
        x[k - 1] = alpha;
        T largest = 0;
        for (index j = 0; j < k; ++j) largest = std::fmax(largest, std::fabs(x[j]));
        if (largest > T(0)) {
            const int exponent = std::ilogb(largest);
            for (index j = 0; j < k; ++j) x[j] = std::scalbn(x[j], -exponent);
            return std::scalbn(make_row_reflector(k, padded, x, tau), exponent);
        }
    }
    if (squares == T(0)) {  // nothing to eliminate, or nothing that alpha would feel: H = I
        for (index j = 0; j < k; ++j) x[j] = T(0);
        tau = T(0);
        return alpha;
    }
    const T beta = -std::copysign(std::sqrt(all), alpha);  // the sign that does not cancel in alpha - beta
    const simd::Vec<T> scale = simd::broadcast(T(1) / (alpha - beta));
    for (index j = 0; j < padded; j += simd::lanes<T>) simd::store(x + j, scale * simd::load(x + j));
    x[k - 1] = T(1);
    tau = (beta - alpha) / beta;
    return beta;
}

}  // namespace mlcore::linalg
