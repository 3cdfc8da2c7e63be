// cubature: an integral over boxes, by rounds in which all boxes that stand in the way of the tolerance are cut and the
// function is called once for all children (in pieces if they are many).
//
// START READING at `cubature`, which chooses among the rules; `refine` does the rounds, `begin` what comes before them.
#include "calculus/cubature.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "calculus/cubature_control.hpp"
#include "calculus/genz_malik.hpp"
#include "calculus/product_rule.hpp"

namespace mlcore::calculus {
namespace {

constexpr index most_boxes = index(1) << 17;    // made at once
constexpr index few_points = index(1) << 13;    // which cost little beside the round in which they are evaluated
// Control points: boxes that are looked at twice, at most; axes, beyond which the rule has more than 1200 points; points for each
// axis, and where all values so far are those of a quadratic polynomial.
constexpr index controlled = 16, controlled_axes = 10, control_on_axis = 64, many_control = 4096;
// Points to look at where all values are the same: of a product so many times its own, at most as many as of the other rule.
constexpr index times_if_flat = 7, if_flat = index(1) << 13;
constexpr double most_doubt = 2;                // the error of a box in doubt, in tolerances, at most
constexpr index grid_points = index(1) << 14;   // in the parts of boxes in which there is more than the rule saw
// Products in three dimensions, by relative errors. Of smooth functions that of 21 points is about this power of that of 15; of
// others, 1.
constexpr double power = 2.5;
// A rule of degree 7 needs points as tolerance^(-3/8): from this tolerance on more than products, unless there are kinks. Where
// 21 points have this part of the error of 15, or less, there are none (A. C. Genz's families: 2e-8 to 1e-2; kinks in
// derivatives up to the fifth: 1e-2 to 1), and halving all axes takes away as much again, at least.
constexpr double fine = 1e-7, kinked = 0.1, smoother = 1e-3;

struct Problem {
    Samples samples;
    double rtol, atol;
    index most;  // points

    index count() const noexcept { return samples.function().count(); }

    double tolerance(const std::vector<double>& value) const noexcept {
        double largest = 0;
        for (const double v : value) largest = std::max(largest, std::fabs(v));
        return std::max(atol, rtol * largest);
    }
};

// Boxes halved as many times, each axis in turn.
Boxes grid(Boxes boxes, index times) {
    for (index k = 0; k < times; ++k, ++boxes.halved) {
        const index axis = boxes.halved % boxes.axes, numbers = boxes.count * boxes.axes;
        boxes.centre.resize(std::size_t(2 * numbers));
        boxes.half.resize(std::size_t(2 * numbers));
        double *const centre = boxes.centre.data(), *const half = boxes.half.data();
        for (index i = axis; i < numbers; i += boxes.axes) half[i] /= 2;
        std::copy(centre, centre + numbers, centre + numbers);
        std::copy(half, half + numbers, half + numbers);
        for (index i = axis; i < numbers; i += boxes.axes) {
            centre[i] -= half[i];
            centre[numbers + i] += half[i];
        }
        boxes.count *= 2;
    }
    return boxes;
}

// Parts of boxes, evaluated, as many as there is room for; false if there is none.
bool look_closely(Problem& problem, CubatureRule& rule, Boxes& boxes, index most) {
    const index room = std::min(grid_points, (most - problem.count()) / 2) / (rule.points() * boxes.count);
    if (room < 2) return false;
    boxes = grid(std::move(boxes), index(std::bit_width(std::size_t(room))) - 1);
    evaluate(problem.samples, rule, boxes);
    return true;
}

// Boxes in which all values of the rule are the same, `values`: the function may still differ in a small part of the range.
// Where points spread evenly say so, parts of boxes take their place, or their errors are that large.
Boxes look_again(Problem& problem, CubatureRule& rule, Boxes boxes, const std::vector<double>& values, index points, index most) {
    if (problem.most - problem.count() < points * boxes.count) return boxes;
    const EvenPoints even(boxes.axes, points);
    std::vector<double> errors(std::size_t(boxes.count));
    double hidden = 0;
    for (index i = 0; i < boxes.count; ++i) {
        const double* const y = problem.samples(even, boxes, i, 1);
        if (same(y, points, values.data(), boxes.width)) continue;
        find_witnesses(y, even, boxes, i);
        double most_apart = 0;
        for (index j = 0; j < points; ++j)
            for (index c = 0; c < boxes.width; ++c)
                most_apart = larger(most_apart, std::fabs(y[j * boxes.width + c] - values[std::size_t(c)]));
        hidden += errors[std::size_t(i)] = most_apart * volume(boxes, i);
    }
    if (hidden == 0 || (std::isfinite(hidden) && look_closely(problem, rule, boxes, most))) return boxes;
    boxes.error = errors;
    return boxes;
}

// The boxes to start with, evaluated by a product.
Boxes begin_product(Problem& problem, CubatureRule& rule, Boxes boxes, index most) {
    std::vector<double> alike;
    evaluate(problem.samples, rule, boxes, &alike);
    const index points = std::min(times_if_flat * rule.points(), if_flat / boxes.count);
    return alike.empty() ? boxes : look_again(problem, rule, std::move(boxes), alike, points, most);
}

// As begin_product, by the other rule, and with control points.
Boxes begin(Problem& problem, CubatureRule& rule, Boxes boxes, index most) {
    const index n = rule.points();
    bool known = false;
    double hidden = 0, tolerance = 0;
    std::vector<double> doubt(std::size_t(boxes.count)), beyond, means;
    const bool control = boxes.axes <= controlled_axes && boxes.count <= controlled;
    for (const index more : {control_on_axis * boxes.axes, many_control}) {
        if (!control || problem.count() + boxes.count * (n + more) > most) break;
        Control checked(rule, more);
        const double* y = problem.samples(checked, boxes, 0, boxes.count);
        make_room(boxes, rule, problem.samples.function().width());
        known = true;
        bool exact = true;
        const bool flat = same(y, checked.points() * boxes.count, y, boxes.width);
        const std::vector<double> values(y, y + boxes.width);
        beyond.assign(std::size_t(boxes.width), 0.0);
        means.resize(beyond.size());
        std::fill(doubt.begin(), doubt.end(), 0.0);
        boxes.witnesses.clear();
        std::vector<double> total(std::size_t(boxes.width), 0.0);
        for (index i = 0; i < boxes.count; ++i, y += checked.points() * boxes.width) {
            apply(rule, y, boxes, i, means.data());
            find_witnesses(y, checked, boxes, i);
            const double size = volume(boxes, i);
            for (index c = 0; c < boxes.width; ++c) {
                const Seen seen = checked(y + c, boxes.width, means[std::size_t(c)]);
                total[std::size_t(c)] += means[std::size_t(c)] * size;
                beyond[std::size_t(c)] += seen.beyond * size;
                doubt[std::size_t(i)] = larger(doubt[std::size_t(i)], seen.apart * size);
                exact = exact && seen.exact;
            }
        }
        if (flat) {  // a constant is a quadratic polynomial, too: in many boxes that asks for more points, if there are so many
            const bool many = problem.count() + boxes.count * many_control <= most;
            const index points = std::max(if_flat / boxes.count, many ? many_control : 0);
            return look_again(problem, rule, std::move(boxes), values, points, most);
        }
        hidden = 0;
        for (const double sum : beyond) hidden = larger(hidden, sum);
        tolerance = problem.tolerance(total);
        if (!exact) break;
    }
    if (!known) {
        evaluate(problem.samples, rule, boxes);
        return boxes;
    }
    if (hidden > tolerance && look_closely(problem, rule, boxes, most)) return boxes;
    // What is in doubt is cut once, but not more finely than its own estimate asks for.
    for (index i = 0; i < boxes.count; ++i) {
        double& error = boxes.error[std::size_t(i)];
        error = larger(error, -larger(-doubt[std::size_t(i)], -most_doubt * tolerance));  // the smaller of both, or NaN
    }
    return boxes;
}

Integral refine(Problem& problem, CubatureRule& rule, const Boxes& first, bool product, index most) {
    const index n = rule.points();
    Boxes boxes = product ? begin_product(problem, rule, first, most) : begin(problem, rule, first, most);
    Regions regions(boxes);
    const auto ask = [&](Tree& tree, double least) {
        const index points = tree.points_beside(least);
        if (points == 0 || points > most - problem.count()) return false;
        tree.hear_beside(problem.samples.at(points, first.axes, [&](double* x) { tree.place_beside(x); }));
        return true;
    };
    for (;;) {
        const std::vector<double>& value = regions.value();
        const double error = regions.error();
        const auto end = [&](Verdict verdict) { return Integral{value, error, verdict, product}; };
        if (!std::isfinite(error) || !std::all_of(value.begin(), value.end(), [](double v) { return std::isfinite(v); })) {
            const std::vector<double> none(value.size(), std::numeric_limits<double>::quiet_NaN());
            return {none, std::numeric_limits<double>::infinity(), Verdict::not_finite, product};
        }
        const double tolerance = std::max(problem.tolerance(value), problem.atol < 0 ? 2 * regions.rounding() : 0.0);
        // A tolerance that rounding puts out of reach still asks for the best there is.
        const double within_reach = std::max(tolerance, 2 * regions.rounding());
        if (error <= within_reach && regions.contradict(within_reach, ask)) continue;
        if (error <= tolerance) return end(Verdict::converged);
        if (error <= within_reach) return end(Verdict::roundoff);
        const index left = (most - problem.count()) / n;
        if (left < 2) return end(Verdict::budget);
        if (!regions.split(within_reach, std::min(left, most_boxes), few_points / n, boxes)) return end(Verdict::roundoff);
        evaluate(problem.samples, rule, boxes);
        regions.add(boxes);
    }
}

// Products are tried first: points on an axis, whether all axes are halved before, and how many boxes. If so many do not do, the
// function is not smooth, and a rule with fewer points does better.
struct Trial {
    index axes, on_axis;
    bool halved;
    index boxes;
};
constexpr Trial trials[] = {{2, 21, false, 400}, {3, 15, false, 1}, {3, 21, false, 1}, {3, 21, true, 8}};

// Whether the next product may do: from the relative error of this one and of the one before, and the tolerance.
bool worth_going_on(const Trial& trial, double error, double before, double tolerance) noexcept {
    if (trial.on_axis == 15) return std::pow(error, power) <= tolerance || (tolerance <= fine && error < kinked);
    return tolerance <= fine && error <= smoother * before && error * (error / before) <= tolerance;
}

}  // namespace

Integral cubature(CubatureFunction& f, Boxes first, CubatureMethod method, double rtol, double atol, index most) {
    Problem problem{Samples(f), rtol, atol, most};
    if (method == CubatureMethod::product || first.axes == 1) {
        ProductRule rule(first.axes, 21);
        return refine(problem, rule, first, true, most);
    }
    const index least = first.count * GenzMalik::points_on(first.axes);
    double before = 1;
    for (const Trial& trial : trials) {
        if (method != CubatureMethod::automatic || trial.axes != first.axes) continue;
        ProductRule tried(trial.axes, trial.on_axis);
        const Boxes boxes = trial.halved ? grid(first, first.axes) : first;
        const index n = tried.points(), budget = std::min(most, problem.count() + trial.boxes * n);
        if (budget - problem.count() < boxes.count * n) continue;
        const Integral found = refine(problem, tried, boxes, true, budget);
        if (found.verdict != Verdict::budget || most - problem.count() < least) return found;
        double size = 0;
        for (const double v : found.value) size = std::max(size, std::fabs(v));
        const double error = found.error / size;
        if (!(size > 0) || !worth_going_on(trial, error, before, std::max(atol / size, rtol))) break;
        before = error;
    }
    GenzMalik rule(first.axes);
    // In two dimensions products had many points. This rule begins with about half as many, on a grid, or it would not see what
    // lies between its own: of 300 narrow Gaussians, turned against the axes, 7 came out wrong.
    const index seen = std::min(problem.count(), most - problem.count()) / (2 * rule.points() * first.count);
    const index times = first.axes == 2 && seen > 1 ? index(std::bit_width(std::size_t(seen))) - 1 : 0;
    return refine(problem, rule, grid(first, times), false, most);
}

}  // namespace mlcore::calculus
