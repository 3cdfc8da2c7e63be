// The ladders of factorisations from Python: Gram-Schmidt, QR, Cholesky, LU, and symmetric eigenvalues.
#include <cmath>
#include <string>

#include "bindings/call.hpp"
#include "bindings/errors.hpp"
#include "bindings/ladder_steps.hpp"
#include "bindings/ndarray.hpp"
#include "bindings/rooms.hpp"
#include "ladder/ladder.hpp"

namespace mlcore::bindings {
namespace {

template <class T>
using Orthogonal = void (*)(Matrix<const T>, Matrix<T>, Matrix<T>);  // A, Q, R
template <class T>
using Cholesky = void (*)(Matrix<const T>, Matrix<T>);               // A, L
template <class T>
using Lu = void (*)(Matrix<const T>, index*, Matrix<T>, Matrix<T>);  // A, order, L, U
template <class T>
using Eigh = bool (*)(Matrix<const T>, Vector<T>, Matrix<T>);        // A, w, V

Array tall(py::handle A_, const char* reason) {
    Array A = dense(as_matrix(A_, "A"));
    if (A.shape(0) < A.shape(1))
        throw py::value_error("A has shape " + shape_text(A) + "; expected at least as many rows as columns, " + reason);
    return A;
}

// As mlcore.linalg, which speaks of squares with a LinAlgError.
Array square(py::handle A_) {
    Array A = dense(as_matrix(A_, "A"));
    if (A.shape(0) != A.shape(1)) throw_linalg_error("A has shape " + shape_text(A) + "; expected a square matrix.");
    return A;
}

py::object gram_schmidt_step(Both<Orthogonal> kernel, py::handle A_) {
    const Array A = tall(A_, "for more columns than that cannot be independent.");
    const index m = A.shape(0), n = A.shape(1);
    Array Q = new_array(A.type(), {m, n}), R = new_array(A.type(), {n, n});
    dispatch(A.type(), [&](auto t) {
        using T = decltype(t);
        run(double(m) * double(n) * double(n), [&] { kernel.of<T>()(A.matrix<T>(), Q.matrix<T>(), R.matrix<T>()); });
        const Vector<T> lengths = R.matrix<T>().diagonal();
        for (index j = 0; j < n; ++j)
            if (!(lengths[j] > 0 && std::isfinite(lengths[j])))
                throw_linalg_error("column " + std::to_string(j) +
                                   " of A has nothing left beside the columns before it, or holds NaN or infinity: its length is " +
                                   std::to_string(lengths[j]) + ". The steps of the ladder expect independent columns; " +
                                   "mlcore.linalg.gram_schmidt tells which ones are not.");
    });
    return py::make_tuple(Q.take(), R.take());
}

py::object qr_step(Both<Orthogonal> kernel, py::handle A_) {
    const Array A = tall(A_, "as the steps of the ladder do; mlcore.linalg.qr takes any shape.");
    const index m = A.shape(0), n = A.shape(1);
    Array Q = new_array(A.type(), {m, n}), R = new_array(A.type(), {n, n});
    dispatch(A.type(), [&](auto t) {
        using T = decltype(t);
        run(2 * double(m) * double(n) * double(n), [&] { kernel.of<T>()(A.matrix<T>(), Q.matrix<T>(), R.matrix<T>()); });
        for (index j = 0; j < n; ++j)
            if (!std::isfinite(R.matrix<T>()(j, j)))
                throw_linalg_error("A contains NaN or infinity, or overflows: diagonal element " + std::to_string(j) +
                                   " of R is " + number_text(double(R.matrix<T>()(j, j))) +
                                   ". Remove or replace such elements first, or scale A down.");
    });
    return py::make_tuple(Q.take(), R.take());
}

py::object cholesky_step(Both<Cholesky> kernel, py::handle A_) {
    const Array A = square(A_);
    const index n = A.shape(0);
    Array L = new_array(A.type(), {n, n});
    dispatch(A.type(), [&](auto t) {
        using T = decltype(t);
        run(double(n) * double(n) * double(n) / 6, [&] { kernel.of<T>()(A.matrix<T>(), L.matrix<T>()); });
        for (index j = 0; j < n; ++j)
            if (!(L.matrix<T>()(j, j) > 0 && std::isfinite(L.matrix<T>()(j, j))))
                throw_linalg_error("A is not positive definite, or holds NaN or infinity: its leading minor of order " +
                                   std::to_string(j + 1) + " is not a positive number. If it should be and rounding spoiled it, " +
                                   "add a small multiple of the identity.");
    });
    return L.take();
}

// (order, L, U) with A[order] = L U.
py::object lu_step(Both<Lu> kernel, py::handle A_) {
    const Array A = square(A_);
    const index n = A.shape(0);
    py::array_t<index> order(n);
    Array L = new_array(A.type(), {n, n}), U = new_array(A.type(), {n, n});
    index* rows = order.mutable_data();
    dispatch(A.type(), [&](auto t) {
        using T = decltype(t);
        run(double(n) * double(n) * double(n) / 3, [&] { kernel.of<T>()(A.matrix<T>(), rows, L.matrix<T>(), U.matrix<T>()); });
    });
    return py::make_tuple(std::move(order), L.take(), U.take());
}

template <class T>
bool lower_is_finite(Matrix<const T> A) {
    for (index i = 0; i < A.rows; ++i)
        for (index j = 0; j <= i; ++j)
            if (!std::isfinite(A(i, j))) return false;
    return true;
}

py::object eigh_step(Both<Eigh> kernel, py::handle A_, const std::string& cap) {
    const Array A = square(A_);
    const index n = A.shape(0);
    Array w = new_array(A.type(), {n}), V = new_array(A.type(), {n, n});
    dispatch(A.type(), [&](auto t) {
        using T = decltype(t);
        if (!lower_is_finite<T>(A.matrix<T>()))
            throw_linalg_error("the lower triangle of A contains NaN or infinity. Remove or replace such elements first.");
        bool converged = false;
        run(50 * double(n) * double(n) * double(n), [&] {
            converged = kernel.of<T>()(A.matrix<T>(), w.vector<T>(), V.matrix<T>());
        });
        if (!converged)
            throw_linalg_error("A is not diagonal after " + cap + ". Some matrices need more, or never become so by this " +
                               "step of the ladder; take a later one, or mlcore.linalg.eigh.");
    });
    return py::make_tuple(w.take(), V.take());
}

}  // namespace

void register_ladder_factorisations(py::module_ module) {
    using namespace ladder;
    const Named<Orthogonal> gram_schmidt[] = {
        {"gram_schmidt_classical", {gram_schmidt_classical<float>, gram_schmidt_classical<double>}},
        {"gram_schmidt_modified", {gram_schmidt_modified<float>, gram_schmidt_modified<double>}},
        {"gram_schmidt_contiguous", {gram_schmidt_contiguous<float>, gram_schmidt_contiguous<double>}},
        {"gram_schmidt_vectorised", {gram_schmidt_vectorised<float>, gram_schmidt_vectorised<double>}},
        {"gram_schmidt_twice", {gram_schmidt_twice<float>, gram_schmidt_twice<double>}},
    };
    const Named<Orthogonal> qr[] = {
        {"qr_textbook", {qr_textbook<float>, qr_textbook<double>}},
        {"qr_rows", {qr_rows<float>, qr_rows<double>}},
        {"qr_vectorised", {qr_vectorised<float>, qr_vectorised<double>}},
        {"qr_fused", {qr_fused<float>, qr_fused<double>}},
        {"qr_blocked", {qr_blocked<float>, qr_blocked<double>}},
    };
    const Named<Cholesky> cholesky[] = {
        {"cholesky_naive", {cholesky_naive<float>, cholesky_naive<double>}},
        {"cholesky_rows", {cholesky_rows<float>, cholesky_rows<double>}},
        {"cholesky_vectorised", {cholesky_vectorised<float>, cholesky_vectorised<double>}},
        {"cholesky_blocked", {cholesky_blocked<float>, cholesky_blocked<double>}},
    };
    const Named<Lu> lu[] = {
        {"lu_textbook", {lu_textbook<float>, lu_textbook<double>}},
        {"lu_blocked", {lu_blocked<float>, lu_blocked<double>}},
    };
    const auto counted = [](index count, const char* what) { return std::to_string(count) + what; };
    const struct {
        Named<Eigh> step;
        std::string cap;
    } eigh[] = {
        {{"eigh_qr_iteration", {eigh_qr_iteration<float>, eigh_qr_iteration<double>}}, counted(eigh_iterations, " iterations")},
        {{"eigh_shifted", {eigh_shifted<float>, eigh_shifted<double>}}, counted(eigh_shifts, " shifts for an eigenvalue")},
        {{"eigh_jacobi", {eigh_jacobi<float>, eigh_jacobi<double>}}, counted(eigh_sweeps, " sweeps")},
    };
    const auto define = [&](const char* name, auto step, auto kernel) {
        module.def(name, [step, kernel](py::handle A) { return step(kernel, A); }, py::arg("A"));
    };
    for (const auto& [name, kernel] : gram_schmidt) define(name, gram_schmidt_step, kernel);
    for (const auto& [name, kernel] : qr) define(name, qr_step, kernel);
    for (const auto& [name, kernel] : cholesky) define(name, cholesky_step, kernel);
    for (const auto& [name, kernel] : lu) define(name, lu_step, kernel);
    for (const auto& [step, cap] : eigh) {
        const auto capped = [cap = cap](Both<Eigh> kernel, py::handle A) { return eigh_step(kernel, A, cap); };
        define(step.name, capped, step.kernel);
    }
}

}  // namespace mlcore::bindings
