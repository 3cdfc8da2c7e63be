// LU and Cholesky, and what follows from them: argument checks, results, errors.
#include <string>
#include <utility>

#include "bindings/call.hpp"
#include "bindings/errors.hpp"
#include "bindings/linear_system.hpp"
#include "bindings/rooms.hpp"
#include "blas/blas.hpp"
#include "core/lease.hpp"
#include "core/parallel_stack.hpp"
#include "linalg/linalg.hpp"

namespace mlcore::bindings {
namespace {

// A copy of a stack of matrices, by rows, and the number of them.
struct Copies {
    Array array;
    index count = 1, m, n;

    explicit Copies(const Array& a) : m(a.shape(-2)), n(a.shape(-1)) {
        index shape[Stack<1>::max_axes];
        for (int axis = 0; axis < a.ndim(); ++axis) shape[axis] = a.shape(axis);
        for (int axis = 0; axis < a.ndim() - 2; ++axis) count *= shape[axis];
        array = new_array(a.type(), a.ndim(), shape);
        array.object().attr("__setitem__")(py::ellipsis(), a.object());
    }

    // body(entry, A) for each copy, which it may overwrite.
    template <class T, class Body>
    void for_each(double work, Body&& body) const {
        Stack<1> stack;
        stack.push(count, {m * n});
        run(double(count) * work, [&] {
            parallel_for_each_entry(stack, work, [&](const index (&at)[1]) {
                body(at[0] / (m * n), Matrix<T>{array.data<T>() + at[0], m, n, n, 1});
            });
        });
    }
};

Array as_square(py::handle a_) {
    Array a = as_array(a_, "a");
    if (a.ndim() < 2 || a.shape(-1) != a.shape(-2))
        throw_linalg_error("a has shape " + shape_text(a) + "; expected a square matrix, or a stack of them, (..., n, n).");
    return a;
}

// " in matrix 3 of the stack"
std::string in_stack(index count, index entry) {
    return count > 1 ? " in matrix " + std::to_string(entry) + " of the stack" : "";
}

[[noreturn]] void throw_singular(index pivot, index count, index entry) {
    throw_linalg_error("a is singular: pivot " + std::to_string(pivot) + " of its elimination is exactly zero" + in_stack(count, entry) +
                       ". The equations have no solution or infinitely many; for a least-squares solution use numpy.linalg.lstsq.");
}

template <class T>
void factor_copy(Matrix<const T> A, T* lu, index* pivots, index& singular) {
    const Matrix<T> LU = row_major(lu, A.rows, A.rows);
    blas::copy<T>(A, LU);
    singular = linalg::lu<T>(LU, pivots);
}

// x = a^-1 b, for each pair of the stack; a single a is factored once.
void solve_system(const LinearSystem& s) {
    const double n = double(s.n), factoring = n * n * n / 3 + 50, solving = n * n * double(s.columns);
    const index n2 = s.n * s.n;
    const bool once = s.a.ndim() == 2 && s.stack.count > 1;
    Lease<index> singular(s.stack.count);
    for (index i = 0; i < s.stack.count; ++i) singular[i] = -1;
    dispatch(s.a.type(), [&](auto t) {
        using T = decltype(t);
        const Matrix<const T> A = s.a.matrix<T>();
        const Matrix<T> X = s.right_side<T>();
        Lease<T> shared(once ? n2 : 0);
        Lease<index> shared_pivots(once ? s.n : 0);
        run(double(s.stack.count) * (factoring + solving), [&] {
            if (once) factor_copy<T>(A, shared.data(), shared_pivots.data(), singular[0]);
            if (singular[0] >= 0) return;
            parallel_for_each_entry(s.stack, once ? solving : factoring + solving, [&](const index (&at)[2]) {
                const Matrix<T> B = X.shifted(at[1]);
                if (once) return linalg::lu_solve<T>(row_major<const T>(shared.data(), s.n, s.n), shared_pivots.data(), B);
                Lease<T> lu(n2);
                Lease<index> pivots(s.n);
                index& failed = singular[at[1] / (s.n * s.columns)];
                factor_copy<T>(A.shifted(at[0]), lu.data(), pivots.data(), failed);
                if (failed < 0) linalg::lu_solve<T>(row_major<const T>(lu.data(), s.n, s.n), pivots.data(), B);
            });
        });
    });
    for (index i = 0; i < s.stack.count; ++i)
        if (singular[i] >= 0) throw_singular(singular[i], once ? 1 : s.stack.count, i);
}

py::object solve(py::handle a, py::handle b) {
    LinearSystem system("solve", a, b);
    if (system.n > 0 && system.columns > 0 && system.stack.count > 0) solve_system(system);
    return system.x.take();
}

py::object cholesky(py::handle a_) {
    Copies copies(as_square(a_));
    const double n = double(copies.n);
    Lease<index> failed(copies.count);
    if (copies.n > 0 && copies.count > 0)
        dispatch(copies.array.type(), [&](auto t) {
            using T = decltype(t);
            copies.for_each<T>(n * n * n / 6 + 50, [&](index entry, Matrix<T> A) { failed[entry] = linalg::cholesky<T>(A); });
        });
    for (index i = 0; copies.n > 0 && i < copies.count; ++i)
        if (failed[i] >= 0)
            throw_linalg_error("a is not positive definite: its leading minor of order " + std::to_string(failed[i] + 1) +
                               " is not positive" + in_stack(copies.count, i) +
                               ". If it should be and rounding spoiled it, add a small multiple of the identity.");
    return copies.array.take();
}

// (L and U in one array, the exchanges of rows (..., min(m, n)))
py::tuple lu(py::handle a_) {
    const Array a = as_array(a_, "a");
    if (a.ndim() < 2)
        throw_linalg_error("a has shape " + shape_text(a) + "; expected a matrix, or a stack of them, (..., m, n).");
    Copies copies(a);
    const index steps = copies.m < copies.n ? copies.m : copies.n;
    py::array_t<index> exchanges({copies.count, steps});
    index* pivots = exchanges.mutable_data();
    if (steps > 0 && copies.count > 0)
        dispatch(a.type(), [&](auto t) {
            using T = decltype(t);
            copies.for_each<T>(double(copies.m) * double(copies.n) * double(steps) / 2 + 50,
                               [&](index entry, Matrix<T> A) { linalg::lu<T>(A, pivots + entry * steps); });
        });
    return py::make_tuple(copies.array.take(), exchanges);
}

// (determinants, signs, logarithms of absolute values), each of the shape of the stack.
py::tuple determinant(py::handle a_) {
    const Array a = as_square(a_);
    Copies copies(a);
    const index n = copies.n;
    index shape[Stack<1>::max_axes];
    for (int axis = 0; axis < a.ndim() - 2; ++axis) shape[axis] = a.shape(axis);
    const auto result = [&] { return new_array(a.type(), a.ndim() - 2, shape); };
    Array det = result(), sign = result(), logarithm = result();
    dispatch(a.type(), [&](auto t) {
        using T = decltype(t);
        T *d = det.data<T>(), *s = sign.data<T>(), *l = logarithm.data<T>();
        for (index i = 0; i < copies.count; ++i) d[i] = s[i] = 1, l[i] = 0;  // of a matrix of order 0
        if (n == 0 || copies.count == 0) return;
        copies.for_each<T>(double(n) * double(n) * double(n) / 3 + 50, [&](index entry, Matrix<T> A) {
            Lease<index> pivots(n);
            linalg::lu<T>(A, pivots.data());
            const linalg::Determinant found = linalg::determinant<T>(A, pivots.data());
            s[entry] = T(found.sign);
            d[entry] = T(found.value());
            l[entry] = T(found.logarithm());
        });
    });
    return py::make_tuple(det.take(), sign.take(), logarithm.take());
}

}  // namespace

void register_factorisations(py::module_ module) {
    module.def("solve", &solve, py::arg("a"), py::arg("b"));
    module.def("cholesky", &cholesky, py::arg("a"));
    module.def("lu", &lu, py::arg("a"));
    module.def("determinant", &determinant, py::arg("a"));
}

}  // namespace mlcore::bindings
