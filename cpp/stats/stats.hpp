// The room of statistics: every kernel of stats/, one line of contract each. The definition stands in the file of the same
// name, with the formula, the cost and the source. The common contract is that of blas/blas.hpp.
#pragma once

#include "core/types.hpp"

namespace mlcore::stats {

// column_moments.cpp                     mean_j = sum w_i x_ij / sum w_i;  squares_j = sum w_i (x_ij - mean_j)^2;  sum w_i
template <class T>
double column_moments(Matrix<const T> X, const T* weights, double* mean, double* squares);

}  // namespace mlcore::stats
