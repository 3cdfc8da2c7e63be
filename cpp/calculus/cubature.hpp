// Integrals over boxes in several dimensions. See cubature.cpp.
#pragma once

#include <vector>

#include "calculus/cubature_regions.hpp"
#include "calculus/verdict.hpp"

namespace mlcore::calculus {

// The function: what it throws passes through.
class CubatureFunction {
public:
    virtual ~CubatureFunction() = default;
    // Room for n points: coordinate i of point j goes to [i * n + j].
    virtual double* points(index n) = 0;
    // At the points that were written there: n rows of width() values, valid until the next call.
    virtual const double* values() = 0;

    index width() const noexcept { return width_; }
    index count() const noexcept { return count_; }  // of points at which the function was evaluated

protected:
    index width_ = 1, count_ = 0;
};

enum class CubatureMethod { automatic, product, genz_malik };

struct Integral {
    std::vector<double> value;
    double error = 0;
    Verdict verdict = Verdict::more;
    bool product = false;  // whether by products of Kronrod's rule, or by the one of Genz and Malik
};

// The integral over the boxes `first`, of which centre and half are known. Converged if the error is at most max(atol, rtol
// |value|), of several values for the largest. At most `most` points, but one application of the rule is always made.
Integral cubature(CubatureFunction& f, Boxes first, CubatureMethod method, double rtol, double atol, index most);

}  // namespace mlcore::calculus
