// The columns of a matrix in groups as wide as a tile of the matrix product, each group's rows one after another: what gemm
// otherwise packs its right operand into.
#pragma once

#include "blas/blas.hpp"
#include "blas/pack.hpp"
#include "blas/tile_column.hpp"
#include "core/parallel.hpp"

namespace mlcore::linalg {

template <class T>
struct Micropanels {
    static constexpr index width = blas::Blocking<T>::NR;
    T* data;
    index rows, cols;

    static constexpr index size(index rows, index cols) noexcept { return rows * round_up(cols, width); }
    Matrix<T> panel(index p) const noexcept { return row_major(data + p * rows * width, rows, width); }
    // Without the last one's vectors that are nothing but padding.
    Matrix<T> used(index p) const noexcept {
        const index left = round_up(cols - p * width, simd::lanes<T>);
        return panel(p).block(0, 0, rows, left < width ? left : width);
    }

    void pack(Matrix<const T> A) const noexcept { blas::pack_panels<T, width>(A, data); }

    // Columns [first, first + out.cols) written out.
    void copy_to(index first, Matrix<T> out) const noexcept {
        for (index j = 0; j < out.cols;) {
            const index p = (first + j) / width, c = (first + j) % width, now = out.cols - j < width - c ? out.cols - j : width - c;
            blas::copy<T>(panel(p).block(0, c, rows, now), out.block(0, j, rows, now));
            j += now;
        }
    }

    // body(p, panel) for the panels with columns from `first` on; `work` for one column.
    template <class Body>
    void for_each(index first, double work, Body&& body) const {
        const index begin = first / width, count = ceil_div(cols, width) - begin;
        if (count <= 0) return;
        parallel_for_work(count, work * double(count * width), [&](index task, int) { body(begin + task, used(begin + task)); });
    }
};

// C = alpha A B + beta C with A triangular, zeros stored: they are left out, but for those in tiles along the diagonal. B lies as a
// micropanel does, or its first vectors.
template <class T>
void multiply_triangular(T alpha, blas::Triangle triangle, Matrix<const T> A, Matrix<const T> B, T beta, Matrix<T> C) {
    constexpr index step = blas::Blocking<T>::MR;
    const index n = A.rows;
    for (index i = 0; i < n; i += step) {
        const index rows = n - i < step ? n - i : step, first = triangle == blas::Triangle::lower ? 0 : i;
        const index end = triangle == blas::Triangle::lower ? i + rows : n;
        blas::tile_column<T>({rows, C.cols, end - first, &A(i, first), &B(first, 0), &C(i, 0), A.row_stride, A.col_stride,
                              C.row_stride, alpha, beta, nullptr, false});
    }
}

}  // namespace mlcore::linalg
