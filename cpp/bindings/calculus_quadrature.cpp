// Adaptive quadrature of a Python function: what calls it, the partition of the range and tanh-sinh, brought together.
#include "bindings/calculus_quadrature.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "bindings/once.hpp"
#include "calculus/partition.hpp"
#include "calculus/tanh_sinh.hpp"

namespace mlcore::bindings {
namespace {

using calculus::Edge;
using calculus::Interval;
using calculus::Outcome;
using calculus::Partition;
using calculus::Verdict;

constexpr double infinity = std::numeric_limits<double>::infinity(), not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr index first_parts = 4;                     // of a finite range, for a function that takes arrays
constexpr index look_arrays = 64, look_numbers = 16;  // intervals, where only few values matter

// The scale on which an infinite range is looked at around a place.
double scale_at(double x) noexcept { return std::max(1.0, std::fabs(x) * 1e-8); }

// From `origin` to infinity: directly to the next step, then by x = origin +- 1 / u.
void add_tail(Partition& partition, double origin, int sign) {
    const double near = origin + sign * scale_at(origin), end = 1 / std::fabs(near - origin);
    if (sign < 0) partition.add(near, origin, 1, 0, 0, Edge::inside, Edge::named);
    if (sign > 0) partition.add(origin, near, 1, 0, 0, Edge::named, Edge::inside);
    partition.add(0, 0.01 * end, 1, origin, sign, Edge::named, Edge::inside);
    partition.add(0.01 * end, 0.1 * end, 1, origin, sign, Edge::inside, Edge::inside);
    partition.add(0.1 * end, end, 1, origin, sign, Edge::inside, Edge::inside);
}

// Between two points of an infinite range that are far apart on that scale.
void add_between(Partition& partition, double left, double right) {
    const double a = left + scale_at(left), b = right - scale_at(right), middle = 0.5 * left + 0.5 * right;
    partition.add(left, a, 1, 0, 0, Edge::named, Edge::inside);
    partition.add(a, middle, 1, 0, 0, Edge::inside, Edge::inside);
    partition.add(middle, b, 1, 0, 0, Edge::inside, Edge::inside);
    partition.add(b, right, 1, 0, 0, Edge::inside, Edge::named);
}

// The first intervals of an infinite range, or of one with points.
Partition divided(const Range& range) {
    Partition partition;
    std::vector<double> cuts = range.inner;
    if (std::isfinite(range.low)) cuts.insert(cuts.begin(), range.low);
    if (std::isfinite(range.high)) cuts.push_back(range.high);
    if (cuts.empty()) cuts.push_back(0);
    if (!std::isfinite(range.low)) add_tail(partition, cuts.front(), -1);
    const bool infinite = !std::isfinite(range.low) || !std::isfinite(range.high);
    for (std::size_t i = 0; i + 1 < cuts.size(); ++i)
        if (infinite && cuts[i + 1] - cuts[i] > 16 * std::max(scale_at(cuts[i]), scale_at(cuts[i + 1])))
            add_between(partition, cuts[i], cuts[i + 1]);
        else
            partition.add(cuts[i], cuts[i + 1], 1, 0, 0, Edge::named, Edge::named);
    if (!std::isfinite(range.high)) add_tail(partition, cuts.back(), 1);
    return partition;
}

// np.errstate(all="ignore") for a while: tanh-sinh comes near the ends, where the function may overflow.
class Quiet {
public:
    Quiet() {
        state_ = once([] { return from_numpy("errstate"); })(py::arg("all") = "ignore");
        state_.attr("__enter__")();
    }
    ~Quiet() {
        PyObject *kind, *value, *trace;
        PyErr_Fetch(&kind, &value, &trace);
        PyObject* const done = PyObject_CallMethod(state_.ptr(), "__exit__", "OOO", Py_None, Py_None, Py_None);
        Py_XDECREF(done);
        PyErr_Restore(kind, value, trace);
    }
    Quiet(const Quiet&) = delete;

private:
    py::object state_;
};

class Quadrature {
public:
    // The function is multiplied by `scale`.
    Quadrature(Integrand& f, const Range& range, double rtol, double atol, index most, double scale)
        : f_(f), range_(range), rtol_(rtol), atol_(atol), most_(most), scale_(scale) {}

    Found operator()();
    bool too_large() const noexcept { return too_large_; }  // for sums without overflow

private:
    Partition begin();                    // the first intervals, evaluated
    Partition equal(index parts) const;   // the range, in equal intervals
    void require(index points) const;
    double lowest_node() const noexcept;  // of equal(1)
    bool find_out(const Partition& partition);
    void evaluate(Partition& partition);
    bool settle_singular(Partition& partition);  // false if one of them diverges
    const double* values(const double* x, index n, bool forgiving = false);

    Integrand& f_;
    const Range& range_;
    const double rtol_, atol_;
    const index most_;
    const double scale_;
    bool by_tanh_sinh_ = false, too_large_ = false;
    std::vector<double> x_, scaled_;
};

Partition Quadrature::equal(index parts) const {
    Partition partition;
    partition.add(range_.low, range_.high, parts, 0, 0, Edge::named, Edge::named);
    return partition;
}

void Quadrature::require(index points) const {
    if (points > most_)
        throw py::value_error("max_evaluations is " + std::to_string(most_) + "; expected at least " + std::to_string(points) +
                              ", to begin with.");
}

Partition Quadrature::begin() {
    if (!range_.plain()) {
        Partition partition = divided(range_);
        require(partition.points());
        if (f_.mode() == Integrand::Mode::unknown) find_out(partition);
        evaluate(partition);
        return partition;
    }
    require(calculus::rule_points);
    if (f_.mode() == Integrand::Mode::unknown && f_.gives_number(lowest_node())) try {
            Partition partition = equal(1);
            evaluate(partition);
            return partition;
        } catch (const py::error_already_set& error) {
            if (!error.matches(PyExc_ArithmeticError)) throw;  // of 1 / 0.0, which is infinite in an array
        }
    Partition partition = equal(f_.mode() == Integrand::Mode::numbers || f_.is_analytic() ? 1 : first_parts);
    if (partition.points() > most_ || (f_.mode() == Integrand::Mode::unknown && !find_out(partition))) partition = equal(1);
    evaluate(partition);
    return partition;
}

double Quadrature::lowest_node() const noexcept {
    double u[calculus::rule_points];
    calculus::nodes({range_.low, range_.high, 0, 0}, u);
    return u[0];
}

// Whether f takes arrays, with that of all points.
bool Quadrature::find_out(const Partition& partition) {
    x_.resize(std::size_t(partition.points()));
    partition.nodes(x_.data());
    return f_.takes_arrays(x_);
}

const double* Quadrature::values(const double* x, index n, bool forgiving) {
    const double* const y = f_.values(x, n, forgiving);
    if (scale_ == 1) return y;
    scaled_.resize(std::size_t(n * f_.width()));
    for (std::size_t i = 0; i < scaled_.size(); ++i) scaled_[i] = scale_ * y[i];
    return scaled_.data();
}

void Quadrature::evaluate(Partition& partition) {
    if (!f_.called()) {
        x_.resize(std::size_t(partition.points()));
        partition.nodes(x_.data());
    }
    const double* const y = values(x_.data(), index(x_.size()));
    partition.absorb(y, f_.width(), f_.rounding());
}

bool Quadrature::settle_singular(Partition& partition) {
    const Quiet quiet;
    const index width = f_.width();
    std::vector<double> sums(std::size_t(width), 0);
    const calculus::Sampler sample = [&](const double* x, index n) {
        const double* const y = values(x, n, true);
        if (f_.width() != width) throw Integrand::BecameComplex{};
        return y;
    };
    bool all = true;
    for (const index i : partition.singular()) {
        const Interval& v = partition.interval(i);
        partition.value(sums.data());
        double largest = 0;
        for (const double sum : sums) largest = std::max(largest, std::fabs(sum));
        const double tolerance = 0.1 * std::max(atol_, rtol_ * largest);
        const calculus::End end{v.lo, v.hi, v.origin, v.kind, v.left_run >= v.right_run};
        const index budget = most_ - f_.count() - partition.points();  // those of the divided intervals come next
        const calculus::Settled found = calculus::tanh_sinh(sample, width, end, tolerance, f_.rounding(), budget);
        all = all && found.outcome != Outcome::divergent;
        // Anything less says that the singularity lies near the end, not at it.
        if (found.outcome == Outcome::settled && found.error <= std::max(tolerance, 1e-5 * v.error)) {
            partition.settle(i, found.value.data(), found.error, found.size);
            by_tanh_sinh_ = true;
        } else {
            partition.give_back(i);
        }
    }
    return all;
}

Found Quadrature::operator()() {
    Partition partition = begin();
    bool divergent = false;
    Verdict verdict;
    const auto decide = [&] {
        const index look = f_.mode() == Integrand::Mode::arrays ? look_arrays : look_numbers;
        return partition.decide(rtol_, atol_, std::max<index>(most_ - f_.count(), 0), look);
    };
    while ((verdict = decide()) == Verdict::more) {
        if (!partition.singular().empty() && !settle_singular(partition)) {
            divergent = true;
            break;
        }
        if (PyErr_CheckSignals() != 0) throw py::error_already_set();  // a function written in C does not look
        if (partition.points() == 0) continue;
        if (f_.mode() == Integrand::Mode::unknown) find_out(partition);
        evaluate(partition);
    }
    Found found{std::vector<double>(std::size_t(f_.width())), partition.error(), Status::converged, by_tanh_sinh_};
    partition.value(found.value.data());
    if (divergent) found.status = Status::divergent;
    else if (verdict == Verdict::budget) found.status = Status::max_evaluations;
    else if (verdict == Verdict::roundoff) found.status = Status::roundoff;
    else if (verdict == Verdict::not_finite) found.status = Status::not_finite;
    if (divergent || verdict == Verdict::not_finite) {
        std::fill(found.value.begin(), found.value.end(), not_a_number);
        found.error = infinity;
    }
    too_large_ = partition.too_large();
    if (f_.is_complex()) found.error *= std::sqrt(2.0);  // of the larger of both parts
    return found;
}

}  // namespace

// Where sums overflow, or the lengths of intervals times values, it is done once more with small values: overflow takes values of
// 1e-2 at least, as no length is more than 1e308, so that those lost to underflow are nothing beside them.
Found quadrature(Integrand& f, const Range& range, double rtol, double atol, index most) {
    Quadrature plain(f, range, rtol, atol, most, 1);
    Found found = plain();
    if (!plain.too_large()) return found;
    constexpr double small = 0x1p-512;
    found = Quadrature(f, range, rtol, atol < 0 ? atol : atol * small, most, small)();
    found.error /= small;
    bool finite = true;
    for (double& v : found.value) finite = std::isfinite(v /= small) && finite;
    if (!finite) {
        std::fill(found.value.begin(), found.value.end(), not_a_number);
        found.error = infinity;
        if (found.status != Status::divergent) found.status = Status::not_finite;
    }
    return found;
}

}  // namespace mlcore::bindings
