// complete_basis: columns of U (m x k), the first `known` of them orthonormal, are made orthonormal all.
//
// Each new column is the part of a unit vector e_i that is orthogonal to those before it, by two projections. With j columns the
// squares |U^T e_i|^2 add up to j, so the least of them is at most j / m: e_i keeps at least 1 / m of its square, no more than a
// few digits are lost in the first projection, and the second makes them good ("twice is enough").
//
// Flops 10 m k for each new column: for the few that are missing, not for a basis from nothing.
#include <cmath>

#include "linalg/linalg.hpp"

namespace mlcore::linalg {

template <class T>
void complete_basis(Matrix<T> U, index known) noexcept {
    const index m = U.rows;
    for (index j = known; j < U.cols; ++j) {
        index best = 0;
        T least = 2, square = 0;
        for (index i = 0; i < m; ++i) {
            T inside = 0;
            for (index c = 0; c < j; ++c) inside += U(i, c) * U(i, c);
            if (inside < least) least = inside, best = i;
        }
        for (index i = 0; i < m; ++i) U(i, j) = T(i == best);
        for (int twice = 0; twice < 2; ++twice)
            for (index c = 0; c < j; ++c) {
                T product = 0;
                for (index i = 0; i < m; ++i) product += U(i, c) * U(i, j);
                for (index i = 0; i < m; ++i) U(i, j) -= product * U(i, c);
            }
        for (index i = 0; i < m; ++i) square += U(i, j) * U(i, j);
        for (index i = 0; i < m; ++i) U(i, j) /= std::sqrt(square);
    }
}

template void complete_basis<float>(Matrix<float>, index) noexcept;
template void complete_basis<double>(Matrix<double>, index) noexcept;

}  // namespace mlcore::linalg
