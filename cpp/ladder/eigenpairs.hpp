// What the steps of the symmetric eigenvalue problem share: how it begins, when it ends, and in which order.
//
//     A = V diag(w) V^T        every step turns A into a diagonal matrix by orthogonal similarities, V^T A V, and collects V
#pragma once

#include <cmath>
#include <limits>
#include <utility>

#include "ladder/steps.hpp"

namespace mlcore::ladder {

// The upper triangle becomes the mirror of the lower one.
template <class T>
void mirror(Matrix<T> S) noexcept {
    for (index i = 0; i < S.rows; ++i)
        for (index j = 0; j < i; ++j) S(j, i) = S(i, j);
}

// An element off the diagonal that is not larger than this counts as zero: eps ||A||_F, which no similarity changes. To drop
// it moves no eigenvalue further than that. NaN if A holds NaN or infinity.
template <class T>
T negligible(Matrix<const T> S) noexcept {
    T largest = 0, squares = 0;
    for (index i = 0; i < S.rows; ++i)
        for (index j = 0; j < S.cols; ++j) largest = std::fabs(S(i, j)) > largest ? std::fabs(S(i, j)) : largest;
    const T unit = largest > T(0) ? largest : T(1);
    for (index i = 0; i < S.rows; ++i)
        for (index j = 0; j < S.cols; ++j) squares += (S(i, j) / unit) * (S(i, j) / unit);
    return std::numeric_limits<T>::epsilon() * unit * std::sqrt(squares);
}

// w, ascending, from the diagonal of S; the columns of V change places with them.
template <class T>
void sort_eigenpairs(Matrix<const T> S, Vector<T> w, Matrix<T> V) noexcept {
    const index n = S.rows;
    for (index j = 0; j < n; ++j) w[j] = S(j, j);
    for (index j = 0; j < n; ++j) {
        index least = j;
        for (index k = j + 1; k < n; ++k)
            if (w[k] < w[least]) least = k;
        if (least == j) continue;
        std::swap(w[j], w[least]);
        for (index i = 0; i < n; ++i) std::swap(V(i, j), V(i, least));
    }
}

}  // namespace mlcore::ladder
