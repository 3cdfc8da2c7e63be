// Partition: adaptive quadrature by batches. Instead of halving the worst interval again and again, all intervals that stand
// between the sum of the errors and the tolerance are divided together, and the function is called once for all parts.
//
// START READING at `decide`; what the values say of the intervals is in partition_values.cpp.
//
// Of an interval it is known how it came about and what its values look like, and that says four things:
//  - its error is at the level of rounding, its ends are neighbours, or dividing three times in a row did not help though the
//    value stayed: no more can be had from it;
//  - one end stayed four times (at a limit of the range, two) while the part next to it kept nearly all of the error and was not
//    smooth: the function is singular at that end, and a rule made for that is asked for (singular());
//  - a node was infinite: it is halved there, so that the pole lies at the ends of the halves;
//  - the function is smooth in two pieces (break_point.hpp): it is divided where they meet, so that there are two smooth parts,
//    or three if the place is not known as well as that, of which the middle one is small.
//
// The way to infinity is x = origin +- 1 / u, dx = du / u^2, with u down to 0.
//
// Cost: O(n log n) for n intervals in each round. Sums run over the intervals in the order of their making.
//
// Source: R. Piessens et al., "QUADPACK", Springer 1983, for the tests of roundoff.
#include "calculus/partition.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace mlcore::calculus {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity(), not_known = std::numeric_limits<double>::quiet_NaN();
constexpr int again = -2;   // after an end was no singularity; later it may be one
constexpr int broken = -6;  // a break lies near the end that was made for it, not at it
constexpr index batch_values = index(1) << 22;
constexpr double few = 0.25;
constexpr index of_halves = 2 * rule_points + 4, of_parts = 3 * rule_points + 6;  // points at most, of those at a break

}  // namespace

void Partition::add(double lo, double hi, index parts, double origin, int kind, Edge left, Edge right) {
    pending_.reserve(std::max<std::size_t>(pending_.size() + std::size_t(parts), 8));  // most ranges begin with fewer
    for (index i = 0; i < parts; ++i) {
        const double s = double(i) / double(parts), t = double(i + 1) / double(parts);
        Interval next{(1 - s) * lo + s * hi, (1 - t) * lo + t * hi, origin, kind};
        next.parent_error = infinity;
        if (!(next.hi > next.lo)) continue;
        const Edge ends[] = {i > 0 ? Edge::inside : left, i + 1 < parts ? Edge::inside : right};
        next.named_left = ends[0] == Edge::named;
        next.named_right = ends[1] == Edge::named;
        next.ask_left = !next.named_left;
        next.ask_right = !next.named_right;
        if (next.named_left) next.left_run = singular_run - limit_run;
        if (next.named_right) next.right_run = singular_run - limit_run;
        asked_ += next.ask_left + next.ask_right;
        pending_.push_back(next);
    }
}

void Partition::nodes(double* x) const noexcept {
    for (const Interval& v : pending_) {
        calculus::nodes(v, x);
        if (v.kind != 0)
            for (index j = 0; j < rule_points; ++j) x[j] = argument(v, x[j]);
        x += rule_points;
    }
    for (const Interval& v : pending_)
        for (const bool left : {true, false})
            if (left ? v.ask_left : v.ask_right) *x++ = argument(v, beside(v, left));
}

void Partition::sum() noexcept {
    error_ = size_ = 0;
    for (const Interval& v : intervals_) {
        error_ += v.error;
        size_ += v.size;
    }
}

void Partition::value(double* sums) const noexcept {
    for (index c = 0; c < width_; ++c) sums[c] = 0;
    for (std::size_t i = 0; i < intervals_.size(); ++i)
        for (index c = 0; c < width_; ++c) sums[c] += values_[i * std::size_t(width_) + std::size_t(c)];
}

void Partition::divide(const Interval& v, const double* values, const double* ends, bool at_break) {
    const bool pole = v.error == infinity;  // a node was infinite
    at_break = at_break && v.breaks();
    const bool three = at_break && v.break_lo < v.break_hi;
    const double cuts[] = {v.lo, at_break ? v.break_lo : v.cut, three ? v.break_hi : v.hi, v.hi};
    const int parts = three ? 3 : 2;
    for (int i = 0; i < parts; ++i) {
        Interval part{cuts[i], cuts[i + 1], v.origin, v.kind};
        const bool first = i == 0, last = i + 1 == parts;
        part.parent_error = v.error;
        part.stalls = v.stalls;
        part.at_break = at_break;
        const int run = pole ? singular_run : part.at_break ? broken : 0;
        part.left_run = first ? v.left_run : run;
        part.right_run = last ? v.right_run : run;
        part.named_left = first && v.named_left;
        part.named_right = last && v.named_right;
        part.ask_left = first ? part.named_left && breaks_ : !pole;
        part.ask_right = last ? part.named_right && breaks_ : !pole;
        asked_ += part.ask_left + part.ask_right;
        pending_.push_back(part);
        for (index c = 0; c < width_; ++c) pending_ends_.push_back(first ? ends[c] : not_known);
        for (index c = 0; c < width_; ++c) pending_ends_.push_back(last ? ends[width_ + c] : not_known);
    }
    parts_.push_back(parts);
    parents_.insert(parents_.end(), values, values + width_);
}

Verdict Partition::decide(double rtol, double atol, index budget, index look) {
    sum();
    singular_.clear();
    if (nan_ || too_large_) return Verdict::not_finite;
    const index count = index(intervals_.size());
    if (looking_ && (flat_ || double(matter_) < few * double(seen_)) && 2 * count <= (flat_ ? look / 4 : look) &&
        of_halves * count <= budget) {
        for (index i = 0; i < count; ++i) divide(interval(i), values_.data() + i * width_, ends_.data() + i * 2 * width_, false);
        intervals_.clear();
        values_.clear();
        ends_.clear();
        return Verdict::more;
    }
    looking_ = false;

    totals_.resize(std::size_t(width_));
    value(totals_.data());
    double largest = 0;
    for (double total : totals_) largest = std::max(largest, std::fabs(total));
    too_large_ = !(std::max(largest, size_) < infinity);
    if (too_large_) return Verdict::not_finite;
    const double tolerance = std::max(atol < 0 ? 2 * rounding_ * size_ : atol, rtol * largest);
    if (error_ <= tolerance && error_ < infinity) return Verdict::converged;

    // The worst of those that can be halved, until what the others add is half of the tolerance; or, if those that cannot be
    // halved have more than that already, until the others matter little beside them.
    std::vector<index> worst;
    double stuck = 0;
    for (index i = 0; i < count; ++i) {
        if (divisible(intervals_[std::size_t(i)]))
            worst.push_back(i);
        else
            stuck += intervals_[std::size_t(i)].error;
    }
    std::stable_sort(worst.begin(), worst.end(), [&](index i, index j) { return interval(i).error > interval(j).error; });
    const double target = std::max(0.5 * tolerance - stuck, 0.1 * stuck);
    std::size_t keep = worst.size();
    for (double rest = 0; keep > 0; --keep) {
        rest += interval(worst[keep - 1]).error;
        if (rest > target) break;
    }
    if (keep == 0) return error_ < infinity ? Verdict::roundoff : Verdict::not_finite;
    const index affordable = std::min(budget, std::max<index>(batch_values / width_, of_parts));
    std::size_t paid = 0;
    for (index used = 0; paid < keep; ++paid) {
        used += interval(worst[paid]).breaks() ? of_parts : of_halves;
        if (used > affordable) break;
    }
    if (paid == 0) return Verdict::budget;
    worst.resize(paid);

    std::vector<char> chosen(std::size_t(count), 0);
    for (index i : worst) chosen[std::size_t(i)] = 1;
    index kept = 0;
    for (index i = 0; i < count; ++i) {
        const Interval v = intervals_[std::size_t(i)];
        const double *values = values_.data() + i * width_, *ends = ends_.data() + i * 2 * width_;
        const bool singular = chosen[std::size_t(i)] && singular_at_an_end(v);
        if (chosen[std::size_t(i)] && !singular) {
            divide(v, values, ends);
            continue;
        }
        if (singular) singular_.push_back(kept);
        intervals_[std::size_t(kept)] = v;
        std::copy(values, values + width_, values_.data() + kept * width_);
        std::copy(ends, ends + 2 * width_, ends_.data() + kept * 2 * width_);
        ++kept;
    }
    intervals_.resize(std::size_t(kept), Interval{});
    values_.resize(std::size_t(kept * width_));
    ends_.resize(std::size_t(kept * 2 * width_));
    return Verdict::more;
}

void Partition::settle(index i, const double* value, double error, double size) {
    Interval& v = intervals_[std::size_t(i)];
    v.error = error;
    v.size = size;
    v.fixed = true;
    std::copy(value, value + width_, values_.data() + i * width_);
}

void Partition::give_back(index i) noexcept {
    Interval& v = intervals_[std::size_t(i)];
    v.left_run = v.right_run = again;
}

}  // namespace mlcore::calculus
