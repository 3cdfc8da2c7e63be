// Products of a Gauss-Kronrod rule with itself. See product_rule.cpp.
#pragma once

#include "calculus/cubature_rule.hpp"
#include "core/lease.hpp"

namespace mlcore::calculus {

class ProductRule final : public CubatureRule {
public:
    ProductRule(index axes, index on_axis);  // 1 to 3 axes; 15 or 21 points on each
    void place(const double* centre, const double* half, double* x, index stride) const noexcept override;
    Applied apply(const double* y, index stride, double* roughness) override;
    void faces(const double* y, index stride, double* values) const noexcept override;

private:
    static constexpr index padded = 24;

    double last_axis() noexcept;
    double other_axis(index axis) noexcept;
    double contract(double* t, index dimensions) const noexcept;

    index on_axis_, lines_count_;
    alignas(64) double node_[padded] = {}, mean_[padded] = {}, even_[padded] = {}, odd_[padded] = {},
                       end_[padded] = {};  // weights on a line
    Lease<double> room_;
    double *y_, *lines_, *means_, *sizes_;  // values, and one number for each line; all with `padded` zeros behind
};

}  // namespace mlcore::calculus
