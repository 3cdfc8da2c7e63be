// What trsm and trmm share: which triangle, and a block of it gathered for the base case.
//
// Of the four shapes of the problem only two are left for the kernels to handle. The right side is the left side of the
// transposed equation, X A = B  <=>  A^T X^T = B^T. And a small upper triangle read backwards, last row and column first, is
// a lower one:
//
//     u00 u01 u02                 u22
//         u11 u12     ------>     u12 u11                the rows of B are read backwards too
//             u22                 u02 u01 u00
#pragma once

#include "blas/blas.hpp"
#include "simd/vec.hpp"

namespace mlcore::blas {

constexpr Triangle opposite(Triangle triangle) noexcept {
    return triangle == Triangle::lower ? Triangle::upper : Triangle::lower;
}

template <class T>
struct SmallTriangle {
#ifdef MLCORE_TINY_BLOCKS
    static constexpr index max_size = 4;
#else
    static constexpr index max_size = 32;  // 8 KiB of doubles: half of L1 is left for B
#endif
    static constexpr int NV = 4;  // vectors in a strip of B: as many chains as the latency of the multiply-add
    static constexpr index width = NV * simd::lanes<T>;

    index size;
    T a[max_size][max_size];  // lower triangle

    SmallTriangle(Triangle triangle, Diagonal diagonal, Matrix<const T> A) noexcept : size(A.rows) {
        if (triangle == Triangle::upper) A = backwards(A);
        for (index i = 0; i < size; ++i) {
            for (index j = 0; j < i; ++j) a[i][j] = A(i, j);
            a[i][i] = diagonal == Diagonal::unit ? T(1) : A(i, i);
        }
    }

    // Calls step(X) for each strip of B, copied into X (size x width, missing columns zero) and copied back.
    template <class Step>
    void for_each_strip(Triangle triangle, Matrix<T> B, Step&& step) const noexcept {
        using namespace simd;
        constexpr index L = lanes<T>;
        if (triangle == Triangle::upper) B = {B.data + (B.rows - 1) * B.row_stride, B.rows, B.cols, -B.row_stride, B.col_stride};
        alignas(64) T X[max_size][width];
        for (index j = 0; j < B.cols; j += width) {
            const index cols = B.cols - j < width ? B.cols - j : width, whole = cols / L * L;
            for (index i = 0; i < size; ++i) {
                const T* b = &B(i, j);
                index c = 0;
                if (B.col_stride == 1) {
                    for (; c < whole; c += L) store(X[i] + c, load(b + c));
                    if (c < cols) store(X[i] + c, load_partial(b + c, cols - c));
                    c = round_up(cols, L);
                } else {
                    for (; c < cols; ++c) X[i][c] = b[c * B.col_stride];
                }
                for (; c < width; ++c) X[i][c] = T(0);
            }
            step(X, int(ceil_div(cols, L)));
            for (index i = 0; i < size; ++i) {
                T* b = &B(i, j);
                if (B.col_stride == 1) {
                    for (index c = 0; c < whole; c += L) store(b + c, load(X[i] + c));
                    if (whole < cols) store_partial(b + whole, load(X[i] + whole), cols - whole);
                } else {
                    for (index c = 0; c < cols; ++c) b[c * B.col_stride] = X[i][c];
                }
            }
        }
    }

private:
    static Matrix<const T> backwards(Matrix<const T> A) noexcept {
        return {&A(A.rows - 1, A.cols - 1), A.rows, A.cols, -A.row_stride, -A.col_stride};
    }
};

// Where to cut a triangle of n rows: in half, at a multiple of the base size.
template <class T>
constexpr index cut_of(index n) noexcept {
    return round_up(ceil_div(n, 2), SmallTriangle<T>::max_size);
}

// Columns of B that are solved or multiplied as one task when there are many.
#ifdef MLCORE_TINY_BLOCKS
inline constexpr index triangular_task_columns = 16;
#else
inline constexpr index triangular_task_columns = 256;
#endif

}  // namespace mlcore::blas
