// The sum of products of few numbers, where a call of blas::dot would take longer than they do.
#pragma once

#include "simd/vec.hpp"

namespace mlcore::calculus {

inline double dot(const double* a, const double* b, index n) noexcept {
    using namespace mlcore::simd;
    constexpr index D = lanes<double>;
    Vec<double> s = {};
    index j = 0;
    for (; j + D <= n; j += D) s += load(a + j) * load(b + j);
    if (j < n) s += load_partial(a + j, n - j) * load_partial(b + j, n - j);
    return reduce_add<double>(s);
}

}  // namespace mlcore::calculus
