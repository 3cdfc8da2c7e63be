// tanh_sinh: the integral of a function that is singular at an end of the interval.
//
// The distance d from the singular end is written d = L q(t), q(t) = 1 / (1 + exp(pi sinh t)), and the integral over all t
// summed by the trapezoidal rule, whose error falls exponentially with the number of points since everything decays like
// exp(-pi sinh t): an algebraic or logarithmic singularity at d = 0 does not matter. d goes down to 1e-280 where the end is 0;
// elsewhere x is a rounded number, the function of it is noise if d is small, and below d_0 = 2^-37 |x| it is taken to be the
// power f(d_0) (d / d_0)^-alpha that passes through its values at d_0 and 16 d_0. What another alpha, from 16 d_0 and 256 d_0,
// would give tells how good that is, and alpha >= 1 that there is no integral.
//
// The t and all that depends on them alone lie in tables, made once: of step 2^-3, which is evaluated in one call and gives
// the sums for 1, 2^-1 and 2^-2 as well, and of what each halving of the step adds.
//
// Source: H. Takahasi, M. Mori, "Double exponential formulas for numerical integration", Publ. RIMS 9, 1974.
#include "calculus/tanh_sinh.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace mlcore::calculus {
namespace {

constexpr double eps = std::numeric_limits<double>::epsilon(), infinity = std::numeric_limits<double>::infinity();
constexpr double pi = 3.14159265358979323846;
constexpr int coarsest = 0, first_level = 3, last_level = 7;  // levels: steps of 1 ... 2^-7
constexpr double from = -3.2;     // t where the rule ends on the side that is not singular: what is beyond weighs 1e-17
constexpr double flat = 1e-4;     // with alpha above 1 - flat there is no telling it from 1
constexpr double steady = 0.1;    // of alpha, from one place to the next, where it is one
constexpr double most_t = 13.5;   // more than any d asks for
constexpr double steeply = 1e-3, slowest = 0.2;  // of two changes in turn; a kink has 1 / 4, a jump 1 / 2
constexpr double decayed = 40;    // e^-40 is 4e-18
constexpr int candidates[] = {-930, -465, -230, -100};  // powers of two for d_0 where numbers go down to 0

struct Node {
    double t, q, weight;            // dq / dt = -weight
    double log_q, log_weight;       // where q underflows
    int level;                      // the coarsest to which it belongs
};

struct Tables {
    std::vector<Node> of[last_level + 1];  // [first_level]: all up to that; then what each adds

    Tables() {
        for (int level = first_level; level <= last_level; ++level) {
            const double h = std::ldexp(1.0, -level);
            for (index k = 0; from + h * double(k) < most_t; ++k) {
                int coarse = level;
                for (index i = k; coarse > coarsest && i % 2 == 0; i /= 2) --coarse;
                if (level > first_level && coarse < level) continue;
                const double t = from + h * double(k), s = pi * std::sinh(t), decay = std::log1p(std::exp(-std::fabs(s)));
                const double log_q = -std::max(s, 0.0) - decay, rest = std::max(-s, 0.0) + decay;
                const double log_weight = log_q + std::log(pi * std::cosh(t)) - rest;
                of[level].push_back({t, std::exp(log_q), std::exp(log_weight), log_q, log_weight, coarse});
            }
        }
    }
};

// The alpha of a power d^-alpha that has these values at d and 16 d; a rapid decay if one of them is 0.
double exponent(double near, double far) noexcept {
    if (near == 0 || far == 0) return -8;
    const double ratio = std::fabs(near) / std::fabs(far);
    return ratio > 0 ? std::log2(ratio) / 4 : 0;
}

class Rule {
public:
    Rule(const Sampler& f, index width, const End& end, index budget)
        : f_(f), width_(width), end_(end), budget_(budget), length_(end.hi - end.lo), base_(end.left ? end.lo : end.hi) {}

    Settled operator()(double tolerance, double rounding);

private:
    bool model();
    const double* at(const std::vector<double>& distances);
    bool add(int level);

    const Sampler& f_;
    const index width_;
    const End end_;
    const index budget_;
    const double length_, base_;
    index used_ = 0;

    double d0_ = 0, steepest_ = 0.5, last_ = 0;
    bool divergent_ = false;
    std::vector<double> y0_, alpha_, other_;

    std::vector<double> x_, distances_, scaled_;
    std::vector<double> totals_[last_level + 1], sizes_[last_level + 1], doubts_;  // sums of terms, not yet times h
};

// The values as a function of the distance.
const double* Rule::at(const std::vector<double>& distances) {
    const index n = index(distances.size());
    x_.resize(distances.size());
    const double lowest = std::nextafter(end_.lo, infinity), highest = std::nextafter(end_.hi, -infinity);
    for (std::size_t i = 0; i < distances.size(); ++i)
        x_[i] = std::clamp(end_.left ? base_ + distances[i] : base_ - distances[i], lowest, highest);
    used_ += n;
    if (end_.kind == 0) return f_(x_.data(), n);
    const std::vector<double> u = x_;
    for (double& x : x_) x = end_.origin + end_.kind / x;
    const double* y = f_(x_.data(), n);
    scaled_.resize(std::size_t(n * width_));
    for (std::size_t i = 0; i < scaled_.size(); ++i) {
        const double v = u[i / std::size_t(width_)];
        scaled_[i] = y[i] / v / v;
    }
    return scaled_.data();
}

// d_0 and the powers there; false if there is no d_0 that serves.
bool Rule::model() {
    std::vector<double> starts;
    if (base_ == 0) {
        for (const int power : candidates)
            if (!(end_.kind != 0 && power == candidates[0])) starts.push_back(std::ldexp(1.0, power));
    } else {
        int power;
        std::frexp(base_, &power);
        starts.push_back(std::ldexp(1.0, power - 37));
    }
    std::erase_if(starts, [&](double d) { return !(d < length_ / 8192); });
    const std::size_t count = starts.size();
    if (count == 0 || budget_ < index(3 * count)) return false;
    distances_.clear();
    for (const double factor : {1.0, 16.0, 256.0})
        for (const double d : starts) distances_.push_back(factor * d);
    const double* y = at(distances_);
    for (std::size_t i = 0; i < count; ++i) {
        const double* const rows[] = {y + index(i) * width_, y + index(i + count) * width_, y + index(i + 2 * count) * width_};
        bool usable = true;
        for (const double* row : rows)
            for (index c = 0; c < width_; ++c) usable = usable && std::isfinite(row[c]);
        if (!usable) continue;
        d0_ = starts[i];
        y0_.assign(rows[0], rows[0] + width_);
        for (index c = 0; c < width_; ++c) {
            double a = exponent(rows[0][c], rows[1][c]), b = exponent(rows[1][c], rows[2][c]);
            // An oscillation that grows toward an end may have an integral all the same, as that of cos(x^2) up to infinity.
            const bool one_sign = rows[0][c] != 0 && std::signbit(rows[0][c]) == std::signbit(rows[1][c]) &&
                                  std::signbit(rows[1][c]) == std::signbit(rows[2][c]);
            divergent_ = divergent_ || (std::min(a, b) > 1 - flat && std::fabs(a - b) < steady && one_sign);
            a = std::min(a, 1 - flat);
            b = std::min(b, 1 - flat);
            steepest_ = std::max({steepest_, a, b});
            alpha_.push_back(a);
            other_.push_back(b);
        }
        // The model's share is |y0| d0 e^((1 - alpha) log(d / d0)), and is followed until that is 1e-17.
        last_ = std::asinh((decayed / (1 - steepest_) + std::fabs(std::log(d0_ / length_))) / pi);
        return true;
    }
    return false;
}

// What the nodes of a level contribute; false if the budget is spent.
bool Rule::add(int level) {
    static const Tables tables;
    const std::vector<Node>& all = tables.of[level];
    const auto stop = std::find_if(all.begin(), all.end(), [&](const Node& n) { return n.t > last_; });
    const double log_length = std::log(length_), log_d0 = std::log(d0_);
    auto known = all.begin();
    distances_.clear();
    for (; known != stop && log_length + known->log_q >= log_d0; ++known)
        distances_.push_back(known->log_q > -600 ? length_ * known->q : std::exp(log_length + known->log_q));
    if (used_ + index(distances_.size()) > budget_) return false;
    for (int l = level == first_level ? coarsest : level; l <= level; ++l) {
        totals_[l].assign(std::size_t(width_), 0);
        sizes_[l].assign(std::size_t(width_), 0);
    }
    doubts_.assign(std::size_t(width_), 0);
    const double* y = at(distances_);
    const auto count = [&](int l, index c, double term) {
        totals_[l][std::size_t(c)] += term;
        sizes_[l][std::size_t(c)] += std::fabs(term);
    };
    for (auto n = all.begin(); n != known; ++n, y += width_) {
        const double weight = n->log_weight > -600 ? length_ * n->weight : std::exp(log_length + n->log_weight);
        for (index c = 0; c < width_; ++c) count(n->level, c, y[c] * weight);
    }
    for (auto n = known; n != stop; ++n) {
        const double log_weight = log_length + n->log_weight, log_d = log_length + n->log_q - log_d0;
        for (index c = 0; c < width_; ++c) {
            const std::size_t i = std::size_t(c);
            const double term = y0_[i] * std::exp(log_weight - alpha_[i] * log_d);
            count(n->level, c, term);
            // The finest level alone, every second point of the tail.
            if (n->level == level) doubts_[i] += term - y0_[i] * std::exp(log_weight - other_[i] * log_d);
        }
    }
    return true;
}

Settled Rule::operator()(double tolerance, double rounding) {
    Settled result;
    if (!model()) return result;
    if (divergent_) {
        result.outcome = Outcome::divergent;
        return result;
    }
    std::vector<double> total(std::size_t(width_), 0), weight(std::size_t(width_), 0);
    double changes[3] = {infinity, infinity, infinity}, largest_y0 = 0;
    for (const double y : y0_) largest_y0 = std::max(largest_y0, std::fabs(y));
    for (int level = coarsest; level <= last_level; ++level) {
        if ((level == coarsest || level > first_level) && !add(std::max(level, first_level))) return result;
        const double h = std::ldexp(1.0, -level);
        double change = 0, size = 0, uncertain = 0;
        for (std::size_t c = 0; c < total.size(); ++c) {
            const double now = total[c] / 2 + h * totals_[level][c];
            weight[c] = weight[c] / 2 + h * sizes_[level][c];
            if (!std::isfinite(now)) return result;
            change = std::max(change, std::fabs(now - total[c]));
            size = std::max(size, weight[c]);
            uncertain = std::max(uncertain, 4 * h * std::fabs(doubts_[c]));  // with a factor of 2 for safety
            total[c] = now;
        }
        changes[0] = changes[1];
        changes[1] = changes[2];
        changes[2] = change;
        if (level < first_level) continue;
        // Each level has about twice as many digits as the last if the function is as this rule wants it, and then the change is
        // the error of the level before. A kink has changes that fall like h^2, but any of them may be small by chance.
        const bool steep = changes[2] <= steeply * changes[1];
        const double falling = steep ? std::min(changes[1] / changes[0], slowest) : 1;
        const double error = std::max(changes[2], falling * changes[1]);
        // x is rounded: each value is that of a point up to eps |base| away. The tail of the model is its first value over
        // 1 - alpha, and alpha has rounding errors of its own.
        const double noise = (rounding + 4 * eps / (1 - steepest_)) * size + 2 * eps * std::fabs(base_) * largest_y0;
        result = {Outcome::settled, total, error + uncertain + noise, size};
        if (result.error <= tolerance || error <= noise) break;
        if (changes[2] > slowest * changes[1]) break;  // later levels would not do either
    }
    return result;
}

}  // namespace

Settled tanh_sinh(const Sampler& f, index width, const End& end, double tolerance, double rounding, index budget) {
    return Rule(f, width, end, budget)(tolerance, rounding);
}

}  // namespace mlcore::calculus
