// QR with column pivoting: argument checks, results, errors.
#include <algorithm>

#include "bindings/call.hpp"
#include "bindings/errors.hpp"
#include "bindings/ndarray.hpp"
#include "bindings/rooms.hpp"
#include "blas/blas.hpp"
#include "core/lease.hpp"
#include "linalg/linalg.hpp"

namespace mlcore::bindings {
namespace {

// (Q, R, order) with Q m x k, R k x n, A[:, order] = Q R, k = min(m, n).
py::tuple qr_pivoted(py::handle a_) {
    const Array a = as_matrix(a_, "a");
    const index m = a.shape(0), n = a.shape(1), k = std::min(m, n);
    Array Q = new_array(a.type(), {m, k}), R = new_array(a.type(), {k, n});
    py::array_t<index> columns(n);
    index* order = columns.mutable_data();
    linalg::Status status = linalg::Status::ok;
    dispatch(a.type(), [&](auto t) {
        using T = decltype(t);
        run(4 * double(m) * double(n) * double(k), [&] {
            Lease<T> copied(m * n), taus(k);
            const Matrix<T> H{copied.data(), m, n, 1, m}, q = Q.matrix<T>(), r = R.matrix<T>();
            blas::copy<T>(a.matrix<T>(), H);
            status = linalg::qr_pivoted<T>(H, taus.data(), order);
            if (status != linalg::Status::ok) return;
            for (index i = 0; i < k; ++i)
                for (index j = 0; j < n; ++j) r(i, j) = j >= i ? H(i, j) : T(0);
            for (index i = 0; i < m; ++i)
                for (index j = 0; j < k; ++j) q(i, j) = T(i == j);
            linalg::apply_q<T>(H, taus.data(), false, q);
        });
    });
    if (status == linalg::Status::not_finite)
        throw_linalg_error("a contains NaN or infinity, or its squares overflow. Remove such elements, or scale a down.");
    return py::make_tuple(Q.take(), R.take(), columns);
}

}  // namespace

void register_qr_pivoted(py::module_ module) {
    module.def("qr_pivoted", &qr_pivoted, py::arg("a"));
}

}  // namespace mlcore::bindings
