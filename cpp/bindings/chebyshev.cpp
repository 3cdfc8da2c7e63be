// Chebyshev series: argument checks, results.
#include "calculus/chebyshev.hpp"

#include "bindings/call.hpp"
#include "bindings/ndarray.hpp"
#include "bindings/output.hpp"
#include "bindings/rooms.hpp"

namespace mlcore::bindings {
namespace {

// A float64 array without gaps.
Array dense(py::handle value, const char* name) {
    Array array = as_type(as_array(value, name), Type::float64);
    if (array.c_contiguous()) return array;
    return as_type(as_array(array.object().attr("copy")(), name), Type::float64);
}

// In the shape of `points`.
template <class Kernel>
py::object at_points(const Array& points, index terms, Kernel&& kernel) {
    index shape[64];
    for (int axis = 0; axis < points.ndim(); ++axis) shape[axis] = points.shape(axis);
    Output output(py::none(), Type::float64, points.ndim(), shape, {});
    const double* from = points.data<const double>();
    double* to = output.array().data<double>();
    const index n = points.size();
    run(double(n) * double(terms), [&] { kernel(n, from, to); });
    return output.finish();
}

py::object chebyshev_values(py::handle t_, py::handle c_) {
    const Array t = dense(t_, "t"), c = dense(c_, "c");
    if (c.ndim() != 1 || c.size() == 0)
        throw py::value_error("c has shape " + shape_text(c) + "; expected one axis of at least one coefficient.");
    return at_points(t, c.size(), [&](index n, const double* from, double* to) {
        calculus::chebyshev_values(c.size(), c.data<const double>(), n, from, to);
    });
}

py::object piecewise_values(py::handle x_, py::handle breaks_, py::handle series_) {
    const Array x = dense(x_, "x"), breaks = dense(breaks_, "breaks"), series = dense(series_, "coefficients");
    if (breaks.ndim() != 1 || series.ndim() != 2 || series.size() == 0 || breaks.size() != series.shape(0) + 1)
        throw py::value_error("breaks have shape " + shape_text(breaks) + " and coefficients " + shape_text(series) +
                              "; expected (pieces + 1,) and (pieces, terms), at least one of each.");
    return at_points(x, series.shape(1), [&](index n, const double* from, double* to) {
        calculus::chebyshev_values({breaks.data<const double>(), series.matrix<const double>()}, n, from, to);
    });
}

}  // namespace

void register_chebyshev(py::module_ module) {
    module.def("chebyshev_values", &chebyshev_values, py::arg("t"), py::arg("c"));
    module.def("piecewise_values", &piecewise_values, py::arg("x"), py::arg("breaks"), py::arg("coefficients"));
}

}  // namespace mlcore::bindings
