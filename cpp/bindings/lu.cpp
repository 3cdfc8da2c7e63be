// The factors of elimination: each in an array of its own, or packed.
#include <initializer_list>

#include "bindings/call.hpp"
#include "bindings/linear_system.hpp"
#include "bindings/rooms.hpp"
#include "blas/blas.hpp"
#include "core/lease.hpp"
#include "core/parallel_stack.hpp"
#include "linalg/linalg.hpp"

namespace mlcore::bindings {
namespace {

// Copies each matrix of `a` to its place, contiguous ones from `factors` on, and overwrites it with L and U.
// then(number, pivots) is done with each of them.
template <class T, class Then>
void factor_each(const Array& a, T* factors, Then&& then) {
    const index m = a.shape(-2), n = a.shape(-1), steps = m < n ? m : n;
    const Stack<2> stack = numbered_stack(a, a);
    const auto place = [&](index number) { return row_major(factors + number * m * n, m, n); };
    const double work = double(m) * double(n) * double(steps + 6) / 2;
    run(double(stack.count) * work, [&] {
        if (m == n && n > 0 && n <= linalg::small_order) {
            Lease<index> pivots(stack.count * n);
            parallel_for_each_entry(stack, double(n * n), [&](const index (&at)[2]) {
                blas::copy<T>(a.matrix<T>().shifted(at[0]), place(at[1]));
            });
            linalg::lu_small<T>(stack.count, place(0), pivots.data());
            if (interrupted()) return;
            parallel_for_each_entry(stack, double(3 * n * n), [&](const index (&at)[2]) {
                then(at[1], pivots.data() + at[1] * n);
            });
            return;
        }
        parallel_for_each_entry(stack, work, [&](const index (&at)[2]) {
            Lease<index> pivots(steps);
            blas::copy<T>(a.matrix<T>().shifted(at[0]), place(at[1]));
            linalg::lu<T>(place(at[1]), pivots.data());
            then(at[1], pivots.data());
        });
    });
}

// The leading axes of `a`, and what follows.
py::tuple stacked_shape(const Array& a, std::initializer_list<index> matrix) {
    py::list shape;
    for (int axis = 0; axis < a.ndim() - 2; ++axis) shape.append(a.shape(axis));
    for (const index size : matrix) shape.append(size);
    return py::tuple(shape);
}

// (P, L, U); P a matrix, or for each row of A its place in L U.
py::tuple lu(py::handle a_, bool p_indices) {
    const Array a = as_matrices(a_);
    const index m = a.shape(-2), n = a.shape(-1), k = m < n ? m : n;
    Array L = new_stack(a, {m, k}), U = new_stack(a, {k, n});
    // By NumPy, which has zeros from the system: most pages of a large P are then never touched.
    const py::object zeros = py::module_::import("numpy").attr("zeros");
    const py::object P = p_indices ? zeros(stacked_shape(a, {m}), py::dtype::of<index>())
                                   : zeros(stacked_shape(a, {m, m}), a.object().attr("dtype"));
    void* const permutation = py::detail::array_proxy(P.ptr())->data;
    dispatch(a.type(), [&](auto t) {
        using T = decltype(t);
        factor_each<T>(a, (m < n ? U : L).data<T>(), [&](index number, const index* pivots) {
            Lease<index> rows(m);
            linalg::exchanged_rows(pivots, k, rows.data(), m);
            for (index i = 0; i < m; ++i)
                if (p_indices)
                    static_cast<index*>(permutation)[number * m + rows[i]] = i;
                else
                    static_cast<T*>(permutation)[(number * m + rows[i]) * m + i] = T(1);
            linalg::split_factors<T>(row_major(L.data<T>() + number * m * k, m, k), row_major(U.data<T>() + number * k * n, k, n));
        });
    });
    return py::make_tuple(P, L.take(), U.take());
}

// (L and U in one array, which row of A comes in each place, whether the permutation is odd)
py::tuple lu_raw(py::handle a_) {
    const Array a = as_matrix(a_, "a");
    const index m = a.shape(0), n = a.shape(1);
    Array factors = new_stack(a, {m, n});
    py::array_t<index> rows(m);
    bool odd = false;
    dispatch(a.type(), [&](auto t) {
        using T = decltype(t);
        factor_each<T>(a, factors.data<T>(), [&](index, const index* pivots) {
            odd = linalg::exchanged_rows(pivots, m < n ? m : n, rows.mutable_data(), m);
        });
    });
    return py::make_tuple(factors.take(), rows, odd);
}

}  // namespace

void register_lu(py::module_ module) {
    module.def("lu", &lu, py::arg("a"), py::arg("p_indices"));
    module.def("lu_raw", &lu_raw, py::arg("a"));
}

}  // namespace mlcore::bindings
