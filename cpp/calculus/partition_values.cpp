// Partition, what the values of the function say of the intervals: their integrals and errors.
//
// START READING at `absorb`.
//
// The rule has an estimate of its own error, and three more things make it larger:
//
// No rule sees what lies between an end and the first node, 0.2 % of the interval: one random kink in twenty is there at one
// of the halvings that lead to it. So at each cut the function is also evaluated on either side, and compared with the
// polynomial through the nodes (doubt_ends). The values beside an end are handed down to the intervals that keep it. At a limit
// of the range, where the function may well be singular, it is not; but if it has a break somewhere, at some distance.
//
// The parts of an interval together differ from what was found for it as a whole. A small part of that is taken for possible
// again (compare_with_parents).
//
// Where numbers are not dense enough, the nodes are not where the rule wants them.
#include <algorithm>
#include <cmath>
#include <limits>

#include "calculus/break_point.hpp"
#include "calculus/partition.hpp"

namespace mlcore::calculus {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity(), not_known = std::numeric_limits<double>::quiet_NaN();
constexpr double dominates = 100;   // in error, an end over the rest of the interval
constexpr double quick = 0.5;       // of Estimate::fall, where f is smooth
constexpr double largest_step = 4;  // beside an end, of the largest value at a node: next to a pole
constexpr index most_infinities = 64;
constexpr double matters = 1e-10;
constexpr double largest_peak = 0x1p960;  // weights are as large as 1e11 (gauss_kronrod.cpp), and sums have many terms
// Of what dividing changed, the least error: without it 1 in 1000 is too small. Where the null rules agree that f is smooth, or
// it was divided where it breaks, it is not by chance that an estimate is small.
constexpr double unseen = 1e-5, unseen_if_smooth = 1e-8;

}  // namespace

// How many of the first values matter: if they are few, or all the same, the function may live in a small part of the range.
void Partition::weigh(const double* y) noexcept {
    const index count = index(pending_.size()) * rule_points * width_;
    double peak = 0;
    for (const Estimate& e : found_) peak = std::max(peak, e.peak);
    seen_ = count;
    matter_ = 0;
    for (index i = 0; i < count; ++i) matter_ += std::fabs(y[i]) > matters * peak;
    flat_ = peak > 0;
    for (index i = width_; i < count && flat_; ++i) flat_ = y[i] == y[i - width_];
}

// Of an interval where a value is not finite, or their sum overflows. It is to be cut at the first infinity, unless a part would
// be too short; if it is too short itself, infinities count as the largest of the other values, and that may be all wrong.
Estimate Partition::without_infinities(const double* y, Interval& v) noexcept {
    double values[rule_points], largest = -1;
    index bad = -1;
    for (index j = rule_points; j-- > 0;) {
        values[j] = y[j * width_];
        nan_ = nan_ || std::isnan(values[j]);
        if (std::isfinite(values[j])) largest = std::max(largest, std::fabs(values[j]));
        else bad = j;
    }
    too_large_ = too_large_ || bad < 0;
    if (bad >= 0 && largest >= 0 && !resolved(v)) {
        for (double& value : values)
            if (std::isinf(value)) value = std::copysign(largest, value);
        Estimate e = gauss_kronrod(values, 1, v.half(), rounding_);
        e.error = std::max(e.error, e.size);
        return e;
    }
    double u[rule_points];
    calculus::nodes(v, u);
    if (bad >= 0 && dense(v.lo, u[bad]) && dense(u[bad], v.hi)) v.cut = u[bad];
    nan_ = nan_ || (bad >= 0 && ++infinities_ > most_infinities);
    return {0, infinity, 0, 0, 0, 1, not_known, not_known};
}

void Partition::absorb(const double* y, index width, double rounding) {
    width_ = width;
    rounding_ = rounding;
    const index row = rule_points * width;
    if (std::any_of(pending_.begin(), pending_.end(), [](const Interval& v) { return v.kind != 0; })) {
        scaled_.assign(y, y + points() * width);
        double *next = scaled_.data(), u[rule_points];
        for (const Interval& v : pending_) {
            calculus::nodes(v, u);
            for (index j = 0; j < rule_points && v.kind != 0; ++j)
                for (index c = 0; c < width; ++c) {
                    double& value = next[j * width + c];
                    const bool finite = std::isfinite(value);
                    value = value / u[j] / u[j];
                    too_large_ = too_large_ || (finite && !std::isfinite(value));
                }
            next += row;
        }
        for (const Interval& v : pending_)
            for (const bool left : {true, false}) {
                if (!(left ? v.ask_left : v.ask_right)) continue;
                const double at = beside(v, left);
                for (index c = 0; c < width; ++c, ++next)
                    if (v.kind != 0) *next = *next / at / at;
            }
        y = scaled_.data();
    }
    const double* const all = y;
    pending_ends_.resize(pending_.size() * 2 * std::size_t(width), not_known);
    found_.clear();
    found_.reserve(pending_.size() * std::size_t(width));
    values_.reserve(values_.size() + pending_.size() * std::size_t(width));
    for (std::size_t i = 0; i < pending_.size(); ++i, y += row) {
        Interval& v = pending_[i];
        const double half = v.half();
        v.cut = v.center();
        index worst = 0;
        for (index c = 0; c < width; ++c) {
            Estimate e = gauss_kronrod(y + c, width, half, rounding);
            if (!std::isfinite(e.value)) e = without_infinities(y + c, v);
            if (!(e.error <= infinity)) e.error = infinity;  // sums that overflowed; the peak says so
            peak_ = std::max(peak_, e.peak);
            found_.push_back(e);
            if (e.error > v.error) worst = c;
            v.error = std::max(v.error, e.error);
            v.noise = std::max(v.noise, e.noise);
            v.size = std::max(v.size, e.size);
            v.smooth = v.smooth && e.fall < quick;
            values_.push_back(e.value);
        }
        if (!resolved(v)) v.error *= 16;  // the nodes are not where the rule wants them
        if (v.smooth || !(v.error > v.noise) || v.error == infinity) continue;
        const BreakPoint at = break_point(y + worst, width);
        const double lo = v.center() + half * at.lo, hi = v.center() + half * at.hi;
        if (!at.found() || !(v.lo < lo && hi < v.hi)) continue;
        v.break_lo = lo;
        v.break_hi = hi;
        breaks_ = true;
    }
    too_large_ = too_large_ || peak_ > largest_peak;
    if (looking_) weigh(all);
    doubt_ends(all);
    compare_with_parents();
    intervals_.insert(intervals_.end(), pending_.begin(), pending_.end());
    ends_.insert(ends_.end(), pending_ends_.begin(), pending_ends_.end());
    pending_.clear();
    pending_ends_.clear();
    parents_.clear();
    parts_.clear();
    asked_ = 0;
}

// What the parts of an interval have together, against what was found for it as a whole.
void Partition::compare_with_parents() noexcept {
    const double *parent = parents_.data(), *found = values_.data() + (values_.size() - pending_.size() * std::size_t(width_));
    Interval* first = pending_.data();
    for (const int parts : parts_) {
        Interval &left = first[0], &right = first[parts - 1];
        double moved = 0, error = 0, size = 0;
        for (index c = 0; c < width_; ++c) {
            double sum = -parent[c];
            for (int i = 0; i < parts; ++i) sum += found[i * width_ + c];
            moved = std::max(moved, std::fabs(sum));
        }
        for (int i = 0; i < parts; ++i) {
            error += first[i].error;
            size += first[i].size;
        }
        const bool stalled = error >= 0.9 * left.parent_error && moved <= 1e-5 * size;
        const auto count = [&](int& run, const Interval& end) {
            if (run >= singular_run) return;
            run = !end.smooth && end.error > dominates * (error - end.error) ? run + 1 : std::min(run, 0);
        };
        for (int i = 0; i < parts; ++i) {
            first[i].error = std::max(first[i].error, (first[i].smooth || first[i].at_break ? unseen_if_smooth : unseen) * moved);
            first[i].stalls = stalled ? first[i].stalls + 1 : 0;
        }
        error = 0;
        for (int i = 0; i < parts; ++i) error += first[i].error;
        count(left.left_run, left);
        count(right.right_run, right);
        parent += width_;
        found += parts * width_;
        first += parts;
    }
}

// Between an end and the first node something can hide from the rule: a jump, or a kink. If the function takes another value
// beside the end than the polynomial through all points, the integral over that piece may be wrong by the difference.
void Partition::doubt_ends(const double* y) {
    const double* row = y;
    y += index(pending_.size()) * rule_points * width_;
    for (std::size_t i = 0; i < pending_.size(); ++i, row += rule_points * width_) {
        Interval& v = pending_[i];
        const double gap = v.half() * (1 + rule_nodes[0]);
        double* const ends = pending_ends_.data() + i * 2 * std::size_t(width_);
        for (const bool left : {true, false}) {
            if (!(left ? v.ask_left : v.ask_right)) continue;
            const bool named = left ? v.named_left : v.named_right;
            for (index c = 0; c < width_; ++c, ++y) {
                if (!named) {
                    ends[(left ? 0 : width_) + c] = *y;
                    continue;
                }
                const double step = std::fabs(*y - polynomial(row + c, width_, (1 - beside_named) * (left ? -1 : 1)));
                if (step > 0) v.error += gap * std::min(step, largest_step * peak_);
            }
        }
        v.ask_left = v.ask_right = false;
    }
    for (std::size_t i = 0; i < pending_.size(); ++i) {
        Interval& v = pending_[i];
        const double gap = v.half() * (1 + rule_nodes[0]);
        for (index c = 0; c < width_; ++c) {
            const Estimate& e = found_[i * std::size_t(width_) + std::size_t(c)];
            const double* const ends = pending_ends_.data() + i * 2 * std::size_t(width_) + c;
            double step = 0;
            for (const double apart : {std::fabs(ends[0] - e.left), std::fabs(ends[width_] - e.right)})
                if (apart > step) step = apart;  // false if one is not known
            v.error += gap * std::min(step, largest_step * peak_);
        }
    }
}

}  // namespace mlcore::calculus
