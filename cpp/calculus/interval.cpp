// Interval: its points, and when it can be divided no more.
#include "calculus/interval.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace mlcore::calculus {
namespace {

constexpr double eps = std::numeric_limits<double>::epsilon(), infinity = std::numeric_limits<double>::infinity();
constexpr double beside_end = 0x1p-40;  // of half the length: how far from an end; the polynomial is taken at the end itself
constexpr int most_stalls = 3;

double inside(const Interval& v, double u) noexcept {
    return u <= v.lo ? std::nextafter(v.lo, infinity) : u >= v.hi ? std::nextafter(v.hi, -infinity) : u;
}

}  // namespace

void nodes(const Interval& v, double* u) noexcept {
    const double middle = v.center(), half = v.half();
    for (index j = 0; j < rule_points; ++j) u[j] = middle + half * rule_nodes[j];
    if (u[0] > v.lo && u[rule_points - 1] < v.hi) return;
    for (index j = 0; j < rule_points; ++j) u[j] = inside(v, u[j]);
}

double beside(const Interval& v, bool left) noexcept {
    const double apart = v.half() * ((left ? v.named_left : v.named_right) ? beside_named : beside_end);
    return inside(v, left ? v.lo + apart : v.hi - apart);
}

bool dense(double lo, double hi) noexcept { return 0.5 * hi - 0.5 * lo > 4 * eps * std::max(std::fabs(lo), std::fabs(hi)); }
bool resolved(const Interval& v) noexcept { return dense(v.lo, v.hi) && v.cut > v.lo && v.cut < v.hi; }

bool divisible(const Interval& v) noexcept { return !v.fixed && !(v.error <= v.noise) && v.stalls < most_stalls && resolved(v); }

bool singular_at_an_end(const Interval& v) noexcept { return v.left_run >= singular_run || v.right_run >= singular_run; }

}  // namespace mlcore::calculus
