// Boxes, and what a cubature rule says of them.
#pragma once

#include <algorithm>
#include <vector>

#include "core/types.hpp"

namespace mlcore::calculus {

// Boxes to be evaluated, and what a rule says of them. Row by row: `axes` numbers, or `width`, that of the function's values.
struct Boxes {
    index axes = 0, count = 0, width = 1;
    index halved = 0;  // how many times, each axis in turn, boxes were halved that stood in place of these
    std::vector<double> centre, half;
    std::vector<double> value;      // the integrals
    std::vector<double> error;      // one for each box: a bound of the error of cutting off, of several values the largest
    std::vector<double> rounding;   // likewise of the error of rounding
    std::vector<double> roughness;  // how badly the function is resolved along each axis; only the proportions count
    std::vector<double> range;      // for each of the function's values the smallest and the largest
    std::vector<double> faces;      // likewise those in the middle of the upper and the lower face across each axis
    double gap = 0;                 // how far the rule's outermost points on an axis are from its ends, in half lengths
    // Of other points, what the rule at first did not see. Row by row: in which of the boxes at first, its volume for each point,
    // where, the values.
    std::vector<double> witnesses;
};

// By how much y lies outside of the range of a box's values, by more than some times that range; negative if it does not. Half
// as many or twice as many times make no difference.
inline double beyond(const double* range, double y) noexcept {
    constexpr double times = 2;
    return std::max(y - range[1], range[0] - y) - times * (range[1] - range[0]);
}

}  // namespace mlcore::calculus
