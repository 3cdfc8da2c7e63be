// Integrals over boxes in several dimensions. See cubature.cpp.
#pragma once

#include <vector>

#include "calculus/cubature_evaluate.hpp"
#include "calculus/cubature_regions.hpp"
#include "calculus/verdict.hpp"

namespace mlcore::calculus {

enum class CubatureMethod { automatic, product, genz_malik };

struct Integral {
    std::vector<double> value;
    double error = 0;
    Verdict verdict = Verdict::more;
    bool product = false;  // whether by products of Kronrod's rule, or by the one of Genz and Malik
};

// The integral over the boxes `first`, of which centre and half are known. Converged if the error is at most max(atol, rtol
// |value|), of several values for the largest; atol = -1 stands for twice the error of rounding. At most `most` points, but one
// application of the rule is always made.
Integral cubature(CubatureFunction& f, Boxes first, CubatureMethod method, double rtol, double atol, index most);

}  // namespace mlcore::calculus
