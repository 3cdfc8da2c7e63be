// Vectors: argument checks, broadcasting, results.
#include <string>

#include "bindings/broadcast.hpp"
#include "bindings/call.hpp"
#include "bindings/ndarray.hpp"
#include "bindings/rooms.hpp"
#include "blas/blas.hpp"

namespace mlcore::bindings {
namespace {

py::object dot(py::handle x_, py::handle y_) {
    Array x = as_vector(x_, "x"), y = as_vector(y_, "y");
    const Type type = common_type(x.type(), y.type());
    x = as_type(std::move(x), type);
    y = as_type(std::move(y), type);
    const index n = x.shape(0);
    if (n != y.shape(0))
        throw py::value_error("dot of vectors with " + std::to_string(n) + " and " + std::to_string(y.shape(0)) +
                              " elements; they must be equally long.");
    double sum = 0;
    dispatch(type, [&](auto t) {
        using T = decltype(t);
        run(double(n), [&] { sum = blas::dot<T>(x.vector<T>(), y.vector<T>()); });
    });
    return scalar(type, sum);
}

py::object nrm2(py::handle x_) {
    const Array x = as_vector(x_, "x");
    double norm = 0;
    dispatch(x.type(), [&](auto t) {
        using T = decltype(t);
        run(double(x.shape(0)), [&] { norm = blas::nrm2<T>(x.vector<T>()); });
    });
    return scalar(x.type(), norm);
}

}  // namespace

void register_vectors(py::module_ module) {
    module.def("dot", &dot, py::arg("x"), py::arg("y"));
    module.def("nrm2", &nrm2, py::arg("x"));
}

}  // namespace mlcore::bindings
