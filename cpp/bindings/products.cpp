// Matrix products: argument checks, broadcasting, results.
#include <string>

#include "bindings/broadcast.hpp"
#include "bindings/call.hpp"
#include "bindings/ndarray.hpp"
#include "bindings/rooms.hpp"
#include "blas/blas.hpp"

namespace mlcore::bindings {
namespace {

// numpy.matmul for real arrays: vectors count as a row on the left and a column on the right.
py::object matmul(py::handle x1, py::handle x2, py::handle out) {
    Array a = as_array(x1, "x1"), b = as_array(x2, "x2");
    const Type type = common_type(a.type(), b.type());
    a = as_type(std::move(a), type);
    b = as_type(std::move(b), type);
    if (a.ndim() == 0 || b.ndim() == 0)
        throw py::value_error("matmul of shapes " + shape_text(a) + " and " + shape_text(b) +
                              ": expected at least one axis each; for a scalar use multiplication.");
    const bool row = a.ndim() == 1, column = b.ndim() == 1;
    const index m = row ? 1 : a.shape(-2), k = a.shape(-1), n = column ? 1 : b.shape(-1);
    if (k != b.shape(column ? 0 : -2))
        throw py::value_error("matmul of shapes " + shape_text(a) + " and " + shape_text(b) + ": the last axis of x1 has " +
                              std::to_string(k) + " elements, the " + (column ? "only" : "last but one") + " axis of x2 " +
                              std::to_string(b.shape(column ? 0 : -2)) + "; they must be equal.");

    index shape[Stack<3>::max_axes + 2];
    const int core_a = row ? 1 : 2, core_b = column ? 1 : 2;
    const int axes = broadcast_shape(a, core_a, b, core_b, shape);
    int ndim = axes;
    if (!row) shape[ndim++] = m;
    if (!column) shape[ndim++] = n;
    Array result = output_array(out, type, ndim, shape);
    const bool indirect = !out.is_none() && (may_overlap(result, a) || may_overlap(result, b));
    Array c = indirect ? new_array(type, ndim, shape) : result;

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
    if (indirect) result.object().attr("__setitem__")(py::ellipsis(), c.object());
    if (ndim == 0 && out.is_none()) return c.object()[py::tuple()];
    return result.take();
}

py::object gram(py::handle X_, bool center, py::handle weights_) {
    const Array X = as_matrix(X_, "X");
    const index n = X.shape(0), d = X.shape(1);
    Array weights;
    if (!weights_.is_none()) {
        weights = as_type(as_vector(weights_, "weights"), X.type());
        if (weights.shape(0) != n)
            throw py::value_error("weights has " + std::to_string(weights.shape(0)) + " elements; expected " + std::to_string(n) +
                                  ", one for each row of X.");
        if (weights.stride(0) != 1 && n > 1) weights = {weights.object().attr("copy")(), weights.type()};
    }
    Array mean = new_array(Type::float64, {d}), C = new_array(X.type(), {d, d});
    dispatch(X.type(), [&](auto t) {
        using T = decltype(t);
        const T* w = weights_.is_none() ? nullptr : weights.data<T>();
        for (index i = 0; w && i < n; ++i)
            if (!(w[i] >= 0))
                throw py::value_error("weights[" + std::to_string(i) + "] is " + std::to_string(w[i]) + "; expected numbers >= 0.");
        run(double(n) * double(d) * double(d), [&] {
            blas::gram<T>(X.matrix<T>(), w, center ? mean.data<double>() : nullptr, C.matrix<T>());
        });
    });
    if (!center) return C.take();
    return py::make_tuple(mean.take(), C.take());
}

}  // namespace

void register_products(py::module_ module) {
    module.def("matmul", &matmul, py::arg("x1"), py::arg("x2"), py::arg("out") = py::none());
    module.def("gram", [](py::handle X, py::handle weights) { return gram(X, false, weights); }, py::arg("X"),
               py::arg("weights") = py::none());
    module.def("centered_gram", [](py::handle X, py::handle weights) { return gram(X, true, weights); }, py::arg("X"),
               py::arg("weights") = py::none());
}

}  // namespace mlcore::bindings
