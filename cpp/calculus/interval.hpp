// An interval of an adaptive quadrature, and what is known of it.
#pragma once

#include "calculus/gauss_kronrod.hpp"

namespace mlcore::calculus {

// What lies at an end: more of the range; or its limit, or a place that the caller named. There the function may well be
// singular, or lose all digits (think of (1 - cos x) / x^2 at 0), and is not looked at more closely than the nodes do.
enum class Edge { inside, named };

struct Interval {
    double lo, hi;           // of the parameter u
    double origin;           // x = u if kind is 0, else origin + kind / u: the way to infinity
    int kind;
    double error = 0, noise = 0, size = 0;
    double parent_error = 0;
    double cut = 0;          // where it is halved next
    double break_lo = 1, break_hi = -1;  // within, a kink or jump: it is cut there instead; none if break_lo > break_hi
    bool at_break = false;   // it ends at one, or lies around it
    int left_run = 0;        // how often in a row its left end stayed while it was halved and had nearly all of the error
    int right_run = 0;
    bool smooth = true;      // the rule converges fast on this scale
    int stalls = 0;          // how often in a row halving did not help
    bool fixed = false;      // the value comes from elsewhere
    bool named_left = false, named_right = false;  // which end is a limit, or a place that the caller named
    bool ask_left = false, ask_right = false;  // whether the function is wanted next to an end

    double center() const noexcept { return 0.5 * lo + 0.5 * hi; }
    double half() const noexcept { return 0.5 * hi - 0.5 * lo; }
    bool breaks() const noexcept { return break_lo <= break_hi; }
};

// The nodes of the rule, inside the interval.
void nodes(const Interval& v, double* u) noexcept;
// Next to an end; not so near that a function which is infinite there overflows. From a named end as far as a sixteenth of what
// lies between it and the first node.
constexpr double beside_named = 0x1p-4 * (1 + -0.995657163025808);  // of half the length
double beside(const Interval& v, bool left) noexcept;
inline double argument(const Interval& v, double u) noexcept { return v.kind == 0 ? u : v.origin + v.kind / u; }
// Whether numbers are dense enough for nodes between lo and hi.
bool dense(double lo, double hi) noexcept;
// Whether they are between the ends, and the interval can be cut.
bool resolved(const Interval& v) noexcept;
// Whether halving can tell more.
bool divisible(const Interval& v) noexcept;
bool singular_at_an_end(const Interval& v) noexcept;

// How often in a row one end kept the error before the function is taken for singular there; at a limit of the range.
inline constexpr int singular_run = 4, limit_run = 2;

}  // namespace mlcore::calculus
