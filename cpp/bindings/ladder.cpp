// The ladders of products from Python: every step of the matrix product and of the power iteration.
#include <string>

#include "bindings/call.hpp"
#include "bindings/ladder_steps.hpp"
#include "bindings/ndarray.hpp"
#include "bindings/rooms.hpp"
#include "blas/blas.hpp"
#include "ladder/ladder.hpp"
#include "ladder/power_iteration.hpp"

namespace mlcore::bindings {
namespace {

template <class T>
using Matmul = void (*)(Matrix<const T>, Matrix<const T>, Matrix<T>);
template <class T>
using PowerIteration = T (*)(Matrix<const T>, index, Vector<T>);

py::object matmul_step(Both<Matmul> kernel, py::handle A_, py::handle B_) {
    Array A = as_matrix(A_, "A"), B = as_matrix(B_, "B");
    if (A.shape(1) != B.shape(0))
        throw py::value_error("A has shape " + shape_text(A) + " and B has shape " + shape_text(B) +
                              "; expected as many columns in A as rows in B.");
    const Type type = common_type(A.type(), B.type());
    A = dense(as_type(std::move(A), type));
    B = dense(as_type(std::move(B), type));
    Array C = new_array(type, {A.shape(0), B.shape(1)});
    dispatch(type, [&](auto t) {
        using T = decltype(t);
        run(double(A.size()) * double(B.shape(1)), [&] { kernel.of<T>()(A.matrix<T>(), B.matrix<T>(), C.matrix<T>()); });
    });
    return C.take();
}

py::object power_iteration_step(Both<PowerIteration> kernel, py::handle A_, py::handle x_, index iterations) {
    Array A = as_matrix(A_, "A"), x = as_vector(x_, "x");
    const index n = A.shape(0);
    if (A.shape(1) != n) throw py::value_error("A has shape " + shape_text(A) + "; expected a square matrix.");
    if (x.shape(0) != n)
        throw py::value_error("x has shape " + shape_text(x) + "; expected (" + std::to_string(n) +
                              ",), one element for each row of A.");
    if (iterations < 1) throw py::value_error("iterations is " + std::to_string(iterations) + "; expected 1 or more.");
    const Type type = common_type(A.type(), x.type());
    A = dense(as_type(std::move(A), type));
    x = as_type(std::move(x), type);
    Array vector = new_array(type, {n});
    double value = 0;
    dispatch(type, [&](auto t) {
        using T = decltype(t);
        const Vector<T> start = x.vector<T>(), v = vector.vector<T>();
        bool zero = true;
        for (index i = 0; i < n; ++i) {
            v[i] = start[i];
            zero = zero && v[i] == T(0);
        }
        if (zero)
            throw py::value_error("x is the zero vector, which has no direction; expected a start with an element that is not 0.");
        run(double(n) * double(n) * double(iterations), [&] { value = double(kernel.of<T>()(A.matrix<T>(), iterations, v)); });
    });
    return py::make_tuple(scalar(type, value), vector.take());
}

// The last step: the production kernel, in the loop of the others.
template <class T>
T power_iteration_threaded(Matrix<const T> A, index iterations, Vector<T> x) {
    return ladder::power_iterate(iterations, x, [A](Vector<T> x, Vector<T> y) { blas::gemv<T>(T(1), A, x, T(0), y); });
}

}  // namespace

void register_ladder(py::module_ module) {
    using namespace ladder;
    const Named<Matmul> products[] = {
        {"matmul_naive", {matmul_naive<float>, matmul_naive<double>}},
        {"matmul_loop_order", {matmul_loop_order<float>, matmul_loop_order<double>}},
        {"matmul_tiled", {matmul_tiled<float>, matmul_tiled<double>}},
        {"matmul_vectorised", {matmul_vectorised<float>, matmul_vectorised<double>}},
        {"matmul_register_blocked", {matmul_register_blocked<float>, matmul_register_blocked<double>}},
        {"matmul_packed", {matmul_packed<float>, matmul_packed<double>}},
    };
    for (const auto& [name, kernel] : products)
        module.def(name, [kernel = kernel](py::handle A, py::handle B) {
            return matmul_step(kernel, A, B);
        }, py::arg("A"), py::arg("B"));

    const Named<PowerIteration> iterations[] = {
        {"power_iteration_naive", {power_iteration_naive<float>, power_iteration_naive<double>}},
        {"power_iteration_vectorised", {power_iteration_vectorised<float>, power_iteration_vectorised<double>}},
        {"power_iteration_rows", {power_iteration_rows<float>, power_iteration_rows<double>}},
        {"power_iteration_threaded", {power_iteration_threaded<float>, power_iteration_threaded<double>}},
    };
    for (const auto& [name, kernel] : iterations)
        module.def(name, [kernel = kernel](py::handle A, py::handle x, index iterations) {
            return power_iteration_step(kernel, A, x, iterations);
        }, py::arg("A"), py::arg("x"), py::arg("iterations"));
}

}  // namespace mlcore::bindings
