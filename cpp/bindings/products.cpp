// Matrix products: argument checks, broadcasting, results.
#include <string>
#include <utility>

#include "bindings/broadcast.hpp"
#include "bindings/call.hpp"
#include "bindings/ndarray.hpp"
#include "bindings/output.hpp"
#include "bindings/rooms.hpp"
#include "bindings/weights.hpp"
#include "blas/blas.hpp"

namespace mlcore::bindings {
namespace {

// Products of stacks of matrices. x1 is a stack of rows (vectors) if `row`, x2 a stack of columns if `column`.
py::object product(const std::string& name, const Array& a, bool row, const Array& b, bool column, py::handle out) {
    const Type type = a.type();
    const index m = row ? 1 : a.shape(-2), k = a.shape(-1), n = column ? 1 : b.shape(-1), b_axis = column ? -1 : -2;
    if (k != b.shape(b_axis))
        throw py::value_error(name + " of shapes " + shape_text(a) + " and " + shape_text(b) + ": the last axis of x1 has " +
                              std::to_string(k) + " elements, the " + (column ? "last" : "last but one") + " axis of x2 " +
                              std::to_string(b.shape(b_axis)) + "; they must be equal.");

    index shape[Stack<3>::max_axes + 2];
    const int core_a = row ? 1 : 2, core_b = column ? 1 : 2;
    const int axes = broadcast_shape(a, core_a, b, core_b, shape);
    int ndim = axes;
    if (!row) shape[ndim++] = m;
    if (!column) shape[ndim++] = n;
    Output output(out, type, ndim, shape, {&a, &b});
    const Array& c = output.array();

    Stack<3> stack;
    for (int axis = 0; axis < axes; ++axis)
        stack.push(shape[axis], {stack_stride(a, core_a, axis, axes), stack_stride(b, core_b, axis, axes), c.stride(axis)});
    if (stack.count > 0)
        dispatch(type, [&](auto t) {
            using T = decltype(t);
            const Matrix<const T> A = row ? Matrix<const T>{a.data<T>(), 1, k, 0, a.stride(-1)} : Matrix<const T>(a.matrix<T>());
            const Matrix<const T> B = column ? Matrix<const T>{b.data<T>(), k, 1, b.stride(-1), 1} : Matrix<const T>(b.matrix<T>());
            const Matrix<T> C{c.data<T>(), m, n, row ? n : c.stride(column ? -1 : -2), column ? 1 : c.stride(-1)};
            run(double(stack.count) * double(m) * double(n) * double(k), [&] { blas::gemm_stack<T>(stack, A, B, C); });
        });
    return output.finish();
}

// Both operands in their common type, each with at least as many axes as it needs.
std::pair<Array, Array> operands(const std::string& name, py::handle x1, int axes1, py::handle x2, int axes2) {
    Array a = as_array(x1, "x1"), b = as_array(x2, "x2");
    if (a.ndim() < axes1 || b.ndim() < axes2)
        throw py::value_error(name + " of shapes " + shape_text(a) + " and " + shape_text(b) + ": expected at least " +
                              std::to_string(axes1) + " and " + std::to_string(axes2) + " axes.");
    const Type type = common_type(a.type(), b.type());
    return {as_type(std::move(a), type), as_type(std::move(b), type)};
}

// numpy.matmul for real arrays: vectors count as a row on the left and a column on the right.
py::object matmul(py::handle x1, py::handle x2, py::handle out) {
    const auto [a, b] = operands("matmul", x1, 1, x2, 1);
    return product("matmul", a, a.ndim() == 1, b, b.ndim() == 1, out);
}

py::object matvec(py::handle x1, py::handle x2, py::handle out) {
    const auto [a, b] = operands("matvec", x1, 2, x2, 1);
    return product("matvec", a, false, b, true, out);
}

py::object vecmat(py::handle x1, py::handle x2, py::handle out) {
    const auto [a, b] = operands("vecmat", x1, 1, x2, 2);
    return product("vecmat", a, true, b, false, out);
}

py::object gram(py::handle X_, bool center, py::handle weights_) {
    const Array X = as_matrix(X_, "X");
    const index n = X.shape(0), d = X.shape(1);
    const Array weights = weights_.is_none() ? Array() : as_weights(weights_, n, X.type());
    Array mean = new_array(Type::float64, {d}), C = new_array(X.type(), {d, d});
    dispatch(X.type(), [&](auto t) {
        using T = decltype(t);
        const T* w = weights_.is_none() ? nullptr : weights.data<T>();
        run(double(n) * double(d) * double(d), [&] {
            blas::gram<T>(X.matrix<T>(), w, center ? mean.data<double>() : nullptr, C.matrix<T>());
        });
    });
    if (!center) return C.take();
    return py::make_tuple(mean.take(), C.take());
}

py::object gram_apply(py::handle X_, py::handle V_) {
    Array X = as_matrix(X_, "X"), V = as_matrix(V_, "V");
    const Type type = common_type(X.type(), V.type());
    X = as_type(std::move(X), type);
    V = as_type(std::move(V), type);
    if (V.shape(0) != X.shape(1))
        throw py::value_error("gram_apply: X has " + std::to_string(X.shape(1)) + " columns and V " + std::to_string(V.shape(0)) +
                              " rows; expected as many.");
    Array Z = new_array(X.type(), {V.shape(0), V.shape(1)});
    dispatch(X.type(), [&](auto t) {
        using T = decltype(t);
        run(double(X.shape(0)) * double(X.shape(1)) * double(V.shape(1)),
            [&] { blas::gram_apply<T>(X.matrix<T>(), V.matrix<T>(), Z.matrix<T>()); });
    });
    return Z.take();
}

}  // namespace

void register_products(py::module_ module) {
    module.def("matmul", &matmul, py::arg("x1"), py::arg("x2"), py::arg("out") = py::none());
    module.def("matvec", &matvec, py::arg("x1"), py::arg("x2"), py::arg("out") = py::none());
    module.def("vecmat", &vecmat, py::arg("x1"), py::arg("x2"), py::arg("out") = py::none());
    module.def("gram", [](py::handle X, py::handle weights) { return gram(X, false, weights); }, py::arg("X"),
               py::arg("weights") = py::none());
    module.def("centered_gram", [](py::handle X, py::handle weights) { return gram(X, true, weights); }, py::arg("X"),
               py::arg("weights") = py::none());
    module.def("gram_apply", &gram_apply, py::arg("X"), py::arg("V"));
}

}  // namespace mlcore::bindings
