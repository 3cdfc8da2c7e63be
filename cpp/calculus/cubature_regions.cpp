// Regions: adaptive cubature by rounds. START READING at `split`; along which axes a box is cut, and its children, are in
// cubature_cuts.cpp.
//
// Taking the worst box at a time until the tolerance is met would leave alone, at the end, boxes with small errors that add up to
// no more than the tolerance. So all others would be cut sooner or later, and are cut at once.
//
// Cost: O(n) for n boxes in each round; boxes whose errors do not matter are added up and put aside, until what touches them
// says that they do (`contradict`). Sums run over the boxes in the order of their making.
#include "calculus/cubature_regions.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "calculus/cubature_rule.hpp"

namespace mlcore::calculus {
namespace {

// Boxes whose errors together are below this part of the tolerance are added up and put aside.
constexpr double settled_part = 0.05;
// The boxes that are left alone may together have this part of the tolerance.
constexpr double left_part = 0.5;
// What boxes are said to leave out by those that touch them may together have this part of the tolerance.
constexpr double believed_part = 0.1;
// The part of the change through cutting that counts as error of each of two halves.
constexpr double change_part = 0.5;
// What is left of it in the next generation, and the part of it that a half's own error must reach to be believed.
constexpr double fading = 0.03, suspect = 1.0 / 64;
// An error estimated too small is a reason to trust the estimates of the box's children less: that many times the change through
// cutting over the estimate, at most `most_caution`. Its root is left in the next generation.
constexpr double exceeded_times = 2, most_caution = 100;

using Ranked = std::pair<double, index>;  // an error, and whose it is: a total order

// How many of the smallest errors add up to less than `limit`: these stand in front afterwards.
index smallest_below(Ranked* first, Ranked* last, double limit) {
    Ranked *low = first, *high = last;
    double sum = 0;
    while (low < high) {
        Ranked* const middle = low + (high - low) / 2;
        std::nth_element(low, middle, high);
        double more = 0;
        for (const Ranked* r = low; r <= middle; ++r) more += r->first;
        if (sum + more >= limit) {
            high = middle;
        } else {
            sum += more;
            low = middle + 1;
        }
    }
    return low - first;
}

// What rounding takes from sum += x is kept in rest: sums of 10^5 boxes are as good as those of ten (A. Neumaier, 1974).
void add_exactly(double& sum, double& rest, double x) noexcept {
    const double total = sum + x;
    rest += std::fabs(sum) >= std::fabs(x) ? (sum - total) + x : (x - total) + sum;
    sum = total;
}

}  // namespace

Regions::Regions(const Boxes& first)
    : axes_(first.axes), width_(first.width), stride_(3 * axes_ + columns + width_), whole_(std::size_t(axes_)), tree_(first),
      settled_(std::size_t(width_)), settled_rest_(settled_), value_(settled_), rest_(settled_) {
    for (index i = 0; i < first.count; ++i) {
        for (index a = 0; a < axes_; ++a) {
            double& whole = whole_[std::size_t(a)];
            whole = std::max(whole, first.half[std::size_t(i * axes_ + a)]);
        }
        append(first, i, first.error[std::size_t(i)], 0, 1, 0, tree_.node(i));
    }
    add_up();
}

// cut: the axes that count as rough if there is doubt.
void Regions::append(const Boxes& boxes, index i, double its_error, double its_doubt, double its_caution, std::uint32_t cut,
                     index node) {
    const std::size_t at = table_.size();
    table_.resize(at + std::size_t(stride_));
    double* to = table_.data() + at;
    to = std::copy_n(boxes.centre.data() + i * axes_, axes_, to);
    to = std::copy_n(boxes.half.data() + i * axes_, axes_, to);
    for (index a = 0; a < axes_; ++a)
        *to++ = its_doubt != 0 ? double(cut >> a & 1) : boxes.roughness[std::size_t(i * axes_ + a)];
    to[of_error] = its_error;
    to[of_rounding] = boxes.rounding[std::size_t(i)];
    to[of_doubt] = its_doubt;
    to[of_caution] = its_caution;
    to[of_node] = double(node);
    std::copy_n(boxes.value.data() + i * width_, width_, to + columns);
}

void Regions::settle(const double* box) {
    const double* const said = box + 3 * axes_;
    asleep_.insert(asleep_.end(), box, box + stride_);
    settled_error_ += said[of_error];
    settled_rounding_ += said[of_rounding];
    for (index c = 0; c < width_; ++c) add_exactly(settled_[std::size_t(c)], settled_rest_[std::size_t(c)], said[columns + c]);
}

void Regions::wake(const double* box) noexcept {
    const double* const said = box + 3 * axes_;
    settled_error_ -= said[of_error];
    settled_rounding_ -= said[of_rounding];
    for (index c = 0; c < width_; ++c) add_exactly(settled_[std::size_t(c)], settled_rest_[std::size_t(c)], -said[columns + c]);
}

void Regions::add_up() noexcept {
    value_ = settled_;
    rest_ = settled_rest_;
    error_ = settled_error_;
    rounding_ = settled_rounding_;
    for (index i = 0, n = index(table_.size()) / stride_; i < n; ++i) {
        const double* const said = row(i) + 3 * axes_;
        error_ += said[of_error];
        rounding_ += said[of_rounding];
        for (index c = 0; c < width_; ++c) add_exactly(value_[std::size_t(c)], rest_[std::size_t(c)], said[columns + c]);
    }
    for (std::size_t c = 0; c < value_.size(); ++c) value_[c] += rest_[c];
}

// A jump close to the border of a child lies beyond the outermost points, and all looks smooth there. But the parent had seen
// it. So where the error of a child is small without reason beside the change of the value through cutting, that counts as its
// error. The change fades from one generation to the next, and the axes stay the same until the jump is seen. Where a function
// is smooth, no child is suspect.
void Regions::add(const Boxes& children) {
    table_.reserve(table_.size() + std::size_t(children.count * stride_));
    const double* said = parents_.data() + 3 * axes_;
    index i = 0;
    for (const std::uint32_t cut : cut_) {
        const index count = index(1) << std::popcount(cut);
        double change = 0;
        for (index c = 0; c < width_; ++c) {
            double sum = 0;
            for (index k = i; k < i + count; ++k) sum += children.value[std::size_t(k * width_ + c)];
            change = larger(change, std::fabs(sum - said[columns + c]));
        }
        // NaN, 0 / 0, for a box that is exact: it does not count.
        const double exceeded = exceeded_times * said[of_caution] * change / said[of_error];
        const double trusted = std::fmax(std::sqrt(said[of_caution]), exceeded > most_caution ? most_caution : exceeded);
        const double doubted = larger(2 * change_part * change / double(count), fading * said[of_doubt]);
        index node = tree_.cut(index(said[of_node]), cut, children, i, count);
        for (const index end = i + count; i < end; ++i, ++node) {
            const double found = children.error[std::size_t(i)], left = found >= suspect * doubted ? 0 : doubted;
            append(children, i, larger(trusted * found, left), left, trusted, cut, node);
        }
        said += stride_;
    }
    add_up();
}

bool Regions::contradict(double tolerance, const std::function<bool(Tree&, double)>& ask) {
    const std::vector<double>& hidden = tree_.hidden();
    const auto excess = [&](const double* box) {
        const double* const said = box + 3 * axes_;
        return std::max(0.0, hidden[std::size_t(said[of_node]) * std::size_t(1 + axes_)] - said[of_error]);
    };
    const index awake = index(table_.size()) / stride_, resting = index(asleep_.size()) / stride_;
    const double least = believed_part * tolerance / double(awake + resting);
    const auto believed = [&] {
        double total = 0;
        for (index i = 0; i < awake; ++i) total += excess(row(i));
        for (index i = 0; i < resting; ++i) total += excess(asleep_.data() + i * stride_);
        return !(total > believed_part * tolerance);
    };
    if (believed()) return false;
    if (ask(tree_, least)) {
        tree_.hidden();
        if (believed()) return false;
    }
    const auto raise = [&](double* box) {
        const double more = excess(box);
        const auto node = std::size_t(box[3 * axes_ + of_node]);
        std::copy_n(hidden.data() + node * std::size_t(1 + axes_) + 1, axes_, box + 2 * axes_);
        box[3 * axes_ + of_error] += more;
    };
    for (index i = 0; i < awake; ++i)
        if (excess(row(i)) > least) raise(table_.data() + i * stride_);
    index kept = 0;
    for (index i = 0; i < resting; ++i) {
        double* const box = asleep_.data() + i * stride_;
        if (excess(box) > least) {
            wake(box);
            raise(box);
            table_.insert(table_.end(), box, box + stride_);
        } else {
            std::copy_n(box, stride_, asleep_.data() + kept++ * stride_);
        }
    }
    asleep_.resize(std::size_t(kept * stride_));
    add_up();
    return true;
}

bool Regions::split(double tolerance, index most, index few, Boxes& children) {
    const index n = index(table_.size()) / stride_;
    std::vector<Ranked> ranked(static_cast<std::size_t>(n));
    for (index i = 0; i < n; ++i) ranked[std::size_t(i)] = {row(i)[3 * axes_ + of_error], i};
    Ranked* const all = ranked.data();
    index first = smallest_below(all, all + n, left_part * tolerance);
    if (first < n - most / 2) {
        first = n - most / 2;
        std::nth_element(all, all + first, all + n);
    }
    const index gone = smallest_below(all, all + first, settled_part * tolerance - settled_error_);
    enum Fate : char { kept, settled, chosen };
    std::vector<Fate> fate(std::size_t(n), kept);
    double total = 0;
    for (index i = 0; i < n; ++i)
        if (i < gone) {
            fate[std::size_t(all[i].second)] = settled;
        } else if (i >= first) {
            fate[std::size_t(all[i].second)] = chosen;
            total += all[i].first;
        }

    const index axes = std::max(1, int(std::bit_width(std::size_t(few / std::max<index>(1, n - first)))) - 1);
    const double allowed = tolerance / total;
    parents_.clear();
    cut_.clear();
    index next = 0, count = 0;
    for (index i = 0; i < n; ++i) {
        const double* const box = row(i);
        if (fate[std::size_t(i)] == chosen) {
            const std::uint32_t cut = cuts(box, allowed, axes);
            if (cut && box[3 * axes_ + of_error] > box[3 * axes_ + of_rounding]) {
                parents_.insert(parents_.end(), box, box + stride_);
                cut_.push_back(cut);
                count += index(1) << std::popcount(cut);
            } else {
                settle(box);  // what is as small as numbers allow stays as it is
            }
        } else if (fate[std::size_t(i)] == settled) {
            settle(box);
        } else {
            std::copy_n(box, stride_, table_.data() + next++ * stride_);
        }
    }
    table_.resize(std::size_t(next * stride_));
    if (cut_.empty()) {
        add_up();
        return false;
    }
    if (count > most) {
        count = 2 * index(cut_.size());
        for (std::size_t i = 0; i < cut_.size(); ++i) cut_[i] = cuts(parents_.data() + index(i) * stride_, allowed, 1);
    }
    children.axes = axes_;
    children.count = 0;
    children.centre.resize(std::size_t(count * axes_));
    children.half.resize(std::size_t(count * axes_));
    for (std::size_t i = 0; i < cut_.size(); ++i) bear(parents_.data() + index(i) * stride_, cut_[i], children);
    return true;
}

}  // namespace mlcore::calculus
