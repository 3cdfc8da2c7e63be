// Values of Chebyshev series.
#pragma once

#include "core/types.hpp"

namespace mlcore::calculus {

// A function on [breaks[0], breaks[pieces]]: between breaks i and i + 1 the series whose coefficients are row i, contiguous.
struct ChebyshevPieces {
    const double* breaks;
    Matrix<const double> series;
};

// y_j = c_0 + c_1 T_1(t_j) + ... for n points, `terms` coefficients.
void chebyshev_values(index terms, const double* c, index n, const double* t, double* y);

// The same for a function in pieces. NaN outside of its interval and for NaN; at a break the right piece counts.
void chebyshev_values(const ChebyshevPieces& f, index n, const double* x, double* y);

}  // namespace mlcore::calculus
