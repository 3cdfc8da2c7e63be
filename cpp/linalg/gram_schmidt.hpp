// What the four methods of Gram-Schmidt share: their signature, and the last step for a column.
//
//     in:   Q holds A (m x n), every column of length about 1 (the driver scales), R (n x n) zeros
//     out:  A = Q R, Q^T Q = I up to the method's loss of orthogonality, R upper triangular
//
// A column of which nothing but rounding error is left after the columns before it have been subtracted (not more than
// `rtol` of its length) is dependent: its column of Q is zero, R[j, j] = 0, and dependent[j] is set.
#pragma once

#include "blas/blas.hpp"
#include "core/types.hpp"

namespace mlcore::linalg {

// Columns of Q contiguous.
template <class T>
void gram_schmidt_classical(Matrix<T> Q, Matrix<T> R, Scalar<T> rtol, bool* dependent);
template <class T>
void gram_schmidt_modified(Matrix<T> Q, Matrix<T> R, Scalar<T> rtol, bool* dependent);
template <class T>
void gram_schmidt_twice(Matrix<T> Q, Matrix<T> R, Scalar<T> rtol, bool* dependent);
// Any layout.
template <class T>
void gram_schmidt_block(Matrix<T> Q, Matrix<T> R, Scalar<T> rtol, bool* dependent);

// v, whose length was `before` and is `length` now, becomes a unit vector and r its length; or both become zero. True: zero.
template <class T>
bool normalize_or_drop(Vector<T> v, Scalar<T> length, Scalar<T> before, Scalar<T> rtol, T& r) {
    if (length > rtol * before) {
        for (index i = 0; i < v.size; ++i) v[i] /= length;  // not times 1 / length, which may overflow
        r = length;
        return false;
    }
    for (index i = 0; i < v.size; ++i) v[i] = T(0);
    r = T(0);
    return true;
}

// A block of orthonormal (or zero) columns Q, and where the coefficients Q^T v go: they are added to h.
template <class T>
struct Projection {
    Matrix<const T> Q;
    Vector<T> h;
};

// gram_schmidt_twice.cpp       v <- v - Q Q^T v for each projection, repeated if it took away much of v. Returns |v|.
// `passes`: how many are allowed. scratch: as many elements as the widest Q has columns.
template <class T>
T orthogonalize_twice(const Projection<T>* projections, int count, Vector<T> v, int passes, T* scratch);

}  // namespace mlcore::linalg
