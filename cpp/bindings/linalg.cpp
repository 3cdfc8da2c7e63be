// Factorisations and eigenvalues: argument checks, results, errors.
#include "linalg/linalg.hpp"

#include <string>

#include "bindings/call.hpp"
#include "bindings/errors.hpp"
#include "bindings/ndarray.hpp"
#include "bindings/rooms.hpp"

namespace mlcore::bindings {
namespace {

// "A" or "A[3, 0]": the matrix of that number in a stack.
std::string entry_name(const char* name, const Array& stack, int core, index number) {
    if (stack.ndim() == core) return name;
    std::string place;
    for (int axis = stack.ndim() - core - 1; axis >= 0; --axis) {
        place = std::to_string(number % stack.shape(axis)) + (place.empty() ? "" : ", ") + place;
        number /= stack.shape(axis);
    }
    return std::string(name) + "[" + place + "]";
}

py::tuple eigh(py::handle A_, bool lower) {
    const Array A = as_array(A_, "A");
    if (A.ndim() < 2 || A.shape(-1) != A.shape(-2))
        throw_linalg_error("A has shape " + shape_text(A) + "; expected a square matrix or a stack of them, (..., n, n).");
    const index n = A.shape(-1);
    index shape[Stack<3>::max_axes];
    for (int axis = 0; axis < A.ndim(); ++axis) shape[axis] = A.shape(axis);
    Array w = new_array(A.type(), A.ndim() - 1, shape), V = new_array(A.type(), A.ndim(), shape);
    Stack<3> stack;
    for (int axis = 0; axis < A.ndim() - 2; ++axis) stack.push(shape[axis], {A.stride(axis), w.stride(axis), V.stride(axis)});

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
    if (status == linalg::Status::not_finite)
        throw_linalg_error(entry_name("A", A, 2, failed) + " contains NaN or infinity; its eigenvalues are not defined. Remove or "
                           "replace such elements first.");
    if (status == linalg::Status::not_converged)
        throw_linalg_error("the eigenvalues of " + entry_name("A", A, 2, failed) + " did not converge in 30 sweeps for each. "
                           "Scaling or permuting the matrix may help.");
    return py::make_tuple(w.take(), V.take());
}

}  // namespace

void register_linalg(py::module_ module) { module.def("eigh", &eigh, py::arg("A"), py::arg("lower") = true); }

}  // namespace mlcore::bindings
