// The boxes of an adaptive cubature: which of them are cut next, along which axes, and what the others add up to.
// See cubature_regions.cpp and cubature_cuts.cpp.
#pragma once

#include <cstdint>
#include <vector>

#include "core/types.hpp"

namespace mlcore::calculus {

// Boxes to be evaluated, and what a rule says of them. Row by row: `axes` numbers, or `width`, that of the function's values.
struct Boxes {
    index axes = 0, count = 0, width = 1;
    std::vector<double> centre, half;
    std::vector<double> value;      // the integrals
    std::vector<double> error;      // one for each box: a bound of the error of cutting off, of several values the largest
    std::vector<double> rounding;   // likewise of the error of rounding
    std::vector<double> roughness;  // how badly the function is resolved along each axis; only the proportions count
};

class Regions {
public:
    explicit Regions(const Boxes& first);

    // The sum of the integrals over all boxes, that of the errors, and the part of it that no cutting can make smaller.
    const std::vector<double>& value() const noexcept { return value_; }
    double error() const noexcept { return error_ + rounding_; }
    double rounding() const noexcept { return rounding_; }

    // Takes out the worst boxes and gives their children, at most `most`; false if none can be cut. Boxes are cut along several
    // axes where that makes no more than `few` children.
    bool split(double tolerance, index most, index few, Boxes& children);
    // Appends the children that split() gave, with what the rule says of them.
    void add(const Boxes& children);

private:
    // A row for each box: centre, half length and roughness for each axis; then columns; then values.
    enum Column { of_error, of_rounding, of_doubt, of_caution, columns };
    const double* row(index i) const noexcept { return table_.data() + i * stride_; }
    void append(const Boxes& boxes, index i, double error, double doubt, double caution, std::uint32_t cut);
    void settle(const double* row) noexcept;
    void add_up() noexcept;
    std::uint32_t cuts(const double* row, double allowed, index axes) const noexcept;
    void bear(const double* parent, std::uint32_t cut, Boxes& children) const;

    index axes_, width_, stride_;
    std::vector<double> whole_;  // the largest half lengths at first
    std::vector<double> table_, parents_;
    std::vector<std::uint32_t> cut_;  // of each parent: the axes, a bit for each
    // Of the boxes that are settled for good: added up, and forgotten.
    std::vector<double> settled_, settled_rest_;
    double settled_error_ = 0, settled_rounding_ = 0;
    std::vector<double> value_, rest_;
    double error_ = 0, rounding_ = 0;
};

}  // namespace mlcore::calculus
