// Integrals over an interval that is singular at an end. See tanh_sinh.cpp.
#pragma once

#include <functional>
#include <vector>

#include "core/types.hpp"

namespace mlcore::calculus {

// An interval of the parameter u that is singular at an end; x is u, or origin + kind / u where kind is not 0.
struct End {
    double lo, hi, origin;
    int kind;
    bool left;
};

enum class Outcome { refused, settled, divergent };

struct Settled {
    Outcome outcome = Outcome::refused;  // refused: f is not what this rule is made for, or the budget too small
    std::vector<double> value;
    double error = 0, size = 0;
};

// f at n points x: n rows of `width` values, valid until the next call.
using Sampler = std::function<const double*(const double* x, index n)>;

// Stops at an error of `tolerance`. `rounding`: the relative error of a value of f. `budget`: how many points there may be.
Settled tanh_sinh(const Sampler& f, index width, const End& end, double tolerance, double rounding, index budget);

}  // namespace mlcore::calculus
