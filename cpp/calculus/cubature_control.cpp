// Control: the rule of Genz and Malik has most of its points in planes through the centre. A jump or a peak may lie between all
// of them; then the function looks smooth, and no null rule can tell. So on the first boxes the function is evaluated at
// control points, too, spread evenly: k (g^-1, ..., g^-d) modulo 1 with g^(d + 1) = g + 1. The quadratic polynomial that fits
// the values at the rule's points best leaves residuals there and at the control points. Of a smooth function both are of about
// the same size (up to a factor of 9 in A. C. Genz's families); a feature that only the control points see has residuals far
// larger.
//
// The fit. The rule's points are the same for x_i and -x_i, and for x_i and x_j. So x_i, x_i x_j and the q_i = x_i^2 - mean
// x_i^2 are orthogonal over them to each other and to 1, but for the q_i among themselves, whose products have the mean a
// delta_ij + b. That matrix has the inverse (delta_ij - b / (a + b d)) / a.
//
// Source: the sequence is M. Roberts's, "The unreasonable effectiveness of quasirandom sequences" (2018).
#include "calculus/cubature_control.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "calculus/dot.hpp"

namespace mlcore::calculus {
namespace {

constexpr double times = 12, rounding = 1e-12;

}  // namespace

EvenPoints::EvenPoints(index axes, index points) : axes_(axes), points_(points), nodes_(std::size_t(axes * points)) {
    double g = 1.5, step = 1, *x = nodes_.data();
    for (int i = 0; i < 60; ++i) {
        const double next = std::pow(1 + g, 1 / double(axes_ + 1));
        if (next == g) break;
        g = next;
    }
    for (index i = 0; i < axes; ++i) {
        step /= g;
        for (index k = 0; k < points; ++k) {
            const double turns = 0.5 + step * double(k + 1);
            *x++ = 2 * (turns - std::floor(turns)) - 1;
        }
    }
}

Control::Control(const CubatureRule& rule, index more)
    : axes_(rule.axes()), rule_points_(rule.points()), points_(rule.points() + more), nodes_(std::size_t(axes_ * points_)),
      y_(std::size_t(points_)), fitted_(y_.size()), work_(y_.size()) {
    double zero[most_axes] = {}, one[most_axes];
    std::fill(one, one + axes_, 1.0);
    rule.place(zero, one, nodes_.data(), points_);
    const EvenPoints even(axes_, more);
    for (index i = 0; i < axes_; ++i) std::copy_n(even.nodes(i), more, nodes_.data() + i * points_ + rule_points_);
    const double *x = nodes_.data(), *z = x + points_;  // 2 axes or more
    for (index j = 0; j < rule_points_; ++j) {
        square_ += x[j] * x[j];
        fourth_ += x[j] * x[j] * (x[j] * x[j]);
        mixed_ += x[j] * x[j] * (z[j] * z[j]);
    }
    for (double* sum : {&square_, &fourth_, &mixed_}) *sum /= double(rule_points_);
}

// The polynomial constant_ + sum_i x_i (coefficient_[i] + sum_(k >= i) quadratic_[i][k] x_k), and its values at all points.
void Control::fit() {
    const index d = axes_, n = rule_points_;
    const double count = double(n), a = fourth_ - mixed_, b = mixed_ - square_ * square_;
    double* const product = work_.data();
    const auto x = [&](index i) { return nodes_.data() + i * points_; };
    double mean = 0, squares = 0;
    for (index j = 0; j < n; ++j) mean += y_[std::size_t(j)];
    mean /= count;
    for (index i = 0; i < d; ++i) {
        for (index j = 0; j < n; ++j) product[j] = y_[std::size_t(j)] * x(i)[j];
        double sum = 0;
        for (index j = 0; j < n; ++j) sum += product[j];
        coefficient_[i] = sum / count / square_;
        quadratic_[i][i] = dot(product, x(i), n) / count - square_ * mean;
        squares += quadratic_[i][i];
        for (index k = i + 1; k < d; ++k) quadratic_[i][k] = dot(product, x(k), n) / count / mixed_;
    }
    constant_ = mean;
    for (index i = 0; i < d; ++i) {
        quadratic_[i][i] = (quadratic_[i][i] - b / (a + b * double(d)) * squares) / a;
        constant_ -= quadratic_[i][i] * square_;
    }
    std::fill(fitted_.begin(), fitted_.end(), constant_);
    for (index i = 0; i < d; ++i) {
        std::fill(work_.begin(), work_.end(), coefficient_[i]);
        for (index k = i; k < d; ++k)
            for (index j = 0; j < points_; ++j) product[j] += quadratic_[i][k] * x(k)[j];
        for (index j = 0; j < points_; ++j) fitted_[std::size_t(j)] += x(i)[j] * product[j];
    }
}

Seen Control::operator()(const double* y, index stride, double mean) {
    for (index j = 0; j < points_; ++j) y_[std::size_t(j)] = y[j * stride];
    fit();
    double peak = 0, seen = 0, largest = 0, outside = 0, integral = constant_;
    for (index j = 0; j < points_; ++j) {
        const double value = y_[std::size_t(j)], residual = value - fitted_[std::size_t(j)];
        if (j < rule_points_) {
            peak = larger(peak, std::fabs(value));
            seen = larger(seen, std::fabs(residual));
        } else {
            largest = larger(largest, std::fabs(residual));
            outside += residual;
        }
    }
    for (index i = 0; i < axes_; ++i) integral += quadratic_[i][i] / 3;
    const double noise = rounding * peak;
    const bool explained = largest <= times * seen + noise || !std::isfinite(seen);
    return {explained ? 0 : std::isnan(largest) ? std::numeric_limits<double>::infinity() : largest,
            std::fabs(outside / double(points_ - rule_points_) - (mean - integral)), larger(largest, seen) <= noise};
}

}  // namespace mlcore::calculus
