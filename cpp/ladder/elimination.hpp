// What the steps of Gaussian elimination share: the choice of a pivot, and the exchange of rows that goes with it.
#pragma once

#include <cmath>
#include <utility>

#include "core/types.hpp"

namespace mlcore::ladder {

// The row at or below row k with the largest element of column k.
template <class T>
index largest_below(Matrix<const T> U, index k) noexcept {
    index best = k;
    for (index i = k + 1; i < U.rows; ++i)
        if (std::fabs(U(i, k)) > std::fabs(U(best, k))) best = i;
    return best;
}

// Rows i and k change places: what is left of A, the multipliers found so far, and the record of where each row came from.
template <class T>
void exchange(index i, index k, index* order, Matrix<T> L, Matrix<T> U) noexcept {
    if (i == k) return;
    for (index j = 0; j < U.cols; ++j) std::swap(U(i, j), U(k, j));
    for (index j = 0; j < k; ++j) std::swap(L(i, j), L(k, j));
    std::swap(order[i], order[k]);
}

}  // namespace mlcore::ladder
