// Triangular solve and product: argument checks, broadcasting, results.
#include <string>
#include <utility>

#include "bindings/broadcast.hpp"
#include "bindings/call.hpp"
#include "bindings/errors.hpp"
#include "bindings/ndarray.hpp"
#include "bindings/rooms.hpp"
#include "blas/blas.hpp"

namespace mlcore::bindings {
namespace {

// What both functions begin with: a is a stack of square matrices; b, one vector or a stack of matrices, is copied to x.
struct Problem {
    Array a, x;
    bool vector;
    index n, columns;
    Stack<2> stack;  // of a and x

    Problem(const char* name, py::handle a_, py::handle b_) : a(as_array(a_, "a")) {
        Array b = as_array(b_, "b");
        const Type type = common_type(a.type(), b.type());
        a = as_type(std::move(a), type);
        b = as_type(std::move(b), type);
        if (a.ndim() < 2 || a.shape(-1) != a.shape(-2))
            throw py::value_error("a has shape " + shape_text(a) + "; expected a square matrix, or a stack of them.");
        vector = b.ndim() == 1;
        n = a.shape(-1);
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

    // body(A, X) for each pair of matrices.
    template <class Body>
    void for_each(bool transposed, Body&& body) {
        const double work = double(stack.count) * double(n) * double(n) * double(columns);
        dispatch(a.type(), [&](auto t) {
            using T = decltype(t);
            Matrix<const T> A = a.matrix<T>();
            if (transposed) A = A.transposed();
            const Matrix<T> X{x.data<T>(), n, columns, columns, 1};
            run(work, [&] {
                for_each_entry(stack, 0, stack.count, [&](const index (&at)[2]) { body(A.shifted(at[0]), X.shifted(at[1])); });
            });
        });
    }
};

blas::Triangle triangle_of(bool lower, bool transposed) noexcept {
    return lower != transposed ? blas::Triangle::lower : blas::Triangle::upper;
}
blas::Diagonal diagonal_of(bool unit) noexcept { return unit ? blas::Diagonal::unit : blas::Diagonal::stored; }

py::object solve_triangular(py::handle a, py::handle b, bool lower, bool transposed, bool unit_diagonal) {
    Problem problem("solve_triangular", a, b);
    index entry = 0, bad_entry = -1, bad_pivot = -1;
    problem.for_each(transposed, [&]<class T>(Matrix<const T> A, Matrix<T> X) {
        const index pivot = bad_entry >= 0 ? -1 : blas::trsm<T>(blas::Side::left, triangle_of(lower, transposed), diagonal_of(unit_diagonal), A, X);
        if (pivot >= 0) bad_entry = entry, bad_pivot = pivot;
        ++entry;
    });
    if (bad_entry >= 0) {
        const std::string at = std::to_string(bad_pivot);
        throw_linalg_error("a is singular: its diagonal element [" + at + ", " + at + "] is exactly zero" +
                           (problem.stack.count > 1 ? " in matrix " + std::to_string(bad_entry) + " of the stack" : "") +
                           ". The equations have no solution or infinitely many; for a least-squares solution use "
                           "numpy.linalg.lstsq.");
    }
    return problem.x.take();
}

py::object triangular_multiply(py::handle a, py::handle b, bool lower, bool transposed, bool unit_diagonal) {
    Problem problem("triangular_multiply", a, b);
    problem.for_each(transposed, [&]<class T>(Matrix<const T> A, Matrix<T> X) {
        blas::trmm<T>(blas::Side::left, triangle_of(lower, transposed), diagonal_of(unit_diagonal), A, X);
    });
    return problem.x.take();
}

}  // namespace

void register_triangular(py::module_ module) {
    module.def("solve_triangular", &solve_triangular, py::arg("a"), py::arg("b"), py::arg("lower"), py::arg("transposed"),
               py::arg("unit_diagonal"));
    module.def("triangular_multiply", &triangular_multiply, py::arg("a"), py::arg("b"), py::arg("lower"), py::arg("transposed"),
               py::arg("unit_diagonal"));
}

}  // namespace mlcore::bindings
