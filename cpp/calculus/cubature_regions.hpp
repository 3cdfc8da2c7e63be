// The boxes of an adaptive cubature: which of them are cut next, along which axes, and what the others add up to.
// See cubature_regions.cpp and cubature_cuts.cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "calculus/cubature_boxes.hpp"
#include "calculus/cubature_tree.hpp"

namespace mlcore::calculus {

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
    // Where boxes that touch another one contradict it, makes its error larger; whether there are any. ask: looks beside the faces
    // of the tree that leave out more than a number; false if it cannot.
    bool contradict(double tolerance, const std::function<bool(Tree&, double)>& ask);

private:
    // A row for each box: centre, half length and roughness for each axis; then columns; then values.
    enum Column { of_error, of_rounding, of_doubt, of_caution, of_node, columns };
    const double* row(index i) const noexcept { return table_.data() + i * stride_; }
    void append(const Boxes& boxes, index i, double error, double doubt, double caution, std::uint32_t cut, index node);
    void settle(const double* row);
    void wake(const double* row) noexcept;
    void add_up() noexcept;
    std::uint32_t cuts(const double* row, double allowed, index axes) const noexcept;
    void bear(const double* parent, std::uint32_t cut, Boxes& children) const;

    index axes_, width_, stride_;
    std::vector<double> whole_;  // the largest half lengths at first
    std::vector<double> table_, parents_;
    Tree tree_;
    std::vector<std::uint32_t> cut_;  // of each parent: the axes, a bit for each
    // Of the boxes that are settled: added up, and kept, for what touches them may make their errors larger again.
    std::vector<double> asleep_;
    std::vector<double> settled_, settled_rest_;
    double settled_error_ = 0, settled_rounding_ = 0;
    std::vector<double> value_, rest_;
    double error_ = 0, rounding_ = 0;
};

}  // namespace mlcore::calculus
