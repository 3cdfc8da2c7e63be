// Adaptive quadrature of a Python function: what calls it, the partition of the range and tanh-sinh, brought together.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "bindings/calculus_integrand.hpp"
#include "bindings/ndarray.hpp"
#include "bindings/rooms.hpp"
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

struct Range {
    double low, high;
    std::vector<double> inner;  // the points between, in order
    bool plain() const noexcept { return inner.empty() && std::isfinite(low) && std::isfinite(high); }
};

// From `origin` to infinity: directly to the next step, then by x = origin +- 1 / u.
void add_tail(Partition& partition, double origin, int sign) {
    const double near = origin + sign * std::max(1.0, std::fabs(origin) * 1e-8), end = 1 / std::fabs(near - origin);
    if (sign < 0) partition.add(near, origin, 1, 0, 0, Edge::inside, Edge::named);
    if (sign > 0) partition.add(origin, near, 1, 0, 0, Edge::named, Edge::inside);
    partition.add(0, 0.01 * end, 1, origin, sign, Edge::named, Edge::inside);
    partition.add(0.01 * end, 0.1 * end, 1, origin, sign, Edge::inside, Edge::inside);
    partition.add(0.1 * end, end, 1, origin, sign, Edge::inside, Edge::inside);
}

// The first intervals of an infinite range, or of one with points.
Partition divided(const Range& range) {
    Partition partition;
    std::vector<double> cuts = range.inner;
    if (std::isfinite(range.low)) cuts.insert(cuts.begin(), range.low);
    if (std::isfinite(range.high)) cuts.push_back(range.high);
    if (cuts.empty()) cuts.push_back(0);
    if (!std::isfinite(range.low)) add_tail(partition, cuts.front(), -1);
    for (std::size_t i = 0; i + 1 < cuts.size(); ++i) partition.add(cuts[i], cuts[i + 1], 1, 0, 0, Edge::named, Edge::named);
    if (!std::isfinite(range.high)) add_tail(partition, cuts.back(), 1);
    return partition;
}

// np.errstate(all="ignore") for a while: tanh-sinh comes near the ends, where the function may overflow.
class Quiet {
public:
    Quiet() {
        static const py::handle errstate = py::object(py::module_::import("numpy").attr("errstate")).release();
        state_ = errstate(py::arg("all") = "ignore");
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

// Strings of which one object is kept for good: making one costs as much as ten calls of a small function.
enum Text { value_, error_, n_evaluations_, status_, method_, converged_, max_evaluations_, roundoff_, not_finite_, divergent_,
            gauss_kronrod_, tanh_sinh_, texts };

PyObject* text(Text which) {
    static PyObject* const* const kept = [] {
        static PyObject* objects[texts];
        const char* const names[] = {"value", "error", "n_evaluations", "status", "method", "converged", "max_evaluations",
                                     "roundoff", "not_finite", "divergent", "gauss-kronrod", "tanh-sinh"};
        for (int i = 0; i < texts; ++i) {
            objects[i] = PyUnicode_InternFromString(names[i]);
            if (!objects[i]) throw py::error_already_set();
        }
        return objects;
    }();
    return kept[which];
}

struct Found {
    std::vector<double> value;
    double error = 0;
    Text status = converged_;
    bool by_tanh_sinh = false;
};

class Quadrature {
public:
    Quadrature(Integrand& f, const Range& range, double rtol, double atol, index most)
        : f_(f), range_(range), rtol_(rtol), atol_(atol), most_(most) {}

    Found operator()();

private:
    Partition begin();
    void find_out(const Partition& partition);
    void evaluate(Partition& partition);
    bool settle_singular(Partition& partition);  // false if one of them diverges

    Integrand& f_;
    const Range& range_;
    const double rtol_, atol_;
    const index most_;
    bool by_tanh_sinh_ = false;
    std::vector<double> x_;
};

Partition Quadrature::begin() {
    Partition partition;
    const auto one = [&] { partition.add(range_.low, range_.high, 1, 0, 0, Edge::named, Edge::named); };
    const auto check = [&] {
        if (partition.points() > most_)
            throw py::value_error("max_evaluations is " + std::to_string(most_) + "; expected at least " +
                                  std::to_string(partition.points()) + ", to begin with.");
    };
    if (!range_.plain()) {
        partition = divided(range_);
        check();
        if (f_.mode() == Integrand::Mode::unknown) find_out(partition);
        return partition;
    }
    one();
    check();
    if (f_.mode() == Integrand::Mode::numbers) return partition;
    if (f_.mode() == Integrand::Mode::unknown && f_.gives_number(0.5 * range_.low + 0.5 * range_.high)) return partition;
    partition = Partition();
    partition.add(range_.low, range_.high, first_parts, 0, 0, Edge::named, Edge::named);
    const bool many = partition.points() <= most_;
    if (many && f_.mode() == Integrand::Mode::unknown) find_out(partition);
    if (!many || f_.mode() == Integrand::Mode::numbers) {
        partition = Partition();
        one();
    }
    return partition;
}

// Whether f takes arrays, with that of all points.
void Quadrature::find_out(const Partition& partition) {
    x_.resize(std::size_t(partition.points()));
    partition.nodes(x_.data());
    f_.takes_arrays(x_);
}

void Quadrature::evaluate(Partition& partition) {
    x_.resize(std::size_t(partition.points()));
    partition.nodes(x_.data());
    const double* const y = f_.values(x_.data(), index(x_.size()));
    partition.absorb(y, f_.width(), f_.rounding());
}

bool Quadrature::settle_singular(Partition& partition) {
    const Quiet quiet;
    const index width = f_.width();
    std::vector<double> sums(std::size_t(width), 0);
    const calculus::Sampler sample = [&](const double* x, index n) {
        const double* const y = f_.values(x, n, true);
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
        const calculus::Settled found = calculus::tanh_sinh(sample, width, end, tolerance, f_.rounding(), most_ - f_.count());
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
    evaluate(partition);
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
    Found found{std::vector<double>(std::size_t(f_.width())), partition.error(), converged_, by_tanh_sinh_};
    partition.value(found.value.data());
    if (divergent) found.status = divergent_;
    else if (verdict == Verdict::budget) found.status = max_evaluations_;
    else if (verdict == Verdict::roundoff) found.status = roundoff_;
    else if (verdict == Verdict::not_finite) found.status = not_finite_;
    if (divergent || verdict == Verdict::not_finite) {
        std::fill(found.value.begin(), found.value.end(), not_a_number);
        found.error = infinity;
    }
    if (f_.is_complex()) found.error *= std::sqrt(2.0);  // of the larger of both parts
    return found;
}

// An instance of the dataclass without its __init__, which costs as much as a small integral.
py::object make_result(py::handle result, const py::object& value, const Found& found, index count) {
    auto* const type = reinterpret_cast<PyTypeObject*>(result.ptr());
    py::object made = py::reinterpret_steal<py::object>(type->tp_alloc(type, 0));
    if (!made) throw py::error_already_set();
    const py::float_ error(found.error);
    const py::int_ evaluations(count);
    PyObject* const fields[] = {value.ptr(), error.ptr(), evaluations.ptr(), text(found.status),
                                text(found.by_tanh_sinh ? tanh_sinh_ : gauss_kronrod_)};
    for (int i = 0; i < 5; ++i)  // a frozen dataclass refuses setattr
        if (PyObject_GenericSetAttr(made.ptr(), text(Text(i)), fields[i]) < 0) throw py::error_already_set();
    return made;
}

double number(PyObject* value) {
    const double found = PyFloat_AsDouble(value);
    if (found == -1 && PyErr_Occurred()) throw py::error_already_set();
    return found;
}

// low and high: different, not NaN. atol: -1 for the rounding error. vectorized: None, True or False. result: the class.
py::object integrate(py::handle f, double low, double high, py::handle points, double rtol, double atol, py::handle vectorized,
                     py::ssize_t most, py::handle result) {
    Range range{std::min(low, high), std::max(low, high), {}};
    if (PyTuple_Check(points.ptr()) && PyTuple_GET_SIZE(points.ptr()) > 0)
        for (const py::handle p : py::reinterpret_borrow<py::tuple>(points)) range.inner.push_back(p.cast<double>());
    const int truth = vectorized.is_none() ? 0 : PyObject_IsTrue(vectorized.ptr());
    if (truth < 0) throw py::error_already_set();
    Integrand integrand(f, vectorized.is_none() ? Integrand::Mode::unknown
                                                : truth ? Integrand::Mode::arrays : Integrand::Mode::numbers);
    std::optional<Found> found;
    for (int attempt = 0; !found; ++attempt) try {
            found = Quadrature(integrand, range, rtol, atol, most)();
        } catch (const Integrand::BecameComplex&) {
            if (attempt > 0) throw py::type_error("f returned complex values after real ones; expected one kind of number.");
        }
    if (low > high)
        for (double& v : found->value) v = -v;
    return make_result(result, integrand.shaped(found->value), *found, integrand.count());
}

// As pybind11 would call it, which takes as long as a tenth of a small integral.
PyObject* call_integrate(PyObject*, PyObject* const* a, Py_ssize_t count) noexcept {
    try {
        if (count != 9) throw py::type_error("integrate takes 9 arguments, " + std::to_string(count) + " given.");
        const Py_ssize_t most = PyNumber_AsSsize_t(a[7], nullptr);  // the largest there is if it is larger
        if (most == -1 && PyErr_Occurred()) throw py::error_already_set();
        return integrate(a[0], number(a[1]), number(a[2]), a[3], number(a[4]), number(a[5]), a[6], most, a[8]).release().ptr();
    } catch (py::error_already_set& error) {
        error.restore();
    } catch (const py::builtin_exception& error) {
        error.set_error();
    } catch (const std::bad_alloc&) {
        PyErr_NoMemory();
    } catch (const std::exception& error) {
        PyErr_SetString(PyExc_RuntimeError, error.what());
    }
    return nullptr;
}

}  // namespace

void register_quadrature(py::module_ module) {
    static PyMethodDef method = {"integrate", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&call_integrate)),
                                 METH_FASTCALL, nullptr};
    PyObject* const function = PyCFunction_New(&method, nullptr);
    if (!function) throw py::error_already_set();
    module.attr("integrate") = py::reinterpret_steal<py::object>(function);
}

}  // namespace mlcore::bindings
