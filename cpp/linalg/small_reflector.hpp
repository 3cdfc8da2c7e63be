// Reflections of three neighbouring rows or columns, and rotations of two: what the QR iteration is made of.
//
//     H = I - tau v v^T,   v = (1, v1, v2)^T,       H (x0, x1, x2)^T = (beta, 0, 0)^T         v2 = 0: of two rows
//
// Rows are contiguous and go by whole vectors; columns go row by row, three numbers each.
#pragma once

#include <algorithm>
#include <cmath>

#include "linalg/nonsymmetric.hpp"
#include "simd/vec.hpp"

namespace mlcore::linalg {

template <class T>
struct SmallReflector {
    T v1 = 0, v2 = 0, t0 = 0, t1 = 0, t2 = 0;  // t = tau v
};

// Sets beta. Numbers of any size: they are brought to order 1 where their squares would under- or overflow.
template <class T>
SmallReflector<T> make_small_reflector(T x0, T x1, T x2, T& beta) noexcept {
    constexpr T low = sizeof(T) == 8 ? T(0x1p-960) : T(0x1p-90f), high = T(1) / low;
    SmallReflector<T> h;
    beta = x0;
    if (x1 == T(0) && x2 == T(0)) return h;
    T squares = x0 * x0 + (x1 * x1 + x2 * x2);
    int exponent = 0;
    if (!(squares > low && squares < high)) {
        exponent = std::ilogb(std::max({std::fabs(x0), std::fabs(x1), std::fabs(x2)}));
        x0 = std::scalbn(x0, -exponent), x1 = std::scalbn(x1, -exponent), x2 = std::scalbn(x2, -exponent);
        squares = x0 * x0 + (x1 * x1 + x2 * x2);
    }
    beta = -std::copysign(std::sqrt(squares), x0);
    h.t0 = (beta - x0) / beta;
    const T inverse = T(1) / (x0 - beta);
    h.v1 = x1 * inverse, h.v2 = x2 * inverse;
    h.t1 = h.t0 * h.v1, h.t2 = h.t0 * h.v2;
    if (exponent != 0) beta = std::scalbn(beta, exponent);
    return h;
}

// Columns [first, end) of rows r, r + 1 and, if R is 3, r + 2.
template <int R, class T>
void reflect_rows(const SmallReflector<T>& h, Matrix<T> A, index r, index first, index end) noexcept {
    using namespace simd;
    T *a = A.data + r * A.row_stride, *b = a + A.row_stride, *c = b + A.row_stride;
    const Vec<T> v1 = broadcast(h.v1), v2 = broadcast(h.v2), t0 = broadcast(h.t0), t1 = broadcast(h.t1), t2 = broadcast(h.t2);
    const auto reflect = [&](Vec<T>& x, Vec<T>& y, Vec<T>& z) {
        Vec<T> sum = x + v1 * y;
        if constexpr (R == 3) sum += v2 * z;
        x -= t0 * sum, y -= t1 * sum;
        if constexpr (R == 3) z -= t2 * sum;
    };
    index j = first;
    for (; j + lanes<T> <= end; j += lanes<T>) {
        Vec<T> x = load(a + j), y = load(b + j), z = R == 3 ? load(c + j) : Vec<T>{};
        reflect(x, y, z);
        store(a + j, x), store(b + j, y);
        if constexpr (R == 3) store(c + j, z);
    }
    if (const index left = end - j; left > 0) {
        Vec<T> x = load_partial(a + j, left), y = load_partial(b + j, left), z = R == 3 ? load_partial(c + j, left) : Vec<T>{};
        reflect(x, y, z);
        store_partial(a + j, x, left), store_partial(b + j, y, left);
        if constexpr (R == 3) store_partial(c + j, z, left);
    }
}

// Rows [first, end) of columns r, r + 1 and, if R is 3, r + 2.
template <int R, class T>
void reflect_columns(const SmallReflector<T>& h, Matrix<T> A, index r, index first, index end) noexcept {
    T* a = A.data + first * A.row_stride + r;
    for (index i = first; i < end; ++i, a += A.row_stride) {
        T sum = a[0] + h.v1 * a[1];
        if constexpr (R == 3) sum += h.v2 * a[2];
        a[0] -= h.t0 * sum, a[1] -= h.t1 * sum;
        if constexpr (R == 3) a[2] -= h.t2 * sum;
    }
}

// (x, y) <- (c x + s y, c y - s x)
template <class T>
struct PlaneRotation {
    T c = 1, s = 0;
};

template <class T>
void rotate_rows(PlaneRotation<T> q, Matrix<T> A, index r, index first, index end) noexcept {
    T *a = A.data + r * A.row_stride, *b = a + A.row_stride;
    for (index j = first; j < end; ++j) {
        const T x = a[j], y = b[j];
        a[j] = q.c * x + q.s * y, b[j] = q.c * y - q.s * x;
    }
}

template <class T>
void rotate_columns(PlaneRotation<T> q, Matrix<T> A, index r, index first, index end) noexcept {
    T* a = A.data + first * A.row_stride + r;
    for (index i = first; i < end; ++i, a += A.row_stride) {
        const T x = a[0], y = a[1];
        a[0] = q.c * x + q.s * y, a[1] = q.c * y - q.s * x;
    }
}

// standard_block.cpp: the rotation that brings a 2 x 2 block to standard form: upper triangular if its eigenvalues are real, else
// a = d and b c < 0, with eigenvalues a +- i sqrt(-b c). a, b, c, d are changed to that.
template <class T>
PlaneRotation<T> standardise(T& a, T& b, T& c, T& d) noexcept;

// The same for rows and columns i and i + 1 of H, and all that belongs to them.
template <class T>
void standardise_block(const SchurWork<T>& work, index i) noexcept {
    const Matrix<T> H = work.H;
    const PlaneRotation<T> q = standardise(H(i, i), H(i, i + 1), H(i + 1, i), H(i + 1, i + 1));
    if (work.whole) {
        rotate_rows(q, H, i, i + 2, H.cols);
        rotate_columns(q, H, i, 0, i);
    }
    rotate_rows(q, work.Qt, i, 0, work.Qt.cols);
}

// The eigenvalues of the quasi-triangular rows [lo, hi), whose 2 x 2 blocks are standard; of a pair the one above comes first.
template <class T>
void read_eigenvalues(Matrix<T> S, Range range, T* re, T* im) noexcept {
    for (index i = range.lo; i < range.hi; ++i) {
        re[i] = S(i, i), im[i] = T(0);
        if (i + 1 == range.hi || S(i + 1, i) == T(0)) continue;
        re[i + 1] = S(i, i);
        im[i] = std::sqrt(std::fabs(S(i, i + 1))) * std::sqrt(std::fabs(S(i + 1, i)));
        im[i + 1] = -im[i];
        ++i;
    }
}

}  // namespace mlcore::linalg
