// Vectors: argument checks, broadcasting, results.
#include <string>
#include <utility>

#include "bindings/broadcast.hpp"
#include "bindings/call.hpp"
#include "bindings/ndarray.hpp"
#include "bindings/output.hpp"
#include "bindings/rooms.hpp"
#include "blas/blas.hpp"

namespace mlcore::bindings {
namespace {

// Two stacks of vectors in their common type; the last axis holds the vector and must be equally long.
std::pair<Array, Array> vector_pair(const char* name, py::handle x1, py::handle x2) {
    Array a = as_array(x1, "x1"), b = as_array(x2, "x2");
    if (a.ndim() == 0 || b.ndim() == 0 || a.shape(-1) != b.shape(-1))
        throw py::value_error(std::string(name) + " of shapes " + shape_text(a) + " and " + shape_text(b) +
                              ": the axes that hold the vectors must exist and be equally long.");
    const Type type = common_type(a.type(), b.type());
    return {as_type(std::move(a), type), as_type(std::move(b), type)};
}

py::object dot_of(const Array& x, const Array& y) {
    double sum = 0;
    dispatch(x.type(), [&](auto t) {
        using T = decltype(t);
        run(double(x.shape(0)), [&] { sum = blas::dot<T>(x.vector<T>(), y.vector<T>()); });
    });
    return scalar(x.type(), sum);
}

// None unless both are vectors: the caller then takes the longer way.
py::object dot(py::handle x1, py::handle x2) {
    const Array x = as_array(x1, "a"), y = as_array(x2, "b");
    if (x.ndim() != 1 || y.ndim() != 1) return py::none();
    if (x.shape(0) != y.shape(0))
        throw py::value_error("dot of vectors with " + std::to_string(x.shape(0)) + " and " + std::to_string(y.shape(0)) +
                              " elements: they must be equally long.");
    const Type type = common_type(x.type(), y.type());
    return dot_of(as_type(x, type), as_type(y, type));
}

py::object vecdot(py::handle x1, py::handle x2, py::handle out) {
    const auto [x, y] = vector_pair("vecdot", x1, x2);
    if (x.ndim() == 1 && y.ndim() == 1 && out.is_none()) return dot_of(x, y);
    const Type type = x.type();
    const index n = x.shape(-1);
    index shape[Stack<3>::max_axes];
    const int axes = broadcast_shape(x, 1, y, 1, shape);
    Output output(out, type, axes, shape, {&x, &y});
    const Array& z = output.array();
    Stack<3> stack;
    for (int axis = 0; axis < axes; ++axis)
        stack.push(shape[axis], {stack_stride(x, 1, axis, axes), stack_stride(y, 1, axis, axes), z.stride(axis)});
    if (stack.count > 0)
        dispatch(type, [&](auto t) {
            using T = decltype(t);
            run(double(stack.count) * double(n), [&] {
                blas::dot_stack<T>(stack, {x.data<T>(), n, x.stride(-1)}, {y.data<T>(), n, y.stride(-1)}, z.data<T>());
            });
        });
    return output.finish();
}

// The norms of the vectors along the last axis.
template <blas::Norm kind>
py::object norm(py::handle x_, py::handle out) {
    const Array x = as_array(x_, "x");
    if (x.ndim() == 0) throw py::value_error("x is a scalar; expected at least one axis.");
    const index n = x.shape(-1);
    if (x.ndim() == 1 && out.is_none()) {
        double value = 0;
        dispatch(x.type(), [&](auto t) {
            using T = decltype(t);
            const Vector<const T> v = x.vector<T>();
            run(double(n), [&] {
                value = kind == blas::Norm::one ? blas::asum<T>(v) : kind == blas::Norm::two ? blas::nrm2<T>(v) : blas::amax<T>(v);
            });
        });
        return scalar(x.type(), value);
    }
    index shape[Stack<2>::max_axes];
    const int axes = x.ndim() - 1;
    for (int axis = 0; axis < axes; ++axis) shape[axis] = x.shape(axis);
    Output output(out, x.type(), axes, shape, {&x});
    const Array& z = output.array();
    Stack<2> stack;
    for (int axis = 0; axis < axes; ++axis) stack.push(shape[axis], {x.stride(axis), z.stride(axis)});
    if (stack.count > 0)
        dispatch(x.type(), [&](auto t) {
            using T = decltype(t);
            run(double(stack.count) * double(n), [&] {
                blas::norm_stack<T>(kind, stack, {x.data<T>(), n, x.stride(-1)}, z.data<T>());
            });
        });
    return output.finish();
}

// The directions of the vectors along the last axis.
py::object normalize(py::handle x_, py::handle out) {
    const Array x = as_array(x_, "x");
    if (x.ndim() == 0) throw py::value_error("x is a scalar; expected at least one axis.");
    index shape[Stack<2>::max_axes];
    for (int axis = 0; axis < x.ndim(); ++axis) shape[axis] = x.shape(axis);
    Output output(out, x.type(), x.ndim(), shape, {&x}, true, x.f_contiguous() && !x.c_contiguous());
    const Array& z = output.array();
    const index n = x.shape(-1);
    Stack<2> stack;
    for (int axis = 0; axis < x.ndim() - 1; ++axis) stack.push(shape[axis], {x.stride(axis), z.stride(axis)});
    if (stack.count > 0 && n > 0)
        dispatch(x.type(), [&](auto t) {
            using T = decltype(t);
            run(3.0 * double(stack.count) * double(n), [&] {
                blas::normalize<T>(stack, {x.data<T>(), n, x.stride(-1)}, {z.data<T>(), n, z.stride(-1)});
            });
        });
    return output.finish();
}

py::object outer(py::handle x1, py::handle x2, py::handle out) {
    Array x = as_vector(x1, "x1"), y = as_vector(x2, "x2");
    const Type type = common_type(x.type(), y.type());
    x = as_type(std::move(x), type);
    y = as_type(std::move(y), type);
    const index shape[2] = {x.shape(0), y.shape(0)};
    Output output(out, type, 2, shape, {&x, &y});
    dispatch(type, [&](auto t) {
        using T = decltype(t);
        run(double(shape[0]) * double(shape[1]), [&] { blas::outer<T>(x.vector<T>(), y.vector<T>(), output.array().matrix<T>()); });
    });
    return output.finish();
}

py::object cross(py::handle x1, py::handle x2, py::handle out) {
    const auto [a, b] = vector_pair("cross", x1, x2);
    if (a.shape(-1) != 3)
        throw py::value_error("cross of vectors with " + std::to_string(a.shape(-1)) +
                              " elements; expected 3. In two dimensions, x1[0] * x2[1] - x1[1] * x2[0] is the third component.");
    index shape[Stack<3>::max_axes + 1];
    const int axes = broadcast_shape(a, 1, b, 1, shape);
    shape[axes] = 3;
    Output output(out, a.type(), axes + 1, shape, {&a, &b}, true);
    const Array& c = output.array();
    Stack<3> stack;
    for (int axis = 0; axis < axes; ++axis)
        stack.push(shape[axis], {stack_stride(a, 1, axis, axes), stack_stride(b, 1, axis, axes), c.stride(axis)});
    if (stack.count > 0)
        dispatch(a.type(), [&](auto t) {
            using T = decltype(t);
            run(9.0 * double(stack.count), [&] {
                blas::cross<T>(stack, {a.data<T>(), 3, a.stride(-1)}, {b.data<T>(), 3, b.stride(-1)}, {c.data<T>(), 3, c.stride(-1)});
            });
        });
    return output.finish();
}

}  // namespace

void register_vectors(py::module_ module) {
    module.def("dot", &dot, py::arg("x1"), py::arg("x2"));
    module.def("vecdot", &vecdot, py::arg("x1"), py::arg("x2"), py::arg("out") = py::none());
    module.def("normalize", &normalize, py::arg("x"), py::arg("out") = py::none());
    module.def("outer", &outer, py::arg("x1"), py::arg("x2"), py::arg("out") = py::none());
    module.def("cross", &cross, py::arg("x1"), py::arg("x2"), py::arg("out") = py::none());
    module.def("norm1", &norm<blas::Norm::one>, py::arg("x"), py::arg("out") = py::none());
    module.def("norm2", &norm<blas::Norm::two>, py::arg("x"), py::arg("out") = py::none());
    module.def("norm_inf", &norm<blas::Norm::infinity>, py::arg("x"), py::arg("out") = py::none());
}

}  // namespace mlcore::bindings
