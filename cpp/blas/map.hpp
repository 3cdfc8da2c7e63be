// Elementwise operations on two operands, broadcast: z = op(x, y).
//
// The innermost axis of the stack is walked by vectors where z is contiguous along it and each operand is contiguous or one
// number repeated; otherwise element by element. An element is the same either way, and however the work is cut.
#pragma once

#include "blas/pieces.hpp"
#include "core/stack.hpp"

namespace mlcore::blas {

// One line: n elements at steps sx, sy, sz. Op works on vectors and on numbers.
template <class T, class Op>
void map_line(index n, const T* x, index sx, const T* y, index sy, T* z, index sz, Op op) noexcept {
    using namespace simd;
    constexpr index L = lanes<T>;
    const auto by_vectors = [=](auto read_x, auto read_y) {
        index i = 0;
        for (; i + L <= n; i += L) store(z + i, op(read_x(i), read_y(i)));
        if (i < n) store_partial(z + i, op(read_x(i, n - i), read_y(i, n - i)), n - i);
    };
    const auto along = [](const T* p) {
        return [p](index i, auto... left) {
            if constexpr (sizeof...(left) == 0)
                return load(p + i);
            else
                return load_partial(p + i, left...);
        };
    };
    const auto repeated = [](const T* p) { return [v = broadcast(*p)](auto...) { return v; }; };
    if (n == 0) return;
    if (sz == 1 && sx == 1 && sy == 1)
        by_vectors(along(x), along(y));
    else if (sz == 1 && sx == 1 && sy == 0)
        by_vectors(along(x), repeated(y));
    else if (sz == 1 && sx == 0 && sy == 1)
        by_vectors(repeated(x), along(y));
    else
        for (index i = 0; i < n; ++i) z[i * sz] = op(x[i * sx], y[i * sy]);
}

// z may be x or y itself, element for element, but must not overlap them otherwise.
template <class T, class Op>
void map(const Stack<3>& stack, const T* x, const T* y, T* z, Op op) {
    Stack<3> outer = stack;
    index n = 1, sx = 0, sy = 0, sz = 0;
    if (stack.axes > 0) {
        const int inner = --outer.axes;
        n = stack.shape[inner];
        if (n == 0) return;
        outer.count = stack.count / n;
        sx = stack.stride[0][inner], sy = stack.stride[1][inner], sz = stack.stride[2][inner];
    }
    const VectorTasks tasks(n);
    const index lines = 1 + piece_size / n;  // lines of one task, if they are short
    const double bytes = 3.0 * double(stack.count) * sizeof(T);
    if (outer.count == 1) {
        parallel_for_work(tasks.count, bytes, [=](index task, int) {
            const index i = tasks.first(task);
            map_line(tasks.length(task), x + i * sx, sx, y + i * sy, sy, z + i * sz, sz, op);
        });
        return;
    }
    parallel_for_work(ceil_div(outer.count, lines), bytes, [&](index task, int) {
        const index first = task * lines, last = first + lines < outer.count ? first + lines : outer.count;
        for_each_entry(outer, first, last, [&](const index (&at)[3]) {
            map_line(n, x + at[0], sx, y + at[1], sy, z + at[2], sz, op);
        });
    });
}

}  // namespace mlcore::blas
