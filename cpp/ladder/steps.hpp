// What several steps share and none is about.
#pragma once

#include "core/interrupt.hpp"
#include "core/types.hpp"

namespace mlcore::ladder {

// Asked once per row or tile of a long loop: has the user pressed Ctrl-C?
inline bool stopped() noexcept {
    poll_interrupt();
    return interrupted();
}

template <class T>
void set_zero(Matrix<T> C) noexcept {
    for (index i = 0; i < C.rows; ++i)
        for (index j = 0; j < C.cols; ++j) C(i, j) = T(0);
}

template <class T>
void copy(MatrixIn<T> X, Matrix<T> Y) noexcept {
    for (index i = 0; i < X.rows; ++i)
        for (index j = 0; j < X.cols; ++j) Y(i, j) = X(i, j);
}

// Y = the lower triangle of X, and zeros above the diagonal.
template <class T>
void copy_lower(MatrixIn<T> X, Matrix<T> Y) noexcept {
    for (index i = 0; i < X.rows; ++i)
        for (index j = 0; j < X.cols; ++j) Y(i, j) = j <= i ? X(i, j) : T(0);
}

// Ones on the diagonal, zeros elsewhere.
template <class T>
void set_identity(Matrix<T> X) noexcept {
    for (index i = 0; i < X.rows; ++i)
        for (index j = 0; j < X.cols; ++j) X(i, j) = T(i == j);
}

// Y = X^T, in squares of 16, so that the lines read and the lines written stay in L1 while they are used.
template <class T>
void transpose(MatrixIn<T> X, Matrix<T> Y) noexcept {
    constexpr index square = 16;
    for (index i0 = 0; i0 < X.rows; i0 += square)
        for (index j0 = 0; j0 < X.cols; j0 += square)
            for (index i = i0; i < i0 + square && i < X.rows; ++i)
                for (index j = j0; j < j0 + square && j < X.cols; ++j) Y(j, i) = X(i, j);
}

}  // namespace mlcore::ladder
