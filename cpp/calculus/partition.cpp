// Partition: adaptive quadrature by batches. Instead of halving the worst interval again and again, all intervals that stand
// between the sum of the errors and the tolerance are halved together, and the function is called once for all halves.
//
// START READING at `decide`.
//
// Of an interval it is known how it came about, and that says three things:
//  - its error is at the level of rounding, its ends are neighbours, or halving three times in a row did not help though the
//    value stayed: no more can be had from it;
//  - one end stayed four times (at a limit of the range, two) while the part next to it kept nearly all of the error and was not
//    smooth: the function is singular at that end, and a rule made for that is asked for (singular());
//  - a node was infinite: it is halved there, so that the pole lies at the ends of the halves.
//
// No rule sees what lies between an end and the first node, 0.2 % of the interval: one random kink in twenty is there at one
// of the halvings that lead to it. So at each cut the function is also evaluated on either side, and compared with the
// polynomial through the nodes (doubt_ends). The values beside an end are handed down to the intervals that keep it.
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

constexpr double eps = std::numeric_limits<double>::epsilon(), infinity = std::numeric_limits<double>::infinity();
constexpr int singular_run = 4, limit_run = 2, again = -2;  // `again`: after an end was no singularity; later it may be one
constexpr double not_known = std::numeric_limits<double>::quiet_NaN();
constexpr double dominates = 100;       // in error, an end over the rest of the interval
constexpr int most_stalls = 3;
constexpr double quick = 0.5;           // of Estimate::fall, where f is smooth
constexpr double unseen = 1e-5;         // of what halving changed, the least error: without it 1 in 1000 is too small
constexpr double beside_end = 0x1p-40;  // of half the length: how far from an end; the polynomial is taken at the end itself
constexpr double largest_step = 4;      // beside an end, of the largest value at a node: next to a pole
constexpr index most_infinities = 64, batch_values = index(1) << 22;
constexpr double matters = 1e-10, few = 0.25;

double center(double lo, double hi) noexcept { return 0.5 * lo + 0.5 * hi; }
double at(const Interval& v, index j) noexcept {
    const double u = center(v.lo, v.hi) + (0.5 * v.hi - 0.5 * v.lo) * rule_nodes[j];
    return u <= v.lo ? std::nextafter(v.lo, infinity) : u >= v.hi ? std::nextafter(v.hi, -infinity) : u;
}

// Beside an end; not so near that a function which is infinite there overflows.
double beside(const Interval& v, bool left) noexcept {
    const double apart = (0.5 * v.hi - 0.5 * v.lo) * beside_end, u = left ? v.lo + apart : v.hi - apart;
    return u <= v.lo ? std::nextafter(v.lo, infinity) : u >= v.hi ? std::nextafter(v.hi, -infinity) : u;
}

double argument(const Interval& v, double u) noexcept { return v.kind == 0 ? u : v.origin + v.kind / u; }

// Whether numbers are dense enough between the ends.
bool resolved(const Interval& v) noexcept {
    return 0.5 * v.hi - 0.5 * v.lo > 4 * eps * std::max(std::fabs(v.lo), std::fabs(v.hi)) && v.cut > v.lo && v.cut < v.hi;
}

// Whether halving can tell more.
bool divisible(const Interval& v) noexcept { return !v.fixed && !(v.error <= v.noise) && v.stalls < most_stalls && resolved(v); }

bool singular_at_an_end(const Interval& v) noexcept { return v.left_run >= singular_run || v.right_run >= singular_run; }

}  // namespace

void Partition::add(double lo, double hi, index parts, double origin, int kind, Edge left, Edge right) {
    pending_.reserve(pending_.size() + std::size_t(parts));
    for (index i = 0; i < parts; ++i) {
        const double s = double(i) / double(parts), t = double(i + 1) / double(parts);
        Interval next{(1 - s) * lo + s * hi, (1 - t) * lo + t * hi, origin, kind};
        next.parent_error = infinity;
        if (!(next.hi > next.lo)) continue;
        const Edge ends[] = {i > 0 ? Edge::inside : left, i + 1 < parts ? Edge::inside : right};
        next.ask_left = ends[0] == Edge::inside;
        next.ask_right = ends[1] == Edge::inside;
        if (!next.ask_left) next.left_run = singular_run - limit_run;
        if (!next.ask_right) next.right_run = singular_run - limit_run;
        asked_ += next.ask_left + next.ask_right;
        pending_.push_back(next);
    }
}

void Partition::nodes(double* x) const noexcept {
    for (const Interval& v : pending_) {
        const double middle = center(v.lo, v.hi), half = 0.5 * v.hi - 0.5 * v.lo;
        for (index j = 0; j < rule_points; ++j) x[j] = middle + half * rule_nodes[j];
        if (v.kind != 0 || !(x[0] > v.lo && x[rule_points - 1] < v.hi))
            for (index j = 0; j < rule_points; ++j) x[j] = argument(v, at(v, j));
        x += rule_points;
    }
    for (const Interval& v : pending_)
        for (const bool left : {true, false})
            if (left ? v.ask_left : v.ask_right) *x++ = argument(v, beside(v, left));
}

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

void Partition::absorb(const double* y, index width, double rounding) {
    width_ = width;
    rounding_ = rounding;
    const index row = rule_points * width;
    if (std::any_of(pending_.begin(), pending_.end(), [](const Interval& v) { return v.kind != 0; })) {
        scaled_.assign(y, y + points() * width);
        double* next = scaled_.data();
        const auto scale = [&](const Interval& v, double u) {
            for (index c = 0; c < width; ++c, ++next)
                if (v.kind != 0) *next = *next / u / u;
        };
        for (const Interval& v : pending_)
            for (index j = 0; j < rule_points; ++j) scale(v, at(v, j));
        for (const Interval& v : pending_)
            for (const bool left : {true, false})
                if (left ? v.ask_left : v.ask_right) scale(v, beside(v, left));
        y = scaled_.data();
    }
    const double* const all = y;
    pending_ends_.resize(pending_.size() * 2 * std::size_t(width), not_known);
    found_.clear();
    found_.reserve(pending_.size() * std::size_t(width));
    values_.reserve(values_.size() + pending_.size() * std::size_t(width));
    for (std::size_t i = 0; i < pending_.size(); ++i, y += row) {
        Interval& v = pending_[i];
        const double half = 0.5 * v.hi - 0.5 * v.lo;
        v.cut = center(v.lo, v.hi);
        for (index c = 0; c < width; ++c) {
            Estimate e = gauss_kronrod(y + c, width, half, rounding);
            if (!std::isfinite(e.value)) {
                index bad = 0;
                while (bad < rule_points - 1 && std::isfinite(y[bad * width + c])) ++bad;
                nan_ = nan_ || !std::isinf(y[bad * width + c]) || ++infinities_ > most_infinities;
                for (index j = bad; j < rule_points; ++j) nan_ = nan_ || std::isnan(y[j * width + c]);
                v.cut = at(v, bad);
                e = {0, infinity, 0, 0, 0, 1, not_known, not_known};
            }
            if (!(e.error <= infinity)) e.error = infinity;  // sums that overflowed
            peak_ = std::max(peak_, e.peak);
            found_.push_back(e);
            v.error = std::max(v.error, e.error);
            v.noise = std::max(v.noise, e.noise);
            v.size = std::max(v.size, e.size);
            v.smooth = v.smooth && e.fall < quick;
            values_.push_back(e.value);
        }
        if (!resolved(v)) v.error *= 16;  // the nodes are not where the rule wants them
    }
    if (looking_) weigh(all);
    doubt_ends(y);
    for (std::size_t i = 0; halves_ && i + 1 < pending_.size(); i += 2) {
        Interval &left = pending_[i], &right = pending_[i + 1];
        const double *parent = parents_.data() + i / 2 * std::size_t(width), error = left.error + right.error;
        const double* found = values_.data() + values_.size() - (pending_.size() - i) * std::size_t(width);
        double moved = 0;
        for (index c = 0; c < width; ++c) moved = std::max(moved, std::fabs(found[c] + found[c + width] - parent[c]));
        left.error = std::max(left.error, unseen * moved);
        right.error = std::max(right.error, unseen * moved);
        const bool stalled = error >= 0.9 * left.parent_error && moved <= 1e-5 * (left.size + right.size);
        left.stalls = right.stalls = stalled ? left.stalls + 1 : 0;
        const auto count = [](int& run, const Interval& end, const Interval& rest) {
            if (run >= singular_run) return;
            run = !end.smooth && end.error > dominates * rest.error ? run + 1 : std::min(run, 0);
        };
        count(left.left_run, left, right);
        count(right.right_run, right, left);
    }
    intervals_.insert(intervals_.end(), pending_.begin(), pending_.end());
    ends_.insert(ends_.end(), pending_ends_.begin(), pending_ends_.end());
    pending_.clear();
    pending_ends_.clear();
    parents_.clear();
    asked_ = 0;
    halves_ = true;
}

// Between an end and the first node something can hide from the rule: a jump, or a kink. If the function takes another value
// beside the end than the polynomial through all points, the integral over that piece may be wrong by the difference.
void Partition::doubt_ends(const double* y) {
    for (std::size_t i = 0; i < pending_.size(); ++i) {
        Interval& v = pending_[i];
        double* const ends = pending_ends_.data() + i * 2 * std::size_t(width_);
        for (const bool left : {true, false}) {
            if (!(left ? v.ask_left : v.ask_right)) continue;
            for (index c = 0; c < width_; ++c) ends[(left ? 0 : width_) + c] = *y++;
        }
        v.ask_left = v.ask_right = false;
    }
    for (std::size_t i = 0; i < pending_.size(); ++i) {
        Interval& v = pending_[i];
        const double gap = (0.5 * v.hi - 0.5 * v.lo) * (1 + rule_nodes[0]);
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

void Partition::halve(const Interval& v, const double* values, const double* ends) {
    const bool pole = v.error == infinity;  // a node was infinite
    Interval left{v.lo, v.cut, v.origin, v.kind}, right{v.cut, v.hi, v.origin, v.kind};
    left.parent_error = right.parent_error = v.error;
    left.stalls = right.stalls = v.stalls;
    left.left_run = v.left_run;
    right.right_run = v.right_run;
    if (pole) left.right_run = right.left_run = singular_run;
    if (!pole) {
        left.ask_right = right.ask_left = true;
        asked_ += 2;
    }
    pending_.push_back(left);
    pending_.push_back(right);
    pending_ends_.insert(pending_ends_.end(), ends, ends + width_);
    pending_ends_.insert(pending_ends_.end(), std::size_t(2 * width_), not_known);
    pending_ends_.insert(pending_ends_.end(), ends + width_, ends + 2 * width_);
    parents_.insert(parents_.end(), values, values + width_);
}

Verdict Partition::decide(double rtol, double atol, index budget, index look) {
    sum();
    singular_.clear();
    if (nan_) return Verdict::not_finite;
    const index count = index(intervals_.size()), per_halving = 2 * rule_points + 2;
    if (looking_ && (flat_ || double(matter_) < few * double(seen_)) && 2 * count <= (flat_ ? look / 4 : look) &&
        per_halving * count <= budget) {
        for (index i = 0; i < count; ++i) halve(interval(i), values_.data() + i * width_, ends_.data() + i * 2 * width_);
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
    if (keep == 0) return Verdict::roundoff;
    const index affordable = std::min(budget / per_halving, std::max<index>(1, batch_values / (per_halving * width_)));
    if (affordable < 1) return Verdict::budget;
    worst.resize(std::min(keep, std::size_t(affordable)));

    std::vector<char> chosen(std::size_t(count), 0);
    for (index i : worst) chosen[std::size_t(i)] = 1;
    index kept = 0;
    for (index i = 0; i < count; ++i) {
        const Interval v = intervals_[std::size_t(i)];
        const double *values = values_.data() + i * width_, *ends = ends_.data() + i * 2 * width_;
        const bool singular = chosen[std::size_t(i)] && singular_at_an_end(v);
        if (chosen[std::size_t(i)] && !singular) {
            halve(v, values, ends);
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
