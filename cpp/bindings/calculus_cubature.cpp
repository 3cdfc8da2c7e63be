// Adaptive cubature of a Python function: points as arrays of shape (n, d), values as rows of float64.
#include <algorithm>
#include <memory>
#include <string>

#include "bindings/ndarray.hpp"
#include "bindings/rooms.hpp"
#include "calculus/cubature.hpp"
#include "calculus/cubature_control.hpp"
#include "calculus/genz_malik.hpp"
#include "calculus/infinite_range.hpp"
#include "calculus/product_rule.hpp"

namespace mlcore::bindings {
namespace {

using calculus::CubatureMethod;

// One float64 for each of n points, one behind the other.
bool is_column(py::handle y, index n) noexcept {
    return is_ndarray(y) && is_doubles(y) && py::detail::array_proxy(y.ptr())->dimensions[0] == n;
}

// `integrand` has the attribute `shape`, that of a value or None, and the method `rows`, which makes float64 of whatever f
// returned and checks its shape. `maps` is None or a function that writes x over t, shape (d, n), and returns t and the
// determinants.
class PointFunction final : public calculus::CubatureFunction {
public:
    PointFunction(py::handle f, py::handle integrand, py::handle maps, index axes)
        : f_(f), integrand_(integrand), maps_(maps), axes_(axes) {}

    double* points(index n) override {
        const index shape[] = {n, axes_};
        x_ = new_array(Type::float64, 2, shape, true);
        n_ = n;
        return x_.data<double>();
    }

    const double* values() override {
        if (PyErr_CheckSignals() != 0) throw py::error_already_set();  // a function written in C does not look
        const Array scale = maps_.is_none() ? Array() : map();
        py::object y = py::reinterpret_steal<py::object>(PyObject_CallOneArg(f_.ptr(), x_.object().ptr()));
        if (!y) throw py::error_already_set();
        const bool column = (!known_ || numbers_) && is_column(y, n_);
        if (column && !known_) integrand_.attr("shape") = py::tuple();
        if (!column) y = integrand_.attr("rows")(y, n_);
        y_ = Array(std::move(y), Type::float64);
        if (!known_) {
            known_ = true;
            numbers_ = column || y_.ndim() == 1;
            width_ = numbers_ ? 1 : y_.shape(1);
        }
        count_ += n_;
        return maps_.is_none() ? y_.data<double>() : scaled(scale);
    }

private:
    Array map() {
        const py::tuple found = maps_(x_.object().attr("T"));
        return as_type(as_array(found[1], "scale"), Type::float64);
    }

    // What vanishes faster than the determinant grows contributes nothing.
    const double* scaled(const Array& scale) {
        const double *y = y_.data<double>(), *s = scale.data<double>();
        const index step = scale.ndim() > 0 ? scale.stride(0) : 0;
        scaled_.resize(std::size_t(n_ * width_));
        for (index j = 0; j < n_; ++j)
            for (index c = 0; c < width_; ++c, ++y) scaled_[std::size_t(j * width_ + c)] = *y == 0 ? 0 : *y * s[j * step];
        return scaled_.data();
    }

    py::handle f_, integrand_, maps_;
    index axes_, n_ = 0;
    bool known_ = false, numbers_ = false;
    Array x_, y_;
    std::vector<double> scaled_;
};

const char* status_text(calculus::Verdict verdict) noexcept {
    switch (verdict) {
        case calculus::Verdict::converged: return "converged";
        case calculus::Verdict::roundoff: return "roundoff";
        case calculus::Verdict::not_finite: return "not_finite";
        default: return "max_evaluations";
    }
}

Array array_of(const double* numbers, std::initializer_list<index> shape) {
    Array a = new_array(Type::float64, shape);
    std::copy(numbers, numbers + a.size(), a.data<double>());
    return a;
}

// centre, half: float64, (boxes, d), by rows.
py::tuple integrate_nd(py::handle f, py::handle integrand, py::handle maps, py::handle centre, py::handle half,
                       const std::string& method, double rtol, double atol, py::handle max_evaluations) {
    const Array middle = as_matrix(centre, "centre"), length = as_matrix(half, "half");
    calculus::Boxes boxes;
    boxes.count = middle.shape(0);
    boxes.axes = middle.shape(1);
    boxes.centre.assign(middle.data<double>(), middle.data<double>() + middle.size());
    boxes.half.assign(length.data<double>(), length.data<double>() + length.size());
    const Py_ssize_t most = PyNumber_AsSsize_t(max_evaluations.ptr(), nullptr);  // the largest there is if it is larger
    if (most == -1 && PyErr_Occurred()) throw py::error_already_set();
    PointFunction function(f, integrand, maps, boxes.axes);
    const CubatureMethod wanted = method == "gauss-kronrod" ? CubatureMethod::product
                                  : method == "genz-malik"  ? CubatureMethod::genz_malik
                                                            : CubatureMethod::automatic;
    const calculus::Integral found = calculus::cubature(function, std::move(boxes), wanted, rtol, atol, most);
    return py::make_tuple(array_of(found.value.data(), {index(found.value.size())}).take(), found.error, function.count(),
                          status_text(found.verdict), found.product ? "gauss-kronrod" : "genz-malik");
}

// t: a row of float64, writeable; returns dx / dt.
py::object map_infinite(py::handle t, double end, int sign) {
    const Array row = as_vector(t, "t");
    if (row.type() != Type::float64 || row.object().ptr() != t.ptr() || (row.shape(0) > 1 && row.stride(0) != 1))
        throw py::type_error("t is no row of float64.");
    Array slope = new_array(Type::float64, {row.shape(0)});
    calculus::map_infinite(row.data<double>(), slope.data<double>(), row.shape(0), end, sign);
    return slope.take();
}

std::unique_ptr<calculus::CubatureRule> make_rule(const std::string& method, index axes, index on_axis) {
    if (method == "genz-malik") return std::make_unique<calculus::GenzMalik>(axes);
    return std::make_unique<calculus::ProductRule>(axes, on_axis);
}

// The points on [-1, 1]^d, shape (d, n).
template <class Rule>
py::object nodes_of(const Rule& rule, index axes) {
    const double zero[calculus::most_axes] = {};
    double one[calculus::most_axes];
    std::fill(one, one + axes, 1.0);
    Array nodes = new_array(Type::float64, {axes, rule.points()});
    rule.place(zero, one, nodes.data<double>(), rule.points());
    return nodes.take();
}

// The rules by themselves, for tests: nodes ...
py::object cubature_rule(const std::string& method, index axes, index on_axis) {
    return nodes_of(*make_rule(method, axes, on_axis), axes);
}

// ... mean, error, rounding and roughness from values there ...
py::tuple apply_cubature_rule(const std::string& method, index axes, index on_axis, py::handle y) {
    const auto rule = make_rule(method, axes, on_axis);
    const Array values = as_vector(y, "y");
    double rough[calculus::most_axes] = {};
    const calculus::Applied a = rule->apply(values.data<double>(), values.stride(0), rough);
    return py::make_tuple(a.mean, a.error, a.rounding, array_of(rough, {axes}).take());
}

// ... and the points of Genz and Malik's rule with control points behind, or what values there say: beyond, apart, exact.
py::object check_cubature_rule(index axes, py::handle y, index points) {
    calculus::GenzMalik rule(axes);
    calculus::Control control(rule, points);
    if (y.is_none()) return nodes_of(control, axes);
    const Array values = as_vector(y, "y");
    double rough[calculus::most_axes] = {};
    const double mean = rule.apply(values.data<double>(), values.stride(0), rough).mean;
    const calculus::Seen seen = control(values.data<double>(), values.stride(0), mean);
    return py::make_tuple(seen.beyond, seen.apart, seen.exact);
}

}  // namespace

void register_cubature(py::module_ module) {
    module.def("integrate_nd", &integrate_nd);
    module.def("map_infinite", &map_infinite);
    module.def("cubature_rule", &cubature_rule);
    module.def("apply_cubature_rule", &apply_cubature_rule);
    module.def("check_cubature_rule", &check_cubature_rule);
}

}  // namespace mlcore::bindings
