// Tree: what boxes that share a face say of each other, at no further values of the function.
//
// A rule with few points may miss a narrow ridge that runs through a large box, and then all it has seen is nothing. But the
// ridge goes on in the boxes beside it, which are small, for there it was seen; and their values at the common face are far from
// all that the large box knows (`compare`). If the value at the face lies outside the range of the other's values by more than
// some times that range, the function has to come back within the other box, and it does so over about the length on which it
// falls from one face of the small box to the other, at least that box's own. So the large box leaves out about
//
//     2 x (distance from the range) x (area of the small box's face) x (that length),
//
// and the sum over all small boxes at its faces. A function that the large box resolves stays within some times its range. Of
// 1950 narrow Gaussians in 3 and 4 dimensions, turned at random, 2 converge with more than the error they report, without it
// 228; that takes 6 to 10 % more points.
//
// A jump may lie between a face and the outermost points on either side. Then the values at the face by the polynomials on both
// sides differ, and how much of the gap belongs to which is not known (`match`). Where that matters the function is asked for its
// values just beside the face: if it jumps there, the gap is explained (`hear_beside`). Jumps in the middle of a range are common.
//
// Cost: two boxes share a face if the lowest node above both was cut between them. From there pairs of nodes that share a face
// are followed down to the leaves (`across`): O(n) for n pairs of boxes, without a search.
#include "calculus/cubature_tree.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "calculus/cubature_rule.hpp"

namespace mlcore::calculus {
namespace {

constexpr double share = 2;          // of what the function is expected to need to come back; 1 is too small at times
constexpr index fewer = 2;           // times that a box was halved less than another to be `large` beside it
constexpr double nearly = 1 - 1e-9;  // of lengths, so that boxes with a common edge do not count as overlapping
// Of a witness: for how many points it stands, for it may be the only one where several were to be expected; and how much
// smaller than that a box may be and still not know of it.
constexpr double stands_for = 4, narrow = 1024;
// Beside a face: at how many places, how far from it (of half the length), and which part of the step is to be seen.
constexpr index places_beside = 3;
constexpr double beside = 0x1p-40, seen_beside = 0.25;

std::uint64_t pair(index low, index high) noexcept { return std::uint64_t(low) << 32 | std::uint64_t(high); }

}  // namespace

Tree::Tree(const Boxes& first) : axes_(first.axes), width_(first.width), at_first_(std::size_t(first.count)),
                                gap_(first.gap), witnesses_(first.witnesses) {
    // grid() appends the upper halves: its box i had been box i mod m of m, and is the lower half of it if i < m.
    roots_ = first.count >> first.halved;
    std::vector<index> level(static_cast<std::size_t>(roots_));
    const auto make = [&](index count) {
        const index at = index(links_.size());
        links_.resize(links_.size() + std::size_t(count));
        return at;
    };
    for (index i = 0, at = make(roots_); i < roots_; ++i) level[std::size_t(i)] = at + i;
    for (index k = 0; k < first.halved; ++k) {
        const index count = index(level.size());
        level.resize(std::size_t(2 * count));
        for (index i = 0; i < count; ++i) {
            const index parent = level[std::size_t(i)], child = make(2);
            links_[std::size_t(parent)].cut = std::uint32_t(1) << k % axes_;
            links_[std::size_t(parent)].first = child;
            for (const index half : {child, child + 1}) links_[std::size_t(half)].halved = std::int32_t(k + 1);
            level[std::size_t(i)] = child;
            level[std::size_t(count + i)] = child + 1;
        }
    }
    at_first_ = level;
    const index faces = 2 * axes_ * width_;
    geometry_.resize(links_.size() * std::size_t(2 * axes_));
    range_.resize(links_.size() * std::size_t(2 * width_));
    faces_.resize(links_.size() * std::size_t(faces));
    for (index i = 0; i < first.count; ++i) {
        double* const to = geometry_.data() + node(i) * 2 * axes_;
        std::copy_n(first.centre.data() + i * axes_, axes_, to);
        std::copy_n(first.half.data() + i * axes_, axes_, to + axes_);
        std::copy_n(first.range.data() + i * 2 * width_, 2 * width_, range_.data() + node(i) * 2 * width_);
        std::copy_n(first.faces.data() + i * faces, faces, faces_.data() + node(i) * faces);
    }
    for (std::size_t i = links_.size(); i-- > 0;) {  // children stand behind their parents
        if (!links_[i].cut) continue;
        double* const to = geometry_.data() + index(i) * 2 * axes_;
        const index low = links_[i].first, axis = std::countr_zero(links_[i].cut);
        std::copy_n(centre(low), 2 * axes_, to);
        to[axis] = (centre(low)[axis] + centre(low + 1)[axis]) / 2;
        to[axes_ + axis] *= 2;
    }
}

index Tree::cut(index node, std::uint32_t axes, const Boxes& children, index first, index count) {
    const index at = index(links_.size());
    Link child;
    child.halved = links_[std::size_t(node)].halved + std::popcount(axes);
    links_[std::size_t(node)].cut = axes;
    links_[std::size_t(node)].first = at;
    links_.resize(links_.size() + std::size_t(count), child);
    const auto append = [](std::vector<double>& to, const std::vector<double>& from, index row, index i, index n) {
        to.insert(to.end(), from.data() + i * row, from.data() + (i + n) * row);
    };
    for (index i = first; i < first + count; ++i) {
        append(geometry_, children.centre, axes_, i, 1);
        append(geometry_, children.half, axes_, i, 1);
    }
    append(range_, children.range, 2 * width_, first, count);
    append(faces_, children.faces, 2 * axes_ * width_, first, count);
    return at;
}

const std::vector<double>& Tree::hidden() {
    hidden_.assign(links_.size() * std::size_t(1 + axes_), 0.0);
    gaps_.clear();
    hear_witnesses();
    for (const Link& link : links_) {
        const index count = index(1) << std::popcount(link.cut);
        std::uint32_t rest = link.cut;
        for (index bit = 1; bit < count; bit *= 2, rest &= rest - 1) {
            const index axis = std::countr_zero(rest);
            for (index k = 0; k < count; ++k)
                if (!(k & bit)) across(link.first + k, link.first + k + bit, axis);
        }
    }
    return hidden_;
}

// Whether faces across an axis have more than an edge in common; that they lie in one plane is known.
bool Tree::touch(index a, index b, index axis) const noexcept {
    const double *x = centre(a), *y = centre(b), *u = half(a), *v = half(b);
    bool all = true;
    for (index k = 0; k < axes_; ++k) all &= k == axis || std::fabs(x[k] - y[k]) < nearly * (u[k] + v[k]);
    return all;
}

// low, high: two nodes that share a face; low ends where high begins.
void Tree::across(index low, index high, index axis) {
    const Link &a = links_[std::size_t(low)], &b = links_[std::size_t(high)];
    if (!a.cut && !b.cut) {
        if (a.halved >= b.halved + fewer) compare(low, high, axis, 0);
        else if (b.halved >= a.halved + fewer) compare(high, low, axis, 1);
        else match(low, high, axis);
        return;
    }
    const bool first = a.cut != 0;
    const Link& parent = first ? a : b;
    const index count = index(1) << std::popcount(parent.cut);
    const std::uint32_t axis_bit = std::uint32_t(1) << axis;
    const index bit = parent.cut & axis_bit ? index(1) << std::popcount(parent.cut & (axis_bit - 1)) : 0;
    for (index k = 0; k < count; ++k) {
        if (bit && first != ((k & bit) != 0)) continue;
        const index child = parent.first + k;
        if (!touch(child, first ? high : low, axis)) continue;
        if (first) across(child, high, axis);
        else across(low, child, axis);
    }
}

// side: 0 if the face is at the upper end of the small box, 1 at the lower.
void Tree::compare(index small, index large, index axis, index side) {
    const double *x = centre(small), *y = centre(large), *u = half(small), *v = half(large);
    for (index k = 0; k < axes_; ++k)
        if (k != axis && !(std::fabs(x[k] - y[k]) < v[k])) return;
    double most = 0;
    const double* const range = range_.data() + large * width_ * 2;
    const double* value = faces_.data() + small * width_ * 2 * axes_ + 2 * axis;
    for (index c = 0; c < width_; ++c, value += 2 * axes_) {
        const double step = beyond(range + 2 * c, value[side]);
        if (!(step > 0)) continue;
        const double fall = std::fabs(value[0] - value[1]) / step, longest = std::max(1.0, v[axis] / u[axis]);
        most = std::max(most, step * (fall < 1 ? std::min(1 / fall, longest) : 1.0));
    }
    if (most > 0) add(large, share * most * volume(small), axes_);
}

double Tree::volume(index node) const noexcept {
    double product = 1;
    for (index k = 0; k < axes_; ++k) product *= 2 * half(node)[k];
    return product;
}

// Two boxes of about the same size. What lies between the outermost points and the face may be the other's.
void Tree::match(index low, index high, index axis) {
    const double *x = centre(low), *y = centre(high), *u = half(low), *v = half(high);
    bool same = true;
    double face = 1;  // what they have in common
    for (index k = 0; k < axes_; ++k) {
        if (k == axis) continue;
        const double apart = std::fabs(x[k] - y[k]);
        same &= apart + std::fabs(u[k] - v[k]) < (1 - nearly) * v[k];
        face *= std::min(2 * std::min(u[k], v[k]), u[k] + v[k] - apart);
    }
    const index row = 2 * axes_;
    const double* const below = faces_.data() + low * width_ * row + 2 * axis;
    const double* const above = faces_.data() + high * width_ * row + 2 * axis + 1;
    const double *const known = range_.data() + low * width_ * 2, *const other = range_.data() + high * width_ * 2;
    double step = 0;
    for (index c = 0; c < width_; ++c) {
        if (same) step = std::max(step, std::fabs(below[c * row] - above[c * row]));
        else step = std::max({step, beyond(other + 2 * c, below[c * row]), beyond(known + 2 * c, above[c * row])});
    }
    if (!(step > 0) || jumps_.contains(pair(low, high))) return;
    gaps_.push_back({low, high, axis, step, step * gap_ * std::max(u[axis], v[axis]) * face});
    add(low, step * gap_ * u[axis] * face, axis);
    add(high, step * gap_ * v[axis] * face, axis);
}

index Tree::points_beside(double least) {
    std::erase_if(gaps_, [&](const Gap& gap) { return !(gap.amount > least); });
    return index(gaps_.size()) * 2 * places_beside;
}

void Tree::place_beside(double* x) const noexcept {
    const index n = index(gaps_.size()) * 2 * places_beside;
    for (const Gap& gap : gaps_) {
        const double *a = centre(gap.low), *b = centre(gap.high), *u = half(gap.low), *v = half(gap.high);
        const double plane = a[gap.axis] + u[gap.axis], rounding = 4 * std::numeric_limits<double>::epsilon() * std::fabs(plane);
        for (index place = 0; place < places_beside; ++place)
            for (const double* h : {u, v}) {
                for (index k = 0; k < axes_; ++k) {
                    const double least = std::max(a[k] - u[k], b[k] - v[k]), most = std::min(a[k] + u[k], b[k] + v[k]);
                    x[k * n] = least + (most - least) * (place == 0 ? 0.5 : (k + place) % 2 ? 0.2 : 0.8);
                }
                x[gap.axis * n] = plane + (h == u ? -1 : 1) * std::max(beside * h[gap.axis], rounding);
                ++x;
            }
    }
}

void Tree::hear_beside(const double* y) {
    for (const Gap& gap : gaps_) {
        bool jumps = true;
        for (index place = 0; place < places_beside; ++place, y += 2 * width_) {
            double step = 0;
            for (index c = 0; c < width_; ++c) step = std::max(step, std::fabs(y[width_ + c] - y[c]));
            jumps &= step >= seen_beside * gap.step;
        }
        if (jumps) jumps_.insert(pair(gap.low, gap.high));
    }
}

// axis: along which the box should be cut; all if there are no more.
void Tree::add(index node, double amount, index axis) noexcept {
    double* const to = hidden_.data() + node * (1 + axes_);
    to[0] += amount;
    for (index k = 0; k < axes_; ++k)
        if (k == axis || axis == axes_) to[1 + k] += amount;
}

// The box, of those below a node, in which a point lies.
index Tree::find(index node, const double* x) const noexcept {
    while (const std::uint32_t cut = links_[std::size_t(node)].cut) {
        const double* const middle = centre(node);
        index child = links_[std::size_t(node)].first, bit = 1;
        for (std::uint32_t rest = cut; rest; rest &= rest - 1, bit *= 2) {
            const int axis = std::countr_zero(rest);
            if (x[axis] > middle[axis]) child += bit;
        }
        node = child;
    }
    return node;
}

// What was seen by other points: a box whose own values know nothing of it may be wrong by as much, all over, and if it is
// small, over the part of the range for which that point stands; but not if the box is so small that what was seen is narrow.
void Tree::hear_witnesses() {
    const index row = 2 + axes_ + width_;
    for (std::size_t i = 0; i < witnesses_.size(); i += std::size_t(row)) {
        const double* const witness = witnesses_.data() + i;
        const index box = find(index(witness[0]) % roots_, witness + 2);
        const double size = volume(box), part = std::max(size, std::min(stands_for * witness[1], narrow * size));
        double known = 0;
        for (index c = 0; c < width_; ++c) {
            const double y = witness[2 + axes_ + c];
            if (!std::isfinite(y)) known = std::numeric_limits<double>::infinity();
            else known = std::max(known, beyond(range_.data() + (box * width_ + c) * 2, y) * part);
        }
        const double more = known - hidden_[std::size_t(box * (1 + axes_))];
        if (more > 0) add(box, more, axes_);
    }
}

}  // namespace mlcore::calculus
