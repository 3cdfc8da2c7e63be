// The intervals of an adaptive quadrature: which are known, which are to be evaluated next. See partition.cpp
// and partition_values.cpp.
#pragma once

#include <vector>

#include "calculus/gauss_kronrod.hpp"
#include "calculus/interval.hpp"
#include "calculus/verdict.hpp"

namespace mlcore::calculus {

class Partition {
public:
    // `parts` adjacent intervals of equal length, to be evaluated.
    void add(double lo, double hi, index parts, double origin, int kind, Edge left, Edge right);
    index points() const noexcept { return index(pending_.size()) * rule_points + asked_; }
    // Where the function is wanted.
    void nodes(double* x) const noexcept;
    // Its values there, `width` of each, rows without gaps. They may be infinite; a NaN ends the matter.
    void absorb(const double* y, index width, double rounding);
    // What to do next. atol < 0 means the rounding error of the size. At most `budget` further points; fewer than `look`
    // intervals are all halved first if only few of the values matter, fewer than a quarter of that if all are the same.
    Verdict decide(double rtol, double atol, index budget, index look);

    // Intervals that decide() took for singular at an end, by number; each is settled, or given back, before the next decide().
    const std::vector<index>& singular() const noexcept { return singular_; }
    const Interval& interval(index i) const noexcept { return intervals_[std::size_t(i)]; }
    void settle(index i, const double* value, double error, double size);
    void give_back(index i) noexcept;

    index width() const noexcept { return width_; }
    void value(double* sums) const noexcept;
    double error() const noexcept { return error_; }
    // Whether sums overflow, or may do so, though the values are finite; decide() then says not_finite. Scale the function.
    bool too_large() const noexcept { return too_large_; }

private:
    void divide(const Interval& interval, const double* values, const double* ends, bool at_break = true);
    Estimate without_infinities(const double* y, Interval& v) noexcept;
    void compare_with_parents() noexcept;
    void weigh(const double* y) noexcept;
    void doubt_ends(const double* y);
    void sum() noexcept;

    std::vector<Interval> intervals_, pending_;
    std::vector<double> values_, parents_;  // `width` of each interval; of each that was divided into those of pending_
    std::vector<int> parts_;                // into how many
    std::vector<double> ends_, pending_ends_;  // next to both ends of each interval, 2 `width`: the function's values, or NaN
    std::vector<double> scaled_, totals_;
    std::vector<Estimate> found_;  // of the last batch, `width` for each
    std::vector<index> singular_;
    index width_ = 1, asked_ = 0;
    double error_ = 0, size_ = 0, rounding_ = 0, peak_ = 0;
    index seen_ = 0, matter_ = 0, infinities_ = 0;  // of the last batch: values, and those that matter
    bool looking_ = true, flat_ = false, nan_ = false, too_large_ = false, breaks_ = false;  // breaks_: one was found
};

}  // namespace mlcore::calculus
