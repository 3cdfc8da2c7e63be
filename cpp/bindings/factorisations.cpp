// What follows from elimination (its factors: lu.cpp), and the Cholesky factorisation: argument checks, results, errors.
#include <optional>
#include <string>

#include "bindings/call.hpp"
#include "bindings/linear_system.hpp"
#include "bindings/rooms.hpp"
#include "blas/blas.hpp"
#include "core/lease.hpp"
#include "core/parallel_stack.hpp"
#include "linalg/linalg.hpp"
#include "linalg/scaling.hpp"

namespace mlcore::bindings {
namespace {

[[noreturn]] void throw_zero_pivot(index pivot, index count, index entry) {
    throw_singular("pivot " + std::to_string(pivot) + " of its elimination", count, entry);
}

// The factors of a copy of A.
template <class T>
struct Factored {
    Lease<T> room;
    Lease<index> pivots;
    Matrix<T> LU;
    index singular;

    explicit Factored(Matrix<const T> A)
        : room(A.rows * stride(A.cols)), pivots(A.rows), LU{room.data(), A.rows, A.cols, stride(A.cols), 1} {
        blas::copy<T>(A, LU);
        singular = linalg::lu<T>(LU, pivots.data());
    }

private:
    static index stride(index n) noexcept { return linalg::spread_stride<T>(n, 64 / index(sizeof(T))); }
};

// x = a^-1 b, for each pair of the stack; a single a is factored once.
void solve_system(const LinearSystem& s) {
    const double n = double(s.n), factoring = n * n * n / 3, solving = n * n * double(s.columns);
    bool once = s.stack.count > 1;
    for (int axis = 0; axis < s.stack.axes; ++axis) once &= s.stack.stride[0][axis] == 0;
    Lease<index> singular(s.stack.count);
    for (index i = 0; i < s.stack.count; ++i) singular[i] = -1;
    dispatch(s.a.type(), [&](auto t) {
        using T = decltype(t);
        const Matrix<const T> A = s.a.matrix<T>();
        const Matrix<T> X = s.right_side<T>();
        run(double(s.stack.count) * (factoring + solving), [&] {
            if (s.n <= linalg::small_order && s.stack.count == 1) {
                singular[0] = linalg::solve_one<T>(A, X, s.identity);
                return;
            }
            if (s.n <= linalg::small_order) return linalg::solve_small<T>(s.stack, A, X, s.identity, singular.data());
            std::optional<Factored<T>> shared;
            if (once) singular[0] = shared.emplace(A).singular;
            if (singular[0] >= 0) return;
            parallel_for_each_entry(s.stack, once ? solving : factoring + solving, [&](const index (&at)[2]) {
                const Matrix<T> B = X.shifted(at[1]);
                if (s.identity)
                    for (index i = 0; i < s.n; ++i)
                        for (index j = 0; j < s.n; ++j) B(i, j) = T(i == j);
                if (once) return linalg::lu_solve<T>(shared->LU, shared->pivots.data(), B);
                Factored<T> factored(A.shifted(at[0]));
                singular[at[1] / (s.n * s.columns)] = factored.singular;
                if (factored.singular < 0) linalg::lu_solve<T>(factored.LU, factored.pivots.data(), B);
            });
        });
    });
    for (index i = 0; i < s.stack.count; ++i)
        if (singular[i] >= 0) throw_zero_pivot(singular[i], once ? 1 : s.stack.count, i);
}

py::object inv(py::handle a) {
    LinearSystem system(a);
    if (system.n > 0 && system.stack.count > 0) solve_system(system);
    return system.x.take();
}

py::object solve(py::handle a, py::handle b) {
    LinearSystem system("solve", a, b);
    if (system.n > 0 && system.columns > 0 && system.stack.count > 0) solve_system(system);
    if (system.columns == 0) inv(system.a.object());  // a singular a is refused all the same
    return system.x.take();
}

// The lower factor; from the upper triangle if `upper`.
py::object cholesky(py::handle a_, bool upper) {
    const Array a = as_square(a_);
    const index n = a.shape(-1);
    Array L = new_stack(a, {n, n});
    Stack<2> stack;
    for (int axis = 0; axis < a.ndim() - 2; ++axis) stack.push(a.shape(axis), {a.stride(axis), L.stride(axis)});
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
                               ". If it holds NaN, replace it; if rounding spoiled it, add a small multiple of the identity.");
    return L.take();
}

template <class T>
void determinants(const Array& a, linalg::Determinant* det) {
    const index n = a.shape(-1);
    const double work = double(n) * double(n) * double(n) / 3;
    if (n > 0 && n <= linalg::small_order) {
        Stack<1> stack;
        for (int axis = 0; axis < a.ndim() - 2; ++axis) stack.push(a.shape(axis), {a.stride(axis)});
        run(double(stack.count) * work, [&] {
            if (stack.count == 1)
                *det = linalg::determinant_one<T>(a.matrix<T>());
            else
                linalg::determinants_small<T>(stack, a.matrix<T>(), det);
        });
        return;
    }
    const Stack<2> stack = numbered_stack(a, a);
    run(double(stack.count) * work, [&] {
        parallel_for_each_entry(stack, work, [&](const index (&at)[2]) {
            Factored<T> factored(a.matrix<T>().shifted(at[0]));
            det[at[1]] = linalg::determinant<T>(factored.LU, factored.pivots.data());
        });
    });
}

// The determinant, or (sign, logarithm of the absolute value); of the shape of the stack.
py::object determinant(py::handle a_, bool logarithmic) {
    const Array a = as_square(a_);
    Array det = new_stack(a, {}), logarithm = logarithmic ? new_stack(a, {}) : Array();
    const index count = det.size();
    if (count > 0)
        dispatch(a.type(), [&](auto t) {
            using T = decltype(t);
            Lease<linalg::Determinant> found(count);
            determinants<T>(a, found.data());
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
    module.def("det", [](py::handle a) { return determinant(a, false); }, py::arg("a"));
    module.def("slogdet", [](py::handle a) { return determinant(a, true); }, py::arg("a"));
}

}  // namespace mlcore::bindings
