// QR factorisations: argument checks, results, errors.
#include <string>

#include "bindings/call.hpp"
#include "bindings/linear_system.hpp"
#include "bindings/rooms.hpp"
#include "core/lease.hpp"
#include "core/parallel_stack.hpp"
#include "linalg/qr.hpp"

namespace mlcore::bindings {
namespace {

// body(i) gives the status of matrix i; LinAlgError for the first that failed, with what it has not.
template <int N, class Body>
void for_each_matrix(const char* name, const char* result, const Array& a, const Stack<N>& stack, double work, Body&& body) {
    Lease<linalg::Status> status(stack.count);
    for (index i = 0; i < stack.count; ++i) status[i] = linalg::Status::ok;
    run(double(stack.count) * work, [&] {
        parallel_for_each_entry(stack, work, [&](const index (&at)[N]) { body(at, status); });
    });
    for (index i = 0; i < stack.count; ++i)
        if (status[i] == linalg::Status::not_finite)
            throw_linalg_error(entry_name(name, a, 2, i) + " contains NaN or infinity; there is no " + result +
                               ". Remove or replace such elements first.");
}

// (Q, R); Q without elements if not wanted.
py::tuple qr(py::handle a_, bool complete, bool want_q) {
    const Array a = as_matrices(a_);
    const index m = a.shape(-2), n = a.shape(-1), k = complete ? m : m < n ? m : n, q = want_q ? k : 0;
    Array Q = new_matrices(a, m, q), R = new_matrices(a, k, n);
    // The last operand counts the matrices.
    Stack<4> stack;
    index number = 1, count[Stack<4>::max_axes];
    for (int axis = a.ndim() - 3; axis >= 0; --axis) count[axis] = number, number *= a.shape(axis);
    for (int axis = 0; axis < a.ndim() - 2; ++axis)
        stack.push(a.shape(axis), {a.stride(axis), Q.stride(axis), R.stride(axis), count[axis]});
    const double work = 2 * double(m) * double(n) * double(m < n ? m : n);
    dispatch(a.type(), [&](auto t) {
        using T = decltype(t);
        const Matrix<T> no_q{nullptr, 0, 0, 0, 1};
        for_each_matrix("a", "QR factorisation", a, stack, work, [&](const index (&at)[4], Lease<linalg::Status>& status) {
            status[at[3]] = linalg::qr<T>(a.matrix<T>().shifted(at[0]), want_q ? Q.matrix<T>().shifted(at[1]) : no_q,
                                          R.matrix<T>().shifted(at[2]));
        });
    });
    return py::make_tuple(Q.take(), R.take());
}

// (H, tau, S), H by rows: R, and below the diagonal the vectors of the reflections; S as in linalg/qr.hpp.
py::tuple qr_raw(py::handle a_) {
    const Array a = as_matrices(a_);
    const index m = a.shape(-2), n = a.shape(-1), k = m < n ? m : n;
    index width = 0;
    dispatch(a.type(), [&](auto t) { width = linalg::qr_block<decltype(t)>(k); });
    Array H = new_matrices(a, m, n), tau = new_matrices(a, 1, k), S = new_matrices(a, k, width);
    H.object().attr("__setitem__")(py::ellipsis(), a.object());
    Stack<1> stack;
    index count = 1;
    for (int axis = 0; axis < a.ndim() - 2; ++axis) count *= a.shape(axis);
    stack.push(count, {1});
    dispatch(a.type(), [&](auto t) {
        using T = decltype(t);
        const double work = double(m) * double(n) * double(k);
        for_each_matrix("a", "QR factorisation", a, stack, work, [&](const index (&at)[1], Lease<linalg::Status>& status) {
            status[at[0]] = linalg::qr_raw<T>(row_major(H.data<T>() + at[0] * m * n, m, n), tau.data<T>() + at[0] * k,
                                              row_major(S.data<T>() + at[0] * k * width, k, width));
        });
    });
    return py::make_tuple(H.take(), tau.take(), S.take());
}

// R of (a b), for lstsq; the leading axes are broadcast against each other.
py::object qr_beside(py::handle a_, py::handle b_) {
    const Array a = as_matrices(a_), b = as_type(as_array(b_, "b"), a.type());
    const index m = a.shape(-2), n = a.shape(-1) + b.shape(-1), k = m < n ? m : n;
    index shape[Stack<4>::max_axes + 2];
    const int axes = broadcast_shape(a, 2, b, 2, shape);
    shape[axes] = k, shape[axes + 1] = n;
    Array R = new_array(a.type(), axes + 2, shape);
    Stack<4> stack;
    index number = 1, count[Stack<4>::max_axes];
    for (int axis = axes - 1; axis >= 0; --axis) count[axis] = number, number *= shape[axis];
    for (int axis = 0; axis < axes; ++axis)
        stack.push(shape[axis], {stack_stride(a, 2, axis, axes), stack_stride(b, 2, axis, axes), R.stride(axis), count[axis]});
    dispatch(a.type(), [&](auto t) {
        using T = decltype(t);
        const double work = double(m) * double(n) * double(k);
        const char *names = "a or b", *wanted = "least-squares solution";
        for_each_matrix(names, wanted, R, stack, work, [&](const index (&at)[4], Lease<linalg::Status>& status) {
            status[at[3]] = linalg::qr_beside<T>(a.matrix<T>().shifted(at[0]), b.matrix<T>().shifted(at[1]),
                                                 R.matrix<T>().shifted(at[2]));
        });
    });
    return R.take();
}

// A^T (b - A x), column by column of b (m x k) and x (n x k).
py::object precise_gradient(py::handle A_, py::handle b_, py::handle x_) {
    const Array A = as_matrix(A_, "A"), b = as_type(as_matrix(b_, "b"), A.type()), x = as_type(as_matrix(x_, "x"), A.type());
    const index n = A.shape(1), columns = b.shape(1);
    Array g = new_array(A.type(), {n, columns});
    dispatch(A.type(), [&](auto t) {
        using T = decltype(t);
        run(20 * double(A.size()) * double(columns), [&] {
            for (index j = 0; j < columns; ++j)
                linalg::precise_gradient<T>(A.matrix<T>(), x.matrix<T>().col(j), b.matrix<T>().col(j), g.matrix<T>().col(j));
        });
    });
    return g.take();
}

}  // namespace

void register_qr(py::module_ module) {
    module.def("qr", &qr, py::arg("a"), py::arg("complete"), py::arg("want_q"));
    module.def("qr_beside", &qr_beside, py::arg("a"), py::arg("b"));
    module.def("precise_gradient", &precise_gradient, py::arg("A"), py::arg("b"), py::arg("x"));
    module.def("qr_raw", &qr_raw, py::arg("a"));
}

}  // namespace mlcore::bindings
