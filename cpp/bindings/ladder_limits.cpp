// The loops that measure the machine's limits, from Python.
#include <string>

#include "bindings/call.hpp"
#include "bindings/ndarray.hpp"
#include "bindings/rooms.hpp"
#include "ladder/ladder.hpp"

namespace mlcore::bindings {
namespace {

Type type_named(const std::string& dtype) {
    if (dtype == "float32") return Type::float32;
    if (dtype == "float64") return Type::float64;
    throw py::value_error("dtype is '" + dtype + "'; expected 'float32' or 'float64'.");
}

double fma_chains(const std::string& dtype, index tasks, index iterations) {
    double flops = 0;
    dispatch(type_named(dtype), [&](auto t) {
        run(double(tasks) * double(iterations) * 1e2, [&] { flops = ladder::fma_chains<decltype(t)>(tasks, iterations); });
    });
    return flops;
}

// A contiguous float64 vector; `size` < 0: of any length. What is read here was allocated for the measurement.
Vector<double> stream_vector(const Array& array, const char* name, index size = -1) {
    if (array.type() != Type::float64 || array.ndim() != 1 || !array.c_contiguous() || (size >= 0 && array.shape(0) != size))
        throw py::value_error(std::string(name) + " has shape " + shape_text(array) + "; expected a contiguous float64 vector" +
                              (size < 0 ? "." : " of " + std::to_string(size) + " elements."));
    return array.vector<double>();
}

Vector<double> written(py::handle value, const char* name) {
    const Array array = as_vector(value, name);
    return stream_vector(output_array(value, Type::float64, {array.shape(0)}), name);
}

}  // namespace

void register_limits(py::module_ module) {
    module.def("fma_chains", &fma_chains, py::arg("dtype"), py::arg("tasks"), py::arg("iterations"));
    module.def("fill", [](double a, py::handle y) {
        const auto Y = written(y, "y");
        run(8.0 * double(Y.size), [&] { ladder::fill(a, Y); });
    }, py::arg("a"), py::arg("y"));
    module.def("read", [](py::handle x) {
        const Array array = as_vector(x, "x");
        const auto X = stream_vector(array, "x");
        double sum = 0;
        run(8.0 * double(X.size), [&] { sum = ladder::read(X); });
        return sum;
    }, py::arg("x"));
    module.def("copy", [](py::handle x, py::handle y) {
        const auto Y = written(y, "y");
        const Array array = as_vector(x, "x");
        const auto X = stream_vector(array, "x", Y.size);
        run(8.0 * double(Y.size), [&] { ladder::copy(X, Y); });
    }, py::arg("x"), py::arg("y"));
    module.def("update", [](double a, py::handle x, py::handle y) {
        const auto Y = written(y, "y");
        const Array array = as_vector(x, "x");
        const auto X = stream_vector(array, "x", Y.size);
        run(8.0 * double(Y.size), [&] { ladder::update(a, X, Y); });
    }, py::arg("a"), py::arg("x"), py::arg("y"));
    module.def("triad", [](double a, py::handle x, py::handle y, py::handle z) {
        const auto Z = written(z, "z");
        const Array x_array = as_vector(x, "x"), y_array = as_vector(y, "y");
        const auto X = stream_vector(x_array, "x", Z.size), Y = stream_vector(y_array, "y", Z.size);
        run(8.0 * double(Z.size), [&] { ladder::triad(a, X, Y, Z); });
    }, py::arg("a"), py::arg("x"), py::arg("y"), py::arg("z"));
}

}  // namespace mlcore::bindings
