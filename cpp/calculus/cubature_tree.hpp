// The boxes of a cubature as the tree of their cuts: which of them touch, and what they say of each other. See cubature_tree.cpp.
#pragma once

#include <cstdint>
#include <unordered_set>
#include <vector>

#include "calculus/cubature_boxes.hpp"

namespace mlcore::calculus {

class Tree {
public:
    // The boxes are those of which `first` was made by grid(), and its own.
    explicit Tree(const Boxes& first);

    // The node of a box that was there at first.
    index node(index i) const noexcept { return at_first_[std::size_t(i)]; }
    // The box of a node was cut along these axes: children first to first + count are its parts. The first of their nodes.
    index cut(index node, std::uint32_t axes, const Boxes& children, index first, index count);
    // For each node, the part of the integral over its box that its values leave out, by those of boxes that touch it; then by
    // how much for each axis, along which the box should be cut.
    const std::vector<double>& hidden();

    // Faces across which the values differ, by what hidden() found, so that more than `least` may be left out: how many points just
    // beside them tell whether the function jumps there, the points (coordinate i of point j at [i * n + j]), and what it says.
    index points_beside(double least);
    void place_beside(double* x) const noexcept;
    void hear_beside(const double* y);

private:
    struct Gap {
        index low, high, axis;
        double step, amount;  // of the function; of the integral
    };
    struct Link {
        std::uint32_t cut = 0;  // the axes, a bit for each; none for a box that is not cut
        std::int32_t halved = 0;  // how many times since the first boxes
        index first = 0;          // its first child
    };
    const double* centre(index node) const noexcept { return geometry_.data() + node * 2 * axes_; }
    const double* half(index node) const noexcept { return centre(node) + axes_; }
    void across(index low, index high, index axis);
    void compare(index small, index large, index axis, index side);
    index find(index node, const double* x) const noexcept;
    double volume(index node) const noexcept;
    void hear_witnesses();
    void add(index node, double amount, index axis) noexcept;
    void match(index low, index high, index axis);
    bool touch(index a, index b, index axis) const noexcept;

    index axes_, width_, roots_ = 0;
    std::vector<index> at_first_;
    std::vector<Link> links_;
    std::vector<double> geometry_;  // of each node: centre, half, for each axis
    std::vector<double> range_;     // of each node and value: the smallest, the largest
    std::vector<double> faces_;     // likewise those in the middle of both faces across each axis
    double gap_;
    std::vector<double> witnesses_;
    std::vector<double> hidden_;
    std::vector<Gap> gaps_;
    std::unordered_set<std::uint64_t> jumps_;  // pairs of nodes: at their face, the function jumps
};

}  // namespace mlcore::calculus
