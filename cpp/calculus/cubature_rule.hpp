// A cubature rule: where in a box it wants the function, and what it makes of the values.
#pragma once

#include "core/types.hpp"

namespace mlcore::calculus {

inline constexpr index most_axes = 15;
// The relative error of a value of the function and of a sum of such, as in R. Piessens et al., "QUADPACK", Springer 1983.
inline constexpr double value_rounding = 50 * 2.220446049250313e-16;

// Of one box and one of the function's values.
struct Applied {
    double mean;      // of the function
    double error;     // of the mean: a bound of what the rule cuts off
    double rounding;  // of the mean: a bound of the error of rounding
};

class CubatureRule {
public:
    virtual ~CubatureRule() = default;
    index axes() const noexcept { return axes_; }
    index points() const noexcept { return points_; }
    // How far the outermost points on an axis are from its ends, in half lengths.
    double gap() const noexcept { return gap_; }
    // Coordinate i of point j in the box around `centre` with the half lengths `half` goes to x[i * stride + j].
    virtual void place(const double* centre, const double* half, double* x, index stride) const noexcept = 0;
    // From the values y[0], y[stride], ... roughness: how badly the function is resolved along each axis; only the proportions
    // count.
    virtual Applied apply(const double* y, index stride, double* roughness) = 0;
    // The values in the middle of the faces at the upper and the lower end of each axis, by the polynomial through all points on
    // that axis.
    virtual void faces(const double* y, index stride, double* values) const noexcept = 0;

protected:
    CubatureRule(index axes, index points) noexcept : axes_(axes), points_(points) {}
    double gap_ = 0;

private:
    index axes_, points_;
};

// `place` for nodes on [-1, 1]^d: coordinate i of point j of n is nodes[i * n + j].
inline void place_nodes(const double* nodes, index n, index axes, const double* centre, const double* half, double* x,
                        index stride) noexcept {
    for (index i = 0; i < axes; ++i, nodes += n, x += stride)
        for (index j = 0; j < n; ++j) x[j] = centre[i] + half[i] * nodes[j];
}

// The larger one; NaN if one of them is.
inline double larger(double a, double b) noexcept { return a != a || a > b ? a : b; }

}  // namespace mlcore::calculus
