// What is done with the factors of one matrix. The Python layer (_factor.py) has made them: shapes and types are right.
#include "bindings/call.hpp"
#include "bindings/errors.hpp"
#include "bindings/ndarray.hpp"
#include "bindings/rooms.hpp"
#include "linalg/qr.hpp"

namespace mlcore::bindings {
namespace {

// Q b, or Q^T b if transposed; b with m rows.
py::object qr_apply(py::handle H_, py::handle tau_, py::handle S_, py::handle b_, bool transposed) {
    const Array H = as_matrix(H_, "H"), tau = as_vector(tau_, "tau"), S = as_matrix(S_, "S");
    const Array b = as_type(as_matrix(b_, "b"), H.type());
    const index m = H.shape(0), columns = b.shape(1);
    if (b.shape(0) != m)
        throw py::value_error("b has shape " + shape_text(b) + "; expected " + std::to_string(m) + " rows, as many as the matrix.");
    Array x = new_array(H.type(), {m, columns});
    x.object().attr("__setitem__")(py::ellipsis(), b.object());
    dispatch(H.type(), [&](auto t) {
        using T = decltype(t);
        run(4 * double(m) * double(H.shape(1)) * double(columns), [&] {
            linalg::apply_q<T>(H.matrix<T>(), tau.data<T>(), S.matrix<T>(), transposed, x.matrix<T>());
        });
    });
    return x.take();
}

double inverse_norm(py::handle L_, bool unit, py::handle U_) {
    const Array L = as_matrix(L_, "L"), U = as_matrix(U_, "U");
    const double n = double(L.shape(0));
    double norm = 0;
    if (n > 0)
        dispatch(L.type(), [&](auto t) {
            using T = decltype(t);
            run(10 * n * n, [&] { norm = double(linalg::inverse_norm<T>(L.matrix<T>(), unit, U.matrix<T>())); });
        });
    return norm;
}

double inverse_norm_qr(py::handle H_, py::handle tau_, py::handle S_) {
    const Array H = as_matrix(H_, "H"), tau = as_vector(tau_, "tau"), S = as_matrix(S_, "S");
    const double n = double(H.shape(0));
    double norm = 0;
    if (n > 0)
        dispatch(H.type(), [&](auto t) {
            using T = decltype(t);
            run(30 * n * n, [&] { norm = double(linalg::inverse_norm_qr<T>(H.matrix<T>(), tau.data<T>(), S.matrix<T>())); });
        });
    return norm;
}

// The new factor, or None if it would not exist.
py::object cholesky_update(py::handle L_, py::handle x_, bool downdate) {
    const Array L = as_matrix(L_, "L"), x = as_type(as_vector(x_, "x"), L.type());
    const index n = L.shape(0);
    Array updated = new_array(L.type(), {n, n}), work = new_array(L.type(), {n});
    updated.object().attr("__setitem__")(py::ellipsis(), L.object());
    work.object().attr("__setitem__")(py::ellipsis(), x.object());
    bool definite = true;
    dispatch(L.type(), [&](auto t) {
        using T = decltype(t);
        run(2 * double(n) * double(n), [&] {
            if (downdate)
                definite = linalg::cholesky_downdate<T>(updated.matrix<T>(), work.data<T>());
            else
                linalg::cholesky_update<T>(updated.matrix<T>(), work.data<T>());
        });
    });
    return definite ? updated.take() : py::none();
}

}  // namespace

void register_factors(py::module_ module) {
    module.def("qr_apply", &qr_apply, py::arg("H"), py::arg("tau"), py::arg("S"), py::arg("b"), py::arg("transposed"));
    module.def("inverse_norm", &inverse_norm, py::arg("L"), py::arg("unit"), py::arg("U"));
    module.def("inverse_norm_qr", &inverse_norm_qr, py::arg("H"), py::arg("tau"), py::arg("S"));
    module.def("cholesky_update", &cholesky_update, py::arg("L"), py::arg("x"), py::arg("downdate"));
}

}  // namespace mlcore::bindings
