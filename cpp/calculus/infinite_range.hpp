// Infinite ranges as finite ones of a variable t. See infinite_range.cpp.
#pragma once

#include "core/types.hpp"

namespace mlcore::calculus {

// Writes x over t, and dx / dt to `slope`. sign: 1 from `end` to infinity, -1 from minus infinity to `end`, 0 for all numbers.
void map_infinite(double* t, double* slope, index n, double end, int sign) noexcept;

}  // namespace mlcore::calculus
