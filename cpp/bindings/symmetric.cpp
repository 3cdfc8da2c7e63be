// Eigenvalues of symmetric matrices: argument checks, results, errors.
#include "bindings/call.hpp"
#include "bindings/linear_system.hpp"
#include "bindings/rooms.hpp"
#include "linalg/linalg.hpp"

namespace mlcore::bindings {
namespace {

void check_eigenvalues(linalg::Status status, const Array& A, index failed) {
    if (status == linalg::Status::not_finite)
        throw_linalg_error(entry_name("a", A, 2, failed) + " contains NaN or infinity; its eigenvalues are not defined. Remove or "
                           "replace such elements first.");
    if (status == linalg::Status::not_converged)
        throw_linalg_error("the eigenvalues of " + entry_name("a", A, 2, failed) + " did not converge in 30 sweeps for each. "
                           "Scaling or permuting the matrix may help.");
}

py::tuple eigh(py::handle A_, bool lower) {
    const Array A = as_square(A_);
    const index n = A.shape(-1);
    Array w = new_stack(A, {n}), V = new_stack(A, {n, n});
    Stack<3> stack;
    for (int axis = 0; axis < A.ndim() - 2; ++axis) stack.push(A.shape(axis), {A.stride(axis), w.stride(axis), V.stride(axis)});
    linalg::Status status = linalg::Status::ok;
    index failed = 0;
    if (stack.count > 0 && n > 0)
        dispatch(A.type(), [&](auto t) {
            using T = decltype(t);
            const Matrix<const T> matrix = A.matrix<T>();
            run(double(stack.count) * double(n) * double(n) * double(n) * 4, [&] {
                status = linalg::eigh_stack<T>(stack, lower ? matrix : matrix.transposed(), {w.data<T>(), n, 1}, V.matrix<T>(), failed);
            });
        });
    check_eigenvalues(status, A, failed);
    return py::make_tuple(w.take(), V.take());
}

py::object eigvalsh(py::handle A_, bool lower) {
    const Array A = as_square(A_);
    const index n = A.shape(-1);
    Array w = new_stack(A, {n});
    Stack<2> stack;
    for (int axis = 0; axis < A.ndim() - 2; ++axis) stack.push(A.shape(axis), {A.stride(axis), w.stride(axis)});
    linalg::Status status = linalg::Status::ok;
    index failed = 0;
    if (stack.count > 0 && n > 0)
        dispatch(A.type(), [&](auto t) {
            using T = decltype(t);
            const Matrix<const T> matrix = A.matrix<T>();
            run(double(stack.count) * double(n) * double(n) * double(n + 8), [&] {
                status = linalg::eigvalsh_stack<T>(stack, lower ? matrix : matrix.transposed(), {w.data<T>(), n, 1}, failed);
            });
        });
    check_eigenvalues(status, A, failed);
    return w.take();
}

}  // namespace

void register_symmetric(py::module_ module) {
    module.def("eigh", &eigh, py::arg("a"), py::arg("lower") = true);
    module.def("eigvalsh", &eigvalsh, py::arg("a"), py::arg("lower"));
}

}  // namespace mlcore::bindings
