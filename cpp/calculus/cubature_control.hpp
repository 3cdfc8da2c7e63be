// A second look at a box: does the function have features that the points of a rule do not see? See cubature_control.cpp.
#pragma once

#include <vector>

#include "calculus/cubature_rule.hpp"

namespace mlcore::calculus {

// Points spread evenly over a box, in place of a rule's.
class EvenPoints {
public:
    EvenPoints(index axes, index points);
    index points() const noexcept { return points_; }
    void place(const double* centre, const double* half, double* x, index stride) const noexcept {
        place_nodes(nodes_.data(), points_, axes_, centre, half, x, stride);
    }
    const double* nodes(index axis) const noexcept { return nodes_.data() + axis * points_; }

private:
    index axes_, points_;
    std::vector<double> nodes_;
};

// What values at a rule's points and at control points say of the rule, for one box and one of the function's values.
struct Seen {
    double beyond;  // the largest residual at a control point if those at the rule's points cannot explain it, else 0
    double apart;   // by how much the mean of the residuals at control points differs from what the rule makes of its own
    bool exact;     // whether all residuals are rounding errors
};

class Control {
public:
    Control(const CubatureRule& rule, index points);

    index points() const noexcept { return points_; }
    // As CubatureRule::place, the points of the rule first.
    void place(const double* centre, const double* half, double* x, index stride) const noexcept {
        place_nodes(nodes_.data(), points_, axes_, centre, half, x, stride);
    }
    // From the values y[0], y[stride], ... at all points and the rule's mean. Values at control points that are no numbers
    // count as infinite residuals.
    Seen operator()(const double* y, index stride, double mean);

private:
    void fit();

    index axes_, rule_points_, points_;
    double square_ = 0, fourth_ = 0, mixed_ = 0;  // means over the rule's points: x_i^2, x_i^4, x_i^2 x_j^2
    std::vector<double> nodes_, y_, fitted_, work_;
    double constant_ = 0, coefficient_[most_axes] = {}, quadratic_[most_axes][most_axes] = {};
};

}  // namespace mlcore::calculus
