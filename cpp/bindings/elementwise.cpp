// Elementwise operations: argument checks, broadcasting, order of the axes.
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

// A Python number takes the type of the other operand; a NumPy scalar or array has its own.
bool is_python_number(py::handle value) noexcept {
    return PyFloat_CheckExact(value.ptr()) || PyLong_CheckExact(value.ptr()) || PyBool_Check(value.ptr());
}

std::pair<Array, Array> operands(py::handle x1, py::handle x2) {
    Array x = as_array(x1, "x1"), y = as_array(x2, "x2");
    const bool weak1 = is_python_number(x1), weak2 = is_python_number(x2);
    const Type type = weak1 == weak2 ? common_type(x.type(), y.type()) : weak1 ? y.type() : x.type();
    return {as_type(std::move(x), type), as_type(std::move(y), type)};
}

double as_number(py::handle value, const char* name) {
    const double number = PyFloat_AsDouble(value.ptr());
    if (number == -1.0 && PyErr_Occurred()) {
        PyErr_Clear();
        throw py::type_error(std::string(name) + " is a " + Py_TYPE(value.ptr())->tp_name + "; expected a real number.");
    }
    return number;
}

// The axes of the operation, widest step of the result outermost, so that the innermost one is contiguous if any is.
Stack<3> axes_of(const Array& x, const Array& y, const Array& z) noexcept {
    int order[Stack<3>::max_axes];
    const auto step = [&](int axis) { return z.stride(axis) < 0 ? -z.stride(axis) : z.stride(axis); };
    for (int axis = 0; axis < z.ndim(); ++axis) {
        int place = axis;
        for (; place > 0 && step(order[place - 1]) < step(axis); --place) order[place] = order[place - 1];
        order[place] = axis;
    }
    Stack<3> stack;
    for (int i = 0; i < z.ndim(); ++i)
        stack.push(z.shape(order[i]), {stack_stride(x, 0, order[i], z.ndim()), stack_stride(y, 0, order[i], z.ndim()), z.stride(order[i])});
    return stack;
}

// kernel(stack, x, y, z) with pointers of the common type.
template <class Kernel>
py::object map(const Array& x, const Array& y, py::handle out, Kernel&& kernel) {
    index shape[Stack<3>::max_axes];
    const int ndim = broadcast_shape(x, 0, y, 0, shape);
    const bool column_major = ndim > 1 && x.f_contiguous() && y.f_contiguous() && !x.c_contiguous() && x.ndim() == y.ndim();
    Output output(out, x.type(), ndim, shape, {&x, &y}, true, column_major);
    const Array& z = output.array();
    const Stack<3> stack = axes_of(x, y, z);
    if (stack.count > 0)
        dispatch(x.type(), [&](auto t) {
            using T = decltype(t);
            run(3.0 * double(stack.count), [&] { kernel(stack, x.data<const T>(), y.data<const T>(), z.data<T>()); });
        });
    return output.finish();
}

py::object add(py::handle x1, py::handle x2, py::handle out) {
    const auto [x, y] = operands(x1, x2);
    return map(x, y, out, []<class T>(const Stack<3>& stack, const T* a, const T* b, T* c) { blas::add<T>(stack, a, b, c); });
}

py::object subtract(py::handle x1, py::handle x2, py::handle out) {
    const auto [x, y] = operands(x1, x2);
    return map(x, y, out, []<class T>(const Stack<3>& stack, const T* a, const T* b, T* c) { blas::subtract<T>(stack, a, b, c); });
}

py::object scale(py::handle alpha_, py::handle x_, py::handle out) {
    const double alpha = as_number(alpha_, "alpha");
    const Array x = as_array(x_, "x");
    return map(x, x, out, [=]<class T>(const Stack<3>& stack, const T* a, const T*, T* c) { blas::scale<T>(stack, T(alpha), a, c); });
}

py::object axpy(py::handle alpha_, py::handle x1, py::handle x2, py::handle out) {
    const double alpha = as_number(alpha_, "alpha");
    const auto [x, y] = operands(x1, x2);
    return map(x, y, out, [=]<class T>(const Stack<3>& stack, const T* a, const T* b, T* c) { blas::axpy<T>(stack, T(alpha), a, b, c); });
}

}  // namespace

void register_elementwise(py::module_ module) {
    module.def("add", &add, py::arg("x1"), py::arg("x2"), py::arg("out") = py::none());
    module.def("subtract", &subtract, py::arg("x1"), py::arg("x2"), py::arg("out") = py::none());
    module.def("scale", &scale, py::arg("alpha"), py::arg("x"), py::arg("out") = py::none());
    module.def("axpy", &axpy, py::arg("alpha"), py::arg("x"), py::arg("y"), py::arg("out") = py::none());
}

}  // namespace mlcore::bindings
