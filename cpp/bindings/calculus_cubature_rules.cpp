// The cubature rules by themselves, for tests.
#include <algorithm>
#include <memory>
#include <string>

#include "bindings/ndarray.hpp"
#include "bindings/rooms.hpp"
#include "calculus/cubature_control.hpp"
#include "calculus/genz_malik.hpp"
#include "calculus/product_rule.hpp"

namespace mlcore::bindings {
namespace {

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

// Nodes ...
py::object cubature_rule(const std::string& method, index axes, index on_axis) {
    return nodes_of(*make_rule(method, axes, on_axis), axes);
}

// ... mean, error, rounding and roughness from values there ...
py::tuple apply_cubature_rule(const std::string& method, index axes, index on_axis, py::handle y) {
    const auto rule = make_rule(method, axes, on_axis);
    const Array values = as_vector(y, "y");
    double rough[calculus::most_axes] = {};
    const calculus::Applied a = rule->apply(values.data<double>(), values.stride(0), rough);
    return py::make_tuple(a.mean, a.error, a.rounding, vector_of(rough, axes).take());
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

void register_cubature_rules(py::module_ module) {
    module.def("cubature_rule", &cubature_rule);
    module.def("apply_cubature_rule", &apply_cubature_rule);
    module.def("check_cubature_rule", &check_cubature_rule);
}

}  // namespace mlcore::bindings
