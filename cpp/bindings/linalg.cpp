// Factorisations and eigenvalues: argument checks, results, errors.
#include "linalg/linalg.hpp"

#include "bindings/call.hpp"
#include "bindings/errors.hpp"
#include "bindings/ndarray.hpp"
#include "bindings/rooms.hpp"

namespace mlcore::bindings {
namespace {

// (Q, R, dependent), dependent as a boolean vector.
py::tuple gram_schmidt(py::handle A_, int method, double rtol) {
    const Array A = as_matrix(A_, "A");
    const index m = A.shape(0), n = A.shape(1);
    Array Q = new_array(A.type(), {m, n}), R = new_array(A.type(), {n, n});
    py::array_t<bool> dependent(n);
    bool* flags = dependent.mutable_data();
    linalg::Status status = linalg::Status::ok;
    dispatch(A.type(), [&](auto t) {
        using T = decltype(t);
        run(2 * double(m) * double(n) * double(n), [&] {
            status = linalg::gram_schmidt<T>(linalg::GramSchmidt(method), A.matrix<T>(), T(rtol), Q.matrix<T>(), R.matrix<T>(), flags);
        });
    });
    if (status == linalg::Status::not_finite)
        throw_linalg_error("A contains NaN or infinity; its columns have no directions. Remove or replace such elements first.");
    return py::make_tuple(Q.take(), R.take(), dependent);
}

// (value, vector, converged, history, residual). `start` is copied; the columns of P are orthonormal.
py::tuple power_iteration(py::handle A_, py::handle start_, py::handle P_, double shift, double tol, index max_iter) {
    const Array A = as_matrix(A_, "A");
    const index n = A.shape(0);
    const Array P = as_type(as_matrix(P_, "deflate"), A.type()), start = as_type(as_vector(start_, "start"), A.type());
    Array v = new_array(A.type(), {n}), history = new_array(A.type(), {max_iter});
    linalg::Status status = linalg::Status::ok;
    double value = 0, residual = 0;
    index iterations = 0;
    dispatch(A.type(), [&](auto t) {
        using T = decltype(t);
        linalg::PowerIteration<T> result;
        for (index i = 0; i < n; ++i) v.data<T>()[i] = start.vector<T>()[i];
        run(double(n) * double(n) * double(max_iter), [&] {
            status = linalg::power_iteration<T>(A.matrix<T>(), P.matrix<T>(), T(shift), T(tol), max_iter, v.vector<T>(), result,
                                                history.data<T>());
        });
        value = double(result.value), residual = double(result.residual), iterations = result.iterations;
    });
    if (status == linalg::Status::not_finite)
        throw_linalg_error("the product of A with a vector is not finite: A contains NaN or infinity, or overflows. Remove such "
                           "elements, or scale A down.");
    return py::make_tuple(scalar(A.type(), value), v.take(), status == linalg::Status::ok,
                          history.object()[py::slice(0, iterations, 1)].attr("copy")(), residual);
}

// For eigh_topk, which has made all arrays: P (p x m), its rows orthonormal; W (m x b), which becomes Q with W = P^T H + Q R.
// Returns (H, R, number of dependent columns, which are zero now).
py::tuple orthogonalize_block(py::handle P_, py::handle W_, double rtol) {
    const Array P = as_matrix(P_, "P"), W = as_matrix(W_, "W");
    const index p = P.shape(0), m = P.shape(1), b = W.shape(1);
    if (P.type() != W.type() || W.shape(0) != m)
        throw py::value_error("P has shape " + shape_text(P) + " and W " + shape_text(W) +
                              "; expected (p, m) and (m, b) of the same type.");
    Array H = new_array(W.type(), {p, b}), R = new_array(W.type(), {b, b});
    py::array_t<bool> dependent(b);
    bool* flags = dependent.mutable_data();
    dispatch(W.type(), [&](auto t) {
        using T = decltype(t);
        run(4 * double(m) * double(p + b) * double(b), [&] {
            linalg::orthogonalize_block<T>(P.matrix<T>().transposed(), W.matrix<T>(), H.matrix<T>(), R.matrix<T>(), T(rtol), m - p,
                                           flags);
        });
    });
    index dropped = 0;
    for (index j = 0; j < b; ++j) dropped += flags[j];
    return py::make_tuple(H.take(), R.take(), dropped);
}

}  // namespace

void register_linalg(py::module_ module) {
    module.def("gram_schmidt", &gram_schmidt, py::arg("A"), py::arg("method"), py::arg("rtol"));
    module.def("power_iteration", &power_iteration, py::arg("A"), py::arg("start"), py::arg("P"), py::arg("shift"),
               py::arg("tol"), py::arg("max_iter"));
    module.def("orthogonalize_block", &orthogonalize_block, py::arg("P"), py::arg("W"), py::arg("rtol"));
}

}  // namespace mlcore::bindings
