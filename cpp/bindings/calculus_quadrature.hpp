// Adaptive quadrature of a Python function. See calculus_quadrature.cpp.
#pragma once

#include <cmath>
#include <vector>

#include "bindings/calculus_integrand.hpp"

namespace mlcore::bindings {

struct Range {
    double low, high;
    std::vector<double> inner;  // the points between, in order
    bool plain() const noexcept { return inner.empty() && std::isfinite(low) && std::isfinite(high); }
};

enum class Status { converged, max_evaluations, roundoff, not_finite, divergent };

struct Found {
    std::vector<double> value;
    double error = 0;
    Status status = Status::converged;
    bool by_tanh_sinh = false;
};

// atol < 0 means the rounding error. At most `most` evaluations. Throws what f raises, and Integrand::BecameComplex.
Found quadrature(Integrand& f, const Range& range, double rtol, double atol, index most);

}  // namespace mlcore::bindings
