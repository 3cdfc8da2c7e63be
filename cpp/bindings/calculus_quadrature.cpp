// Adaptive quadrature: the partition of the range, with arrays at its border.
#include <algorithm>
#include <string>

#include "bindings/ndarray.hpp"
#include "bindings/rooms.hpp"
#include "calculus/partition.hpp"

namespace mlcore::bindings {
namespace {

using calculus::Interval;
using calculus::Partition;

// Nodes, Kronrod's weights, Gauss's.
py::tuple gauss_kronrod_rule() {
    const auto array = [](const double* numbers) {
        Array a = new_array(Type::float64, {calculus::rule_points});
        std::copy(numbers, numbers + calculus::rule_points, a.data<double>());
        return a.take();
    };
    return py::make_tuple(array(calculus::rule_nodes), array(calculus::kronrod_weights), array(calculus::gauss_weights));
}

py::object nodes(const Partition& self) {
    Array x = new_array(Type::float64, {self.points()});
    self.nodes(x.data<double>());
    return x.take();
}

// The elements of y as float64, in rows without gaps.
Array rows(py::handle y_) {
    Array y = as_type(as_array(y_, "y"), Type::float64);
    if (y.c_contiguous()) return y;
    return as_array(py::module_::import("numpy").attr("ascontiguousarray")(y.object()), "y");
}

void absorb(Partition& self, py::handle y_, double rounding) {
    const Array y = rows(y_);
    const index points = self.points(), size = y.size();
    if (points == 0 || size < points || size % points != 0)
        throw py::value_error("y has shape " + shape_text(y) + "; expected the values at " + std::to_string(points) + " points.");
    self.absorb(y.data<double>(), size / points, rounding);
}

int decide(Partition& self, double rtol, double atol, index budget, index look) {
    return int(self.decide(rtol, atol, budget, look));
}

// A float of a function with one value, else a vector.
py::object value(const Partition& self) {
    if (self.width() == 1) {
        double sum = 0;
        self.value(&sum);
        return py::float_(sum);
    }
    Array sums = new_array(Type::float64, {self.width()});
    self.value(sums.data<double>());
    return sums.take();
}

py::list singular(const Partition& self) {
    py::list found;
    for (const index i : self.singular()) {
        const Interval& v = self.interval(i);
        found.append(py::make_tuple(i, v.lo, v.hi, v.origin, v.kind, v.left_run >= v.right_run, v.error));
    }
    return found;
}

void check_number(const Partition& self, index i) {
    for (const index known : self.singular())
        if (known == i) return;
    throw py::index_error("i is " + std::to_string(i) + "; expected the number of a singular interval.");
}

void settle(Partition& self, index i, py::handle value_, double error, double size) {
    check_number(self, i);
    const Array value = rows(value_);
    if (value.size() != self.width())
        throw py::value_error("value has shape " + shape_text(value) + "; expected " + std::to_string(self.width()) + " values.");
    self.settle(i, value.data<double>(), error, size);
}

void give_back(Partition& self, index i) {
    check_number(self, i);
    self.give_back(i);
}

}  // namespace

void register_quadrature(py::module_ module) {
    module.def("gauss_kronrod_rule", &gauss_kronrod_rule);
    py::class_<Partition>(module, "Partition")
        .def(py::init<>())
        .def("add", &Partition::add, py::arg("lo"), py::arg("hi"), py::arg("parts"), py::arg("origin"), py::arg("kind"), py::arg("left") = false, py::arg("right") = false)
        .def_property_readonly("points", &Partition::points)
        .def("nodes", &nodes)
        .def("absorb", &absorb, py::arg("y"), py::arg("rounding"))
        .def("decide", &decide, py::arg("rtol"), py::arg("atol"), py::arg("budget"), py::arg("look"))
        .def("value", &value)
        .def_property_readonly("error", &Partition::error)
        .def("singular", &singular)
        .def("settle", &settle, py::arg("i"), py::arg("value"), py::arg("error"), py::arg("size"))
        .def("give_back", &give_back, py::arg("i"));
}

}  // namespace mlcore::bindings
