// How a matrix is made fit for an iteration: its size, the power of two that brings it near 1, and rows that do not share cache sets.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "blas/blas.hpp"
#include "core/types.hpp"
#include "simd/vec.hpp"

namespace mlcore::linalg {

// max |a_ij|, of the lower triangle alone if asked for; infinity if an element is NaN or infinite.
template <class T>
T largest_element(MatrixIn<T> A, bool lower = false) {
    T largest = 0;
    for (index i = 0; i < A.rows; ++i) {
        const T here = blas::amax<T>(lower ? A.row(i).part(0, i + 1) : A.row(i));
        if (!(here <= std::numeric_limits<T>::max())) return std::numeric_limits<T>::infinity();
        largest = std::max(largest, here);
    }
    return largest;
}

// The power of two by which to divide, so that an element of this size comes to lie between 1 and 2: exactly, and for subnormal
// ones as far as the range of the type allows.
template <class T>
int exponent_of(T largest) noexcept {
    return largest > T(0) ? std::max(std::ilogb(largest), std::numeric_limits<T>::min_exponent) : 0;
}

// Rows of whole blocks, and one block longer where the stride would be a multiple of 512 bytes: rows would share few cache sets.
template <class T>
constexpr index spread_stride(index cols, index block = simd::lanes<T>) noexcept {
    const index stride = round_up(cols, block);
    return stride * index(sizeof(T)) % 512 == 0 ? stride + block : stride;
}

}  // namespace mlcore::linalg
