// W <- W S,  S square: a few hundred rows at a time, by way of a copy in L2.
#pragma once

#include "blas/blas.hpp"
#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "core/parallel.hpp"

namespace mlcore::linalg {

template <class T>
void multiply_in_place(Matrix<T> W, MatrixIn<T> S) {
    constexpr index chunk = 256;
    parallel_for_work(ceil_div(W.rows, chunk), double(W.rows) * double(W.cols) * double(W.cols), [&](index task, int) {
        if (interrupted()) return;
        const index i = task * chunk, rows = W.rows - i < chunk ? W.rows - i : chunk;
        Lease<T> copied(rows * W.cols);
        const Matrix<T> X = row_major(copied.data(), rows, W.cols), part = W.block(i, 0, rows, W.cols);
        blas::copy<T>(part, X);
        blas::gemm<T>(T(1), X, S, T(0), part);
    });
}

}  // namespace mlcore::linalg
