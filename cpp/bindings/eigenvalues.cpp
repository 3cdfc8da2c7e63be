// Eigenvalues of general matrices, and the condensed forms on the way to them: argument checks, results, errors.
#include <complex>
#include <string>
#include <vector>

#include "bindings/call.hpp"
#include "bindings/linear_system.hpp"
#include "bindings/rooms.hpp"
#include "core/lease.hpp"
#include "core/parallel_stack.hpp"
#include "linalg/linalg.hpp"

namespace mlcore::bindings {
namespace {

// A stack of square matrices and the shapes of what belongs to it.
struct Squares {
    Array a;
    index n, count = 1;
    std::vector<index> shape;

    explicit Squares(py::handle a_) : a(as_square(a_)), n(a.shape(-1)) {
        for (int axis = 0; axis < a.ndim(); ++axis) shape.push_back(a.shape(axis));
        for (int axis = 0; axis < a.ndim() - 2; ++axis) count *= shape[std::size_t(axis)];
    }
    Array matrices() const { return new_array(a.type(), a.ndim(), shape.data()); }
    Array vectors() const { return new_array(a.type(), a.ndim() - 1, shape.data()); }

    // status = body(entry, A) for each matrix, `flops` n^3 each; what failed first is raised.
    template <class T, class Body>
    void for_each(double flops, Body&& body) const {
        if (count == 0 || n == 0) return;
        Lease<linalg::Status> statuses(count);
        const Stack<2> stack = numbered_stack(a, a);
        const double work = flops / 2 * double(n) * double(n) * double(n);
        run(double(count) * work, [&] {
            parallel_for_each_entry(stack, work, [&](const index (&at)[2]) {
                statuses[at[1]] = interrupted() ? linalg::Status::interrupted : body(at[1], a.matrix<const T>().shifted(at[0]));
            });
        });
        for (index i = 0; i < count; ++i) {
            if (statuses[i] == linalg::Status::not_finite)
                throw_linalg_error("a contains NaN or infinity" + in_stack(count, i) +
                                   "; its eigenvalues are not defined. Remove or replace such elements first.");
            if (statuses[i] == linalg::Status::not_converged)
                throw_linalg_error("the eigenvalues of a did not converge in 30 iterations for each" + in_stack(count, i) +
                                   ". Scaling or permuting the matrix may help.");
        }
    }
    template <class T>
    Matrix<T> matrix_of(const Array& stack, index entry) const noexcept {
        return row_major(stack.data<T>() + entry * n * n, n, n);
    }
};

template <class T>
py::array_t<std::complex<T>> complex_values(const Squares& s, const T* re, const T* im) {
    py::array_t<std::complex<T>> w(std::vector<index>(s.shape.begin(), s.shape.end() - 1));
    std::complex<T>* to = w.mutable_data();
    for (index i = 0; i < s.count * s.n; ++i) to[i] = {re[i], im[i]};
    return w;
}

// Row by row: a column beside its imaginary part, then the conjugate.
template <class T>
py::array_t<std::complex<T>> complex_vectors(const Squares& s, const T* im, const Array& packed) {
    py::array_t<std::complex<T>> V(s.shape);
    std::complex<T>* to = V.mutable_data();
    const T* from = packed.data<T>();
    for (index row = 0; row < s.count * s.n; ++row, to += s.n, from += s.n) {
        const T* sign = im + row / s.n * s.n;
        for (index j = 0; j < s.n; ++j) {
            if (sign[j] == T(0)) {
                to[j] = from[j];
                continue;
            }
            to[j] = {from[j], from[j + 1]};
            to[j + 1] = std::conj(to[j]);
            ++j;
        }
    }
    return V;
}

// (w, V), or (w, None); complex if an eigenvalue is.
py::tuple eig(py::handle a_, bool vectors) {
    const Squares s(a_);
    Array re = s.vectors(), V = vectors ? s.matrices() : Array();
    return dispatch(s.a.type(), [&](auto t) -> py::tuple {
        using T = decltype(t);
        Lease<T> im(s.count * s.n);
        s.for_each<T>(vectors ? 25 : 12, [&](index entry, Matrix<const T> A) {
            const Matrix<T> to = vectors ? s.matrix_of<T>(V, entry) : Matrix<T>{nullptr, s.n, 0, 0, 1};
            return linalg::eig<T>(A, re.data<T>() + entry * s.n, im.data() + entry * s.n, to);
        });
        bool real = true;
        for (index i = 0; i < s.count * s.n; ++i) real &= im[i] == T(0);
        if (real) return py::make_tuple(re.take(), vectors ? V.take() : py::none());
        const py::object w = complex_values<T>(s, re.data<T>(), im.data());
        return py::make_tuple(w, vectors ? py::object(complex_vectors<T>(s, im.data(), V)) : py::none());
    });
}

template <class T>
using Kernel = linalg::Status (*)(Matrix<const T>, Matrix<T>, Matrix<T>);

// (the condensed form, the orthogonal matrix)
py::tuple condense(py::handle a_, double flops, Kernel<float> single, Kernel<double> twice) {
    const Squares s(a_);
    Array form = s.matrices(), Q = s.matrices();
    dispatch(s.a.type(), [&](auto t) {
        using T = decltype(t);
        s.for_each<T>(flops, [&](index entry, Matrix<const T> A) {
            const Matrix<T> to = s.matrix_of<T>(form, entry), q = s.matrix_of<T>(Q, entry);
            if constexpr (sizeof(T) == 4)
                return single(A, to, q);
            else
                return twice(A, to, q);
        });
    });
    return py::make_tuple(form.take(), Q.take());
}

}  // namespace

void register_eigenvalues(py::module_ module) {
    module.def("eig", &eig, py::arg("a"), py::arg("vectors"));
    module.def("schur", [](py::handle a) { return condense(a, 20, linalg::schur<float>, linalg::schur<double>); }, py::arg("a"));
    module.def("hessenberg", [](py::handle a) { return condense(a, 5, linalg::hessenberg<float>, linalg::hessenberg<double>); },
               py::arg("a"));
}

}  // namespace mlcore::bindings
