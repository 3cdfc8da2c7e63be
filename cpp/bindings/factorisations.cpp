// LU and Cholesky, and what follows from them: argument checks, results, errors.
#include <string>
#include <utility>

#include "bindings/call.hpp"
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

    template <class T>
    Matrix<T> first() const noexcept {
        return {array.data<T>(), m, n, n, 1};
    }

    // body(entry, A) for each copy, which it may overwrite.
    template <class T, class Body>
    void for_each(double work, Body&& body) const {
        run(double(count) * work, [&] {
            parallel_for_each_entry(contiguous_stack(count, m * n), work, [&](const index (&at)[1]) {
                body(at[0] / (m * n), first<T>().shifted(at[0]));
            });
        });
    }
};

[[noreturn]] void throw_zero_pivot(index pivot, index count, index entry) {
    throw_singular("pivot " + std::to_string(pivot) + " of its elimination", count, entry);
}

// Overwrites each copy with its factors L and U. pivots: min(m, n) exchanges of rows for each.
template <class T>
void factor_copies(const Copies& copies, index* pivots) {
    const index m = copies.m, n = copies.n, steps = m < n ? m : n;
    const double work = double(m) * double(n) * double(steps) / 2;
    if (steps == 0 || copies.count == 0) return;
    if (m == n && n <= linalg::small_order)
        run(double(copies.count) * (work + 10), [&] { linalg::lu_small<T>(copies.count, copies.first<T>(), pivots); });
    else
        copies.for_each<T>(work, [&](index entry, Matrix<T> A) { linalg::lu<T>(A, pivots + entry * steps); });
}

// For equations without a right-hand side.
void refuse_singular(const Array& a) {
    Copies copies(a);
    Lease<index> pivots(copies.count * copies.n);
    dispatch(a.type(), [&](auto t) {
        using T = decltype(t);
        factor_copies<T>(copies, pivots.data());
        for (index entry = 0; entry < copies.count; ++entry)
            for (index i = 0; i < copies.n; ++i)
                if (copies.first<T>().shifted(entry * copies.n * copies.n)(i, i) == T(0)) throw_zero_pivot(i, copies.count, entry);
    });
}

template <class T>
void factor_copy(Matrix<const T> A, T* lu, index* pivots, index& singular) {
    const Matrix<T> LU = row_major(lu, A.rows, A.rows);
    blas::copy<T>(A, LU);
    singular = linalg::lu<T>(LU, pivots);
}

// x = a^-1 b, for each pair of the stack; a single a is factored once.
void solve_system(const LinearSystem& s) {
    const double n = double(s.n), factoring = n * n * n / 3, solving = n * n * double(s.columns);
    const index n2 = s.n * s.n;
    bool once = s.stack.count > 1;
    for (int axis = 0; axis < s.stack.axes; ++axis) once &= s.stack.stride[0][axis] == 0;
    Lease<index> singular(s.stack.count);
    for (index i = 0; i < s.stack.count; ++i) singular[i] = -1;
    dispatch(s.a.type(), [&](auto t) {
        using T = decltype(t);
        const Matrix<const T> A = s.a.matrix<T>();
        const Matrix<T> X = s.right_side<T>();
        Lease<T> shared(once ? n2 : 0);
        Lease<index> shared_pivots(once ? s.n : 0);
        run(double(s.stack.count) * (factoring + solving), [&] {
            if (s.n <= linalg::small_order) return linalg::solve_small<T>(s.stack, A, X, s.identity, singular.data());
            if (once) factor_copy<T>(A, shared.data(), shared_pivots.data(), singular[0]);
            if (singular[0] >= 0) return;
            parallel_for_each_entry(s.stack, once ? solving : factoring + solving, [&](const index (&at)[2]) {
                const Matrix<T> B = X.shifted(at[1]);
                if (s.identity)
                    for (index i = 0; i < s.n; ++i)
                        for (index j = 0; j < s.n; ++j) B(i, j) = T(i == j);
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
        if (singular[i] >= 0) throw_zero_pivot(singular[i], once ? 1 : s.stack.count, i);
}

py::object solve(py::handle a, py::handle b) {
    LinearSystem system("solve", a, b);
    if (system.n > 0 && system.columns > 0 && system.stack.count > 0) solve_system(system);
    if (system.columns == 0) refuse_singular(system.a);
    return system.x.take();
}

py::object inv(py::handle a) {
    LinearSystem system(a);
    if (system.n > 0 && system.stack.count > 0) solve_system(system);
    return system.x.take();
}

// The lower factor; from the upper triangle if `upper`.
py::object cholesky(py::handle a_, bool upper) {
    const Array a = as_square(a_);
    index shape[Stack<2>::max_axes + 2];
    for (int axis = 0; axis < a.ndim(); ++axis) shape[axis] = a.shape(axis);
    Array L = new_array(a.type(), a.ndim(), shape);
    Stack<2> stack;
    for (int axis = 0; axis < a.ndim() - 2; ++axis) stack.push(shape[axis], {a.stride(axis), L.stride(axis)});
    const index n = a.shape(-1);
    if (n == 0 || stack.count == 0) return L.take();
    Lease<index> failed(stack.count);
    dispatch(a.type(), [&](auto t) {
        using T = decltype(t);
        const Matrix<const T> A = upper ? a.matrix<T>().transposed() : a.matrix<T>();
        const double work = double(n) * double(n) * double(n) / 6;
        run(double(stack.count) * work, [&] {
            if (n <= linalg::small_order) return linalg::cholesky_small<T>(stack, A, L.matrix<T>(), failed.data());
            parallel_for_each_entry(stack, work, [&](const index (&at)[2]) {
                const Matrix<T> factor = L.matrix<T>().shifted(at[1]);
                blas::copy<T>(A.shifted(at[0]), factor);
                failed[at[1] / (n * n)] = linalg::cholesky<T>(factor);
            });
        });
    });
    for (index i = 0; i < stack.count; ++i)
        if (failed[i] >= 0)
            throw_linalg_error("a is not positive definite: its leading minor of order " + std::to_string(failed[i] + 1) +
                               " is not positive" + in_stack(stack.count, i) +
                               ". If it should be and rounding spoiled it, add a small multiple of the identity.");
    return L.take();
}

// (L and U in one array, the exchanges of rows (..., min(m, n)))
py::tuple lu(py::handle a_) {
    const Array a = as_matrices(a_);
    Copies copies(a);
    py::array_t<index> exchanges({copies.count, copies.m < copies.n ? copies.m : copies.n});
    index* pivots = exchanges.mutable_data();
    dispatch(a.type(), [&](auto t) { factor_copies<decltype(t)>(copies, pivots); });
    return py::make_tuple(copies.array.take(), exchanges);
}

template <class T>
void determinants(const Array& a, index count, linalg::Determinant* det) {
    const index n = a.shape(-1);
    if (n > 0 && n <= linalg::small_order) {
        Stack<1> stack;
        for (int axis = 0; axis < a.ndim() - 2; ++axis) stack.push(a.shape(axis), {a.stride(axis)});
        run(double(count) * double(n) * double(n) * double(n), [&] { linalg::determinants_small<T>(stack, a.matrix<T>(), det); });
        return;
    }
    Copies copies(a);
    Lease<index> pivots(count * n);
    factor_copies<T>(copies, pivots.data());
    for (index i = 0; i < count; ++i)
        det[i] = linalg::determinant<T>(copies.first<T>().shifted(i * n * n), pivots.data() + i * n);
}

// The determinant, or (sign, logarithm of the absolute value); of the shape of the stack.
py::object determinant(py::handle a_, bool logarithmic) {
    const Array a = as_square(a_);
    index shape[Stack<1>::max_axes], count = 1;
    for (int axis = 0; axis < a.ndim() - 2; ++axis) count *= shape[axis] = a.shape(axis);
    const auto result = [&] { return new_array(a.type(), a.ndim() - 2, shape); };
    Array det = result(), logarithm = logarithmic ? result() : Array();
    if (count > 0)
        dispatch(a.type(), [&](auto t) {
            using T = decltype(t);
            Lease<linalg::Determinant> found(count);
            determinants<T>(a, count, found.data());
            for (index i = 0; i < count; ++i) {
                det.data<T>()[i] = T(logarithmic ? found[i].sign : found[i].value());
                if (logarithmic) logarithm.data<T>()[i] = T(found[i].logarithm());
            }
        });
    if (!logarithmic) return det.take();
    return py::make_tuple(det.take(), logarithm.take());
}

}  // namespace

void register_factorisations(py::module_ module) {
    module.def("solve", &solve, py::arg("a"), py::arg("b"));
    module.def("inv", &inv, py::arg("a"));
    module.def("cholesky", &cholesky, py::arg("a"), py::arg("upper"));
    module.def("lu", &lu, py::arg("a"));
    module.def("det", [](py::handle a) { return determinant(a, false); }, py::arg("a"));
    module.def("slogdet", [](py::handle a) { return determinant(a, true); }, py::arg("a"));
}

}  // namespace mlcore::bindings
