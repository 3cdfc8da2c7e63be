// The Gauss-Kronrod rule of 10 and 21 points on [-1, 1], and what one application of it says of an interval.
#pragma once

#include "core/types.hpp"

namespace mlcore::calculus {

inline constexpr index rule_points = 21;

// From left to right, `rule_points` each; gauss_weights is 0 at the nodes that are Kronrod's alone.
extern const double rule_nodes[], kronrod_weights[], gauss_weights[];

// Of one interval.
struct Estimate {
    double value;  // of the integral
    double error;  // at least noise
    double noise;  // what rounding may have done to the value
    double size;   // the integral of |f|
    double peak;   // the largest |f|
    double fall;   // (8 A / B)^2, 1 where f is not smooth on this scale
    double left, right;  // the polynomial through all values, at both ends
};

// From the values y[0], y[stride], ... at the nodes of an interval of length 2 half. `rounding`: the relative error of a value.
Estimate gauss_kronrod(const double* y, index stride, double half, double rounding) noexcept;

// The polynomial through all values, at x between two nodes or beyond, not at one.
double polynomial(const double* y, index stride, double x) noexcept;

}  // namespace mlcore::calculus
