// Where a function that is smooth in two pieces has its kink or jump. See break_point.cpp.
#pragma once

#include "core/types.hpp"

namespace mlcore::calculus {

// On [-1, 1]: between lo and hi; at lo if they are the same. None if lo > hi.
struct BreakPoint {
    double lo = 1, hi = -1;
    bool found() const noexcept { return lo <= hi; }
};

// From the values y[0], y[stride], ... at the nodes of gauss_kronrod.hpp; all finite. A guess, not a proof: where to cut.
BreakPoint break_point(const double* y, index stride) noexcept;

}  // namespace mlcore::calculus
