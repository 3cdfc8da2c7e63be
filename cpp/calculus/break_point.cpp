// break_point: the place of a kink or jump, from the values at the nodes of the rule of 21 points.
//
// Each value is compared with the cubic through the two on either side of it. If the function is smooth but for one point, then
// only those comparisons are off that reach across the gap between two nodes in which it lies: at most four, next to each other.
// On either side of that gap a polynomial goes through the nearest four values. Where the two meet within the gap is a kink;
// how far from there those through three values meet is about the error of that. If they do not meet it is a jump, of which
// nothing is known but the gap.
//
// Halving would need three steps to make an interval around it as short as the gap, and forty for what the meeting point gives.
#include "calculus/break_point.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "calculus/gauss_kronrod.hpp"

namespace mlcore::calculus {
namespace {

constexpr index window = 5, windows = rule_points - window + 1, most_values = 4, least_values = 3;
constexpr double off = 0.02;          // largest comparison elsewhere, relative to those across the gap
constexpr double noise = 1e-11;       // of the largest value
constexpr double exactly = 1e-6;      // of half the interval: a place known as well as that is one point
constexpr double safety = 4;
constexpr int most_steps = 60;
constexpr double infinity = std::numeric_limits<double>::infinity();

// What the values of a window are multiplied by to give the middle one less the cubic through the others.
struct Comparisons {
    double weights[windows][window];

    Comparisons() noexcept {
        for (index s = 0; s < windows; ++s)
            for (index k = 0; k < window; ++k) {
                double w = k == 2 ? 1 : -1;
                for (index j = 0; j < window && k != 2; ++j)
                    if (j != 2 && j != k)
                        w *= (rule_nodes[s + 2] - rule_nodes[s + j]) / (rule_nodes[s + k] - rule_nodes[s + j]);
                weights[s][k] = w;
            }
    }
};

// The polynomial through `count` values at first, first + step, ... at x, by Neville's scheme.
double through(const double* y, index first, index step, index count, double x) noexcept {
    double p[most_values] = {};
    for (index k = 0; k < count; ++k) p[k] = y[first + k * step];
    for (index order = 1; order < count; ++order)
        for (index k = 0; k + order < count; ++k) {
            const double a = rule_nodes[first + k * step], b = rule_nodes[first + (k + order) * step];
            p[k] = ((x - b) * p[k] - (x - a) * p[k + 1]) / (a - b);
        }
    return p[0];
}

// Where the polynomials on both sides of the gap after node i meet within it; NaN if they do not. Illinois' regula falsi.
double meeting_point(const double* y, index i, index values) noexcept {
    const auto apart = [&](double x) { return through(y, i, -1, values, x) - through(y, i + 1, 1, values, x); };
    double a = rule_nodes[i], b = rule_nodes[i + 1], at_a = apart(a), at_b = apart(b), x = a;
    if (at_a == 0 || at_b == 0) return at_a == 0 ? a : b;
    if (!(at_a * at_b < 0)) return std::nan("");
    for (int step = 0; step < most_steps && std::fabs(b - a) > 1e-15; ++step) {
        x = (a * at_b - b * at_a) / (at_b - at_a);
        const double at_x = apart(x);
        if (at_x == 0) break;
        if (at_x * at_b < 0) {
            a = b;
            at_a = at_b;
        } else {
            at_a *= 0.5;
        }
        b = x;
        at_b = at_x;
    }
    return x;
}

}  // namespace

BreakPoint break_point(const double* values, index stride) noexcept {
    static const Comparisons comparisons;
    double y[rule_points], peak = 0, apart[windows];
    for (index j = 0; j < rule_points; ++j) {
        y[j] = values[j * stride];
        peak = std::max(peak, std::fabs(y[j]));
    }
    for (index s = 0; s < windows; ++s) {
        apart[s] = 0;
        for (index k = 0; k < window; ++k) apart[s] += comparisons.weights[s][k] * y[s + k];
        apart[s] = std::fabs(apart[s]);
    }
    // What is off most at an end is no break but a singularity there.
    const double* const most = std::max_element(apart, apart + windows);
    const double largest = *most;
    if (most == apart || most == apart + windows - 1 || !(largest > noise * peak) || !(largest < infinity)) return {};
    // The largest up to each window, and from it on.
    double before[windows + 1] = {}, after[windows + 1] = {};
    for (index s = 0; s < windows; ++s) before[s + 1] = std::max(before[s], apart[s]);
    for (index s = windows; s-- > 0;) after[s] = std::max(after[s + 1], apart[s]);
    // A window s reaches across the gap after node i if i - 3 <= s <= i.
    index gap = -1;
    double least = off * largest;
    for (index i = least_values - 1; i + least_values < rule_points; ++i) {
        const double elsewhere = std::max(before[std::max<index>(i - 3, 0)], after[std::min(i + 1, windows)]);
        if (elsewhere < least) {
            least = elsewhere;
            gap = i;
        }
    }
    if (gap < 0) return {};
    const double lo = rule_nodes[gap], hi = rule_nodes[gap + 1];
    const index known = std::min({most_values, gap + 1, rule_points - 1 - gap});
    const double meet = meeting_point(y, gap, known), other = meeting_point(y, gap, known - 1);
    const double error = safety * std::fabs(meet - other);
    if (error < exactly) return {meet, meet};
    if (error < hi - lo) return {std::max(lo, meet - error), std::min(hi, meet + error)};
    return {lo, hi};
}

}  // namespace mlcore::calculus
