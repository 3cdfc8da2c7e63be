// What all QR sweeps share: a pair of shifts, the vector that starts a bulge, and when a subdiagonal element is negligible.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/types.hpp"

namespace mlcore::linalg {

// Conjugate, or both real.
template <class T>
struct ShiftPair {
    T re1 = 0, re2 = 0, im1 = 0, im2 = 0;
};

// x: a multiple of the first three elements of (H - s I)(H - t I) e_m, H taken from row m on; scaled against overflow.
template <class T>
void first_column(Matrix<T> H, index m, const ShiftPair<T>& s, T (&x)[3]) noexcept {
    const T h00 = H(m, m), h10 = H(m + 1, m), h11 = H(m + 1, m + 1), h21 = H(m + 2, m + 1);
    const T size = std::fabs(h00 - s.re2) + std::fabs(s.im2) + std::fabs(h10);
    x[0] = x[1] = x[2] = T(0);
    if (size == T(0)) return;
    const T below = h10 / size;
    x[0] = below * H(m, m + 1) + (h00 - s.re1) * ((h00 - s.re2) / size) - s.im1 * (s.im2 / size);
    x[1] = below * (h00 + h11 - s.re1 - s.re2);
    x[2] = below * h21;
    const T sum = std::fabs(x[0]) + std::fabs(x[1]) + std::fabs(x[2]);
    if (sum > T(0)) x[0] /= sum, x[1] /= sum, x[2] /= sum;
}

// Whether H(k, k - 1) is negligible, rows lo ... last being looked at.
template <class T>
bool is_negligible(Matrix<T> H, index k, index lo, index last) noexcept {
    constexpr T eps = std::numeric_limits<T>::epsilon(), tiny = std::numeric_limits<T>::min() / eps;
    const T below = std::fabs(H(k, k - 1));
    if (below <= tiny) return true;
    T neighbours = std::fabs(H(k - 1, k - 1)) + std::fabs(H(k, k));
    if (neighbours == T(0)) {
        if (k - 2 >= lo) neighbours += std::fabs(H(k - 1, k - 2));
        if (k + 1 <= last) neighbours += std::fabs(H(k + 1, k));
    }
    if (below > eps * neighbours) return false;
    const T above = std::fabs(H(k - 1, k)), corner = std::fabs(H(k, k)), gap = std::fabs(H(k - 1, k - 1) - H(k, k));
    const T size = std::max(corner, gap) + std::max(below, above);
    return std::min(below, above) * (std::max(below, above) / size) <=
           std::max(tiny, eps * (std::min(corner, gap) * (std::max(corner, gap) / size)));
}

// The first row of the unreduced block that ends with row `last`.
template <class T>
index active_block(Matrix<T> H, index lo, index last) noexcept {
    index k = last;
    while (k > lo && !is_negligible(H, k, lo, last)) --k;
    return k;
}

}  // namespace mlcore::linalg
