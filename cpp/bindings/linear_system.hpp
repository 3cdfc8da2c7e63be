// What the functions of matrices share: the checks of their shape, the operands of A X = B, and what they say of a
// singular matrix.
#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "bindings/broadcast.hpp"
#include "bindings/errors.hpp"
#include "bindings/ndarray.hpp"
#include "core/stack.hpp"

namespace mlcore::bindings {

inline Array as_matrices(py::handle a_) {
    Array a = as_array(a_, "a");
    if (a.ndim() < 2)
        throw_linalg_error("a has shape " + shape_text(a) + "; expected a matrix, or a stack of them, (..., m, n).");
    return a;
}

inline Array as_square(py::handle a_) {
    Array a = as_array(a_, "a");
    if (a.ndim() < 2 || a.shape(-1) != a.shape(-2))
        throw_linalg_error("a has shape " + shape_text(a) + "; expected a square matrix, or a stack of them, (..., n, n).");
    return a;
}

// A new array with the leading axes of `a`, and these last ones.
inline Array new_stack(const Array& a, std::initializer_list<index> core) {
    index shape[Stack<1>::max_axes + 2];
    const int axes = a.ndim() - 2;
    for (int axis = 0; axis < axes; ++axis) shape[axis] = a.shape(axis);
    std::copy(core.begin(), core.end(), shape + axes);
    return new_array(a.type(), axes + int(core.size()), shape);
}

// The matrices of `arrays`, their leading axes broadcast to those of `all`, and their numbers.
template <class... Arrays>
Stack<int(sizeof...(Arrays)) + 1> numbered_stack(const Array& all, const Arrays&... arrays) noexcept {
    const int axes = all.ndim() - 2;
    Stack<int(sizeof...(Arrays)) + 1> stack;
    index count = 1, numbers[stack.max_axes];
    for (int axis = axes - 1; axis >= 0; --axis) numbers[axis] = count, count *= all.shape(axis);
    for (int axis = 0; axis < axes; ++axis) stack.push(all.shape(axis), {stack_stride(arrays, 2, axis, axes)..., numbers[axis]});
    return stack;
}

// " in matrix 3 of the stack"
inline std::string in_stack(index count, index entry) {
    return count > 1 ? " in matrix " + std::to_string(entry) + " of the stack" : "";
}

// zero: "pivot 3", say, of matrix `entry` of `count`.
[[noreturn]] inline void throw_singular(const std::string& zero, index count, index entry) {
    throw_linalg_error("a is singular: " + zero + " is exactly zero" + in_stack(count, entry) +
                       ". The equations have no solution or infinitely many; for a least-squares solution use mlcore.linalg.lstsq.");
}

// a is a stack of square matrices; b, one vector or a stack of matrices, is copied to x, contiguous.
struct LinearSystem {
    Array a, x;
    index n, columns;
    Stack<2> stack;         // of a and x
    bool identity = false;  // b is the identity, and x not yet written

    // For the inverse.
    explicit LinearSystem(py::handle a_) : a(as_square(a_)), n(a.shape(-1)), columns(n), identity(true) {
        x = new_stack(a, {n, n});
        for (int axis = 0; axis < a.ndim() - 2; ++axis) stack.push(a.shape(axis), {a.stride(axis), x.stride(axis)});
    }

    LinearSystem(const char* name, py::handle a_, py::handle b_) : a(as_square(a_)), n(a.shape(-1)) {
        Array b = as_array(b_, "b");
        const Type type = common_type(a.type(), b.type());
        a = as_type(std::move(a), type);
        b = as_type(std::move(b), type);
        const bool vector = b.ndim() == 1;
        if (b.ndim() == 0 || b.shape(vector ? -1 : -2) != n)
            throw py::value_error(std::string(name) + " of shapes " + shape_text(a) + " and " + shape_text(b) + ": b needs " +
                                  std::to_string(n) + " rows, as many as a.");
        columns = vector ? 1 : b.shape(-1);
        index shape[Stack<2>::max_axes + 2];
        const int core = vector ? 1 : 2, axes = broadcast_shape(a, 2, b, core, shape);
        shape[axes] = n;
        if (!vector) shape[axes + 1] = columns;
        x = new_array(type, axes + core, shape);
        x.object().attr("__setitem__")(py::ellipsis(), b.object());
        for (int axis = 0; axis < axes; ++axis) stack.push(shape[axis], {stack_stride(a, 2, axis, axes), x.stride(axis)});
    }

    template <class T>
    Matrix<T> right_side() const noexcept {
        return {x.data<T>(), n, columns, columns, 1};
    }
};

}  // namespace mlcore::bindings
