// Singular values and vectors: argument checks, results, errors.
#include <algorithm>

#include "bindings/call.hpp"
#include "bindings/linear_system.hpp"
#include "bindings/rooms.hpp"
#include "linalg/linalg.hpp"

namespace mlcore::bindings {
namespace {

void check_singular_values(linalg::Status status, const Array& a, index failed, bool jacobi) {
    if (status == linalg::Status::not_finite)
        throw_linalg_error(entry_name("a", a, 2, failed) + " contains NaN or infinity; its singular values are not defined. Remove or "
                           "replace such elements first.");
    if (status == linalg::Status::not_converged)
        throw_linalg_error("the singular values of " + entry_name("a", a, 2, failed) + " did not converge in " +
                           (jacobi ? "40 sweeps of rotations. Scaling the matrix may help."
                                   : "30 sweeps for each. Scaling or permuting the matrix may help, or method='jacobi'."));
}

// U and Vt: shapes (..., m, m or k) and (..., n or k, n), or no arrays, if only s is wanted.
void compute(const Array& a, bool jacobi, const Array* U, const Array& s, const Array* Vt) {
    const index k = s.shape(-1);
    Stack<4> stack;
    for (int axis = 0; axis < a.ndim() - 2; ++axis)
        stack.push(a.shape(axis), {a.stride(axis), U ? U->stride(axis) : 0, s.stride(axis), Vt ? Vt->stride(axis) : 0});
    linalg::Status status = linalg::Status::ok;
    index failed = 0;
    if (stack.count > 0 && (U || k > 0))
        dispatch(a.type(), [&](auto t) {
            using T = decltype(t);
            const double work = (jacobi ? 20 : 4) * double(stack.count) * double(a.shape(-2)) * double(a.shape(-1)) * double(k);
            run(work, [&] {
                status = linalg::svd_stack<T>(jacobi ? linalg::SVD::jacobi : linalg::SVD::bidiagonal, stack, a.matrix<T>(),
                                              U ? U->matrix<T>() : Matrix<T>{}, {s.data<T>(), k, 1}, Vt ? Vt->matrix<T>() : Matrix<T>{},
                                              failed);
            });
        });
    check_singular_values(status, a, failed, jacobi);
}

py::tuple svd(py::handle a_, bool full, bool jacobi) {
    const Array a = as_matrices(a_);
    const index m = a.shape(-2), n = a.shape(-1), k = std::min(m, n);
    Array U = new_stack(a, {m, full ? m : k}), s = new_stack(a, {k}), Vt = new_stack(a, {full ? n : k, n});
    compute(a, jacobi, &U, s, &Vt);
    return py::make_tuple(U.take(), s.take(), Vt.take());
}

py::object svdvals(py::handle a_, bool jacobi) {
    const Array a = as_matrices(a_);
    Array s = new_stack(a, {std::min(a.shape(-2), a.shape(-1))});
    compute(a, jacobi, nullptr, s, nullptr);
    return s.take();
}

}  // namespace

void register_singular_values(py::module_ module) {
    module.def("svd", &svd, py::arg("a"), py::arg("full"), py::arg("jacobi"));
    module.def("svdvals", &svdvals, py::arg("a"), py::arg("jacobi"));
}

}  // namespace mlcore::bindings
