// Loops over contiguous vectors, L numbers at a time, that the later steps are built from.
//
// A sum in one register would wait about 4 cycles for each addition; four registers take turns. That changes the order of
// the terms and so, in the last digit, the result: which is why the compiler may not do it by itself.
#pragma once

#include <cmath>

#include "simd/vec.hpp"

namespace mlcore::ladder {

// sum x_j y_j
template <class T>
T dot(index n, const T* x, const T* y) noexcept {
    using namespace simd;
    constexpr index L = lanes<T>;
    Vec<T> sum[4] = {};
    index j = 0;
    for (; j + 4 * L <= n; j += 4 * L)
#pragma GCC unroll 4
        for (int s = 0; s < 4; ++s) sum[s] += load(x + j + s * L) * load(y + j + s * L);
    for (; j < n; j += L) {
        const index count = n - j < L ? n - j : L;
        sum[0] += load_partial(x + j, count) * load_partial(y + j, count);
    }
    return reduce_add<T>((sum[0] + sum[1]) + (sum[2] + sum[3]));
}

// y += a x
template <class T>
void axpy(index n, T a, const T* x, T* y) noexcept {
    using namespace simd;
    constexpr index L = lanes<T>;
    index j = 0;
    for (; j + L <= n; j += L) store(y + j, load(y + j) + broadcast(a) * load(x + j));
    if (j < n) store_partial(y + j, load_partial(y + j, n - j) + broadcast(a) * load_partial(x + j, n - j), n - j);
}

// y = x / a
template <class T>
void divide(index n, const T* x, T a, T* y) noexcept {
    for (index j = 0; j < n; ++j) y[j] = x[j] / a;
}

template <class T>
T norm(index n, const T* x) noexcept {
    return std::sqrt(dot(n, x, x));
}

}  // namespace mlcore::ladder
