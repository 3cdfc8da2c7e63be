// QR factorisations: argument checks, results, errors.
#include "bindings/each_matrix.hpp"
#include "bindings/linear_system.hpp"
#include "bindings/rooms.hpp"
#include "linalg/qr.hpp"

namespace mlcore::bindings {
namespace {

// (Q, R); Q without elements if not wanted.
py::tuple qr(py::handle a_, bool complete, bool want_q) {
    const Array a = as_matrices(a_);
    const index m = a.shape(-2), n = a.shape(-1), k = complete ? m : m < n ? m : n, q = want_q ? k : 0;
    Array Q = new_stack(a, {m, q}), R = new_stack(a, {k, n});
    const Stack<2> stack = numbered_stack(a, a);
    const double work = 2 * double(m) * double(n) * double(m < n ? m : n);
    dispatch(a.type(), [&](auto t) {
        using T = decltype(t);
        const Matrix<T> no_q{nullptr, 0, 0, 0, 1};
        for_each_matrix("a", "QR factorisation", a, stack, work, [&](const index (&at)[2], Lease<linalg::Status>& status) {
            status[at[1]] = linalg::qr<T>(a.matrix<T>().shifted(at[0]), want_q ? Q.matrix<T>().shifted(at[1] * m * q) : no_q,
                                          R.matrix<T>().shifted(at[1] * k * n));
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
    Array H = new_stack(a, {m, n}), tau = new_stack(a, {1, k}), S = new_stack(a, {k, width});
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

}  // namespace

void register_qr(py::module_ module) {
    module.def("qr", &qr, py::arg("a"), py::arg("complete"), py::arg("want_q"));
    module.def("qr_raw", &qr_raw, py::arg("a"));
}

}  // namespace mlcore::bindings
