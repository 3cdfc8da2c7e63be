// Boxes evaluated: the function at the points of a rule, and what the rule says of the values.
#pragma once

#include <optional>

#include "calculus/cubature_regions.hpp"
#include "calculus/cubature_rule.hpp"
#include "core/lease.hpp"

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

// The function at the points of boxes, in calls of bounded size.
class Samples {
public:
    explicit Samples(CubatureFunction& f) noexcept : f_(f) {}
    const CubatureFunction& function() const noexcept { return f_; }

    // How many boxes of n points fill a call.
    static index boxes_in_a_call(index n, index axes) noexcept;
    // The values at the points of `count` boxes, valid until the next call; `rule` has points() and place().
    template <class Rule>
    const double* operator()(const Rule& rule, const Boxes& boxes, index first, index count) {
        const index n = rule.points(), total = count * n;
        double* const x = begin(total, boxes.axes);
        for (index i = 0; i < count; ++i) {
            const index at = (first + i) * boxes.axes;
            rule.place(boxes.centre.data() + at, boxes.half.data() + at, x + i * n, total);
        }
        return end(total, boxes.axes);
    }

    // Those at n points that place(x) writes: coordinate i of point j at [i * n + j].
    template <class Place>
    const double* at(index n, index axes, const Place& place) {
        place(begin(n, axes));
        return end(n, axes);
    }

private:
    double* begin(index total, index axes);
    const double* end(index total, index axes);

    CubatureFunction& f_;
    std::optional<Lease<double>> points_, values_;  // of what takes several calls
};

double volume(const Boxes& boxes, index i) noexcept;
// What is to be said of boxes with `width` values has a place afterwards.
void make_room(Boxes& boxes, const CubatureRule& rule, index width);
// What the rule says of box i from the values at its points; means: those of the values, if they are wanted.
void apply(CubatureRule& rule, const double* y, Boxes& boxes, index i, double* means = nullptr);
// Of the values y at other points x in box i, laid out as Samples does, those that the rule's points know nothing of.
void find_witnesses(const double* y, const double* x, index n, Boxes& boxes, index i);
template <class Points>
void find_witnesses(const double* y, const Points& points, Boxes& boxes, index i) {
    Lease<double> x(points.points() * boxes.axes);
    points.place(boxes.centre.data() + i * boxes.axes, boxes.half.data() + i * boxes.axes, x.data(), points.points());
    find_witnesses(y, x.data(), points.points(), boxes, i);
}
// Whether the function has the same values, those at `first`, at n points.
bool same(const double* y, index n, const double* first, index width) noexcept;
// Samples all boxes and applies the rule. alike: the function's values if they are the same at all points, else none.
void evaluate(Samples& samples, CubatureRule& rule, Boxes& boxes, std::vector<double>* alike = nullptr);

}  // namespace mlcore::calculus
