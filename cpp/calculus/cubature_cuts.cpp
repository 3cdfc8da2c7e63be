// The axes along which a box is cut, and its children.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "calculus/cubature_regions.hpp"
#include "calculus/cubature_rule.hpp"

namespace mlcore::calculus {
namespace {

constexpr double eps = std::numeric_limits<double>::epsilon(), tiny = std::numeric_limits<double>::min();
// Axes whose roughness differs by no more are equally rough.
constexpr double same = 0.1;
// Another axis is cut as well if its roughness is more than this part of the largest: along a jump, others need no cuts.
constexpr double as_well = 0.3;
constexpr double tie = 1e-9;
// Children together are expected to have no more than this part of the tolerance if there are to be no more of them.
constexpr double expected_part = 0.5;

// Whether an axis can be halved: numbers are dense enough.
bool possible(double centre, double half) noexcept { return half > 8 * eps * std::fabs(centre) + tiny; }

}  // namespace

// Along which axes to cut a box: first the roughest, and of those as rough the longest beside the range.
//
// Cutting one axis takes away about the part of the error that is due to that axis: its roughness squared, for the roughness
// falls as half the power of the lengths by which the error falls. If too much would be left, the next would be cut in the next
// round anyway; cut at once, the boxes in between need no evaluations. allowed: the tolerance over the error of all boxes to be
// cut.
std::uint32_t Regions::cuts(const double* box, double allowed, index axes) const noexcept {
    const double *centre = box, *half = box + axes_, *found = half + axes_;
    double rough[most_axes], rank[most_axes], peak = 0, total = 0;
    for (index a = 0; a < axes_; ++a) peak = std::max(peak, found[a]);
    index first = 0;
    for (index a = 0; a < axes_; ++a) {
        rough[a] = found[a] / (peak + tiny);
        rank[a] = rough[a] >= 1 - same ? 1 + half[a] / whole_[std::size_t(a)] : rough[a];
        total += rough[a] * rough[a];
        if (rank[a] > rank[first]) first = a;
    }
    if (!possible(centre[first], half[first])) return 0;
    std::uint32_t cut = std::uint32_t(1) << first;
    if (axes == 1) return cut;
    for (index a = 0; a < axes_; ++a) rank[a] = (possible(centre[a], half[a]) ? rank[a] : 0) - tie * double(a);
    for (index a = 0; a < axes_; ++a) {
        if (!(rough[a] > as_well) || !possible(centre[a], half[a])) continue;
        double left = 0;
        index before = 0;
        for (index k = 0; k < axes_; ++k)
            if (rank[a] < rank[k]) ++before;
            else left += rough[k] * rough[k];
        if (before < axes && left > expected_part * allowed * total) cut |= std::uint32_t(1) << a;
    }
    return cut;
}

// The children of one box stand together; the bits of a child's number say on which sides of the cuts it lies.
void Regions::bear(const double* parent, std::uint32_t cut, Boxes& children) const {
    const double* const half = parent + axes_;
    const index count = index(1) << std::popcount(cut);
    for (index number = 0; number < count; ++number) {
        double* const centre = children.centre.data() + children.count * axes_;
        double* const to = children.half.data() + children.count * axes_;
        index bit = 0;
        for (index a = 0; a < axes_; ++a) {
            centre[a] = parent[a];
            to[a] = half[a];
            if (!(cut >> a & 1)) continue;
            to[a] = half[a] / 2;
            centre[a] += number >> bit++ & 1 ? to[a] : -to[a];
        }
        ++children.count;
    }
}

}  // namespace mlcore::calculus
