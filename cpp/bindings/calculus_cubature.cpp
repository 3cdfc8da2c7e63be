// Adaptive cubature of a Python function: points as arrays of shape (n, d), values as rows of float64.
#include <string>
#include <vector>

#include "bindings/ndarray.hpp"
#include "bindings/rooms.hpp"
#include "calculus/cubature.hpp"
#include "calculus/infinite_range.hpp"

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
    return py::make_tuple(vector_of(found.value.data(), index(found.value.size())).take(), found.error, function.count(),
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

}  // namespace

void register_cubature(py::module_ module) {
    module.def("integrate_nd", &integrate_nd);
    module.def("map_infinite", &map_infinite);
}

}  // namespace mlcore::bindings
