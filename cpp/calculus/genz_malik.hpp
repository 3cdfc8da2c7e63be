// The cubature rule of Genz and Malik. See genz_malik.cpp.
#pragma once

#include <vector>

#include "calculus/cubature_rule.hpp"

namespace mlcore::calculus {

class GenzMalik final : public CubatureRule {
public:
    explicit GenzMalik(index axes);  // 2 to most_axes
    static constexpr index points_on(index axes) noexcept { return 1 + 4 * axes + 2 * axes * axes + (index(1) << axes); }
    void place(const double* centre, const double* half, double* x, index stride) const noexcept override {
        place_nodes(nodes_.data(), points(), axes(), centre, half, x, stride);
    }
    Applied apply(const double* y, index stride, double* roughness) override;
    void faces(const double* y, index stride, double* values) const noexcept override;

private:
    void coordinates(index axis) noexcept;

    static constexpr int orbits = 5, nulls = 4;

    index count_[orbits];
    double weight_[orbits], null_[nulls][orbits];  // of a point in each orbit; null rules of the degrees 5, 3, 3, 1
    double edge_[5], end_[7];                      // of the values on an axis, in the polynomial near its end and there
    std::vector<double> nodes_, dense_;
};

}  // namespace mlcore::calculus
