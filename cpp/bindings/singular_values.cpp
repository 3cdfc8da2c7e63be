// Singular values and vectors: argument checks, results, errors.
#include <algorithm>

#include "bindings/call.hpp"
#include "bindings/linear_system.hpp"
#include "bindings/rooms.hpp"
#include "linalg/linalg.hpp"

namespace mlcore::bindings {
namespace {

void check(linalg::Status status, const Array& a, index failed) {
    if (status == linalg::Status::not_finite)
        throw_linalg_error(entry_name("a", a, 2, failed) + " contains NaN or infinity; its singular values are not defined. Remove or "
                           "replace such elements first.");
    if (status == linalg::Status::not_converged)
        throw_linalg_error("the singular values of " + entry_name("a", a, 2, failed) + " did not converge in 30 sweeps for each. "
                           "Scaling or permuting the matrix may help, or method='jacobi'.");
}

// A new array with the leading axes of a and these last ones.
Array result_of(const Array& a, std::initializer_list<index> core) {
    index shape[Stack<1>::max_axes + 2];
    const int axes = a.ndim() - 2;
    for (int axis = 0; axis < axes; ++axis) shape[axis] = a.shape(axis);
    std::copy(core.begin(), core.end(), shape + axes);
    return new_array(a.type(), axes + int(core.size()), shape);
}

double work_of(const Array& a, index count) {
    const double m = double(a.shape(-2)), n = double(a.shape(-1));
    return 4 * double(count) * m * n * std::min(m, n);
}

py::tuple svd(py::handle a_, bool full) {
    const Array a = as_matrices(a_);
    const index m = a.shape(-2), n = a.shape(-1), k = std::min(m, n);
    Array U = result_of(a, {m, full ? m : k}), s = result_of(a, {k}), Vt = result_of(a, {full ? n : k, n});
    Stack<4> stack;
    for (int axis = 0; axis < a.ndim() - 2; ++axis)
        stack.push(a.shape(axis), {a.stride(axis), U.stride(axis), s.stride(axis), Vt.stride(axis)});
    linalg::Status status = linalg::Status::ok;
    index failed = 0;
    if (stack.count > 0)
        dispatch(a.type(), [&](auto t) {
            using T = decltype(t);
            run(work_of(a, stack.count), [&] {
                status = linalg::svd_stack<T>(stack, a.matrix<T>(), U.matrix<T>(), {s.data<T>(), k, 1}, Vt.matrix<T>(), failed);
            });
        });
    check(status, a, failed);
    return py::make_tuple(U.take(), s.take(), Vt.take());
}

py::object svdvals(py::handle a_) {
    const Array a = as_matrices(a_);
    const index k = std::min(a.shape(-2), a.shape(-1));
    Array s = result_of(a, {k});
    Stack<2> stack;
    for (int axis = 0; axis < a.ndim() - 2; ++axis) stack.push(a.shape(axis), {a.stride(axis), s.stride(axis)});
    linalg::Status status = linalg::Status::ok;
    index failed = 0;
    if (stack.count > 0 && k > 0)
        dispatch(a.type(), [&](auto t) {
            using T = decltype(t);
            run(work_of(a, stack.count), [&] {
                status = linalg::svd_values_stack<T>(stack, a.matrix<T>(), {s.data<T>(), k, 1}, failed);
            });
        });
    check(status, a, failed);
    return s.take();
}

}  // namespace

void register_singular_values(py::module_ module) {
    module.def("svd", &svd, py::arg("a"), py::arg("full"));
    module.def("svdvals", &svdvals, py::arg("a"));
}

}  // namespace mlcore::bindings
