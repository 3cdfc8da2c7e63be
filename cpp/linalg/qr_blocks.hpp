// What both ways to apply blocks of reflections share: qr_blocked.cpp and qr_large.cpp.
#pragma once

#include "blas/blas.hpp"
#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "linalg/qr.hpp"

namespace mlcore::linalg {

template <class T>
void clear_top(Matrix<T> V) noexcept {
    for (index i = 0; i < V.cols; ++i)
        for (index j = i; j < V.cols; ++j) V(i, j) = T(0);
}

// The reflections of a block of columns of A, in full.
template <class T>
void copy_reflections(Matrix<const T> A, const T* tau, Matrix<T> V) noexcept {
    blas::copy<T>(A, V);
    clear_top(V);
    for (index j = 0; j < V.cols; ++j) V(j, j) = T(tau[j] != T(0));
}

// body(j, V, S) for each block of reflections, j its first row and column.
template <class T, class Body>
void for_each_block(Matrix<const T> A, const T* tau, Matrix<const T> S, bool forward, Body&& body) {
    const index m = A.rows, k = A.rows < A.cols ? A.rows : A.cols, width = S.cols, blocks = ceil_div(k, width);
    Lease<T> room(m * width);
    for (index step = 0; step < blocks; ++step) {
        poll_interrupt();
        if (interrupted()) return;
        const index j = (forward ? step : blocks - 1 - step) * width, b = k - j < width ? k - j : width;
        const Matrix<T> V = row_major(room.data(), m - j, b);
        copy_reflections<T>(A.block(j, j, m - j, b), tau + j, V);
        body(j, Matrix<const T>(V), S.block(j, 0, b, b));
    }
}

// body(j, V, S) for each block of columns of H in turn, once it is factored; `before(j, columns)` brings it up to date.
template <class T, class Before, class Body>
void factor_each_block(Matrix<T> H, T* tau, Matrix<T> S, Before&& before, Body&& body) {
    const index m = H.rows, k = H.rows < H.cols ? H.rows : H.cols, width = S.cols;
    Lease<T> room(m * width);
    for (index j = 0; j < k; j += width) {
        poll_interrupt();
        if (interrupted()) return;
        const index b = k - j < width ? k - j : width;
        const Matrix<T> V = row_major(room.data(), m - j, b), S_j = S.block(j, 0, b, b);
        clear_top(V);
        before(j, H.block(0, j, m, b));
        factor_qr_columns(H.block(j, j, m - j, b), tau + j, V, S_j);
        body(j, Matrix<const T>(V), Matrix<const T>(S_j));
    }
}

}  // namespace mlcore::linalg
