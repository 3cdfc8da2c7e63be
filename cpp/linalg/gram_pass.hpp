// One read of a tall matrix A, chunk by chunk, each small enough for L2, and all that QR by Gram matrices sums meanwhile:
//
//     Y = A,  or A R^-1  (divisor), written to Q or not        G = Y^T Y
//     r = B,  or B - A x                                       g = A^T r,   squares_j = |r_j|^2
//
// What has no data, or is null, is left out. Q may be A. Rows are cut, and sums added, by m and n alone: the same bits on any
// number of threads.
#pragma once

#include "linalg/gram_factor.hpp"

namespace mlcore::linalg {

template <class T>
struct GramPass {
    Matrix<const T> A;
    const GramFactor<T>* divisor = nullptr;
    Matrix<T> Q{nullptr, 0, 0, 0, 1}, G{nullptr, 0, 0, 0, 1};
    Matrix<const T> B{nullptr, 0, 0, 0, 1}, x{nullptr, 0, 0, 0, 1};
    Matrix<T> g{nullptr, 0, 0, 0, 1};
    double* squares = nullptr;
};

template <class T>
void gram_pass(const GramPass<T>& pass);

// Q = Y S, S upper triangular or (square) full; Q may be Y.
template <class T>
void multiply_rows(MatrixIn<T> Y, MatrixIn<T> S, bool triangular, Matrix<T> Q);

}  // namespace mlcore::linalg
