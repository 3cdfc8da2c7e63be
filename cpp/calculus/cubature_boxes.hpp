// Boxes, and what a cubature rule says of them.
#pragma once

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
    // For each of the function's values the smallest, the largest, and those near the upper and the lower end of each axis; empty if
    // the rule has no points there.
    std::vector<double> ends;
};

}  // namespace mlcore::calculus
