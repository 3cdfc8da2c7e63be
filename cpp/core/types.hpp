// Views: how every kernel sees a vector or a matrix.
//
// A view owns nothing. It is a pointer, sizes, and strides counted in elements, so that a transpose, a block,
// a reversed vector or every third column of a NumPy array are all views of the same memory:
//
//     element (i, j) of A  lies at  A.data[i * A.row_stride + j * A.col_stride]
//
// Kernels take what they read as `Matrix<const T>` / `Vector<const T>` and what they write as `Matrix<T>` / `Vector<T>`.
#pragma once

#include <cstddef>
#include <type_traits>

namespace mlcore {

using index = std::ptrdiff_t;  // sizes, strides and loop counters: signed, as wide as a pointer

constexpr index ceil_div(index a, index b) noexcept { return (a + b - 1) / b; }
constexpr index round_up(index a, index b) noexcept { return ceil_div(a, b) * b; }

template <class T>
struct Vector {
    T* data;
    index size;
    index stride = 1;

    T& operator[](index i) const noexcept { return data[i * stride]; }
    bool contiguous() const noexcept { return stride == 1; }
    Vector part(index first, index count) const noexcept { return {data + first * stride, count, stride}; }
    operator Vector<const T>() const noexcept { return {data, size, stride}; }
};

template <class T>
struct Matrix {
    T* data;
    index rows, cols;
    index row_stride, col_stride;

    T& operator()(index i, index j) const noexcept { return data[i * row_stride + j * col_stride]; }
    Matrix block(index i, index j, index m, index n) const noexcept {
        return {data + i * row_stride + j * col_stride, m, n, row_stride, col_stride};
    }
    Matrix shifted(index offset) const noexcept { return {data + offset, rows, cols, row_stride, col_stride}; }
    Matrix transposed() const noexcept { return {data, cols, rows, col_stride, row_stride}; }
    Vector<T> row(index i) const noexcept { return {data + i * row_stride, cols, col_stride}; }
    Vector<T> col(index j) const noexcept { return {data + j * col_stride, rows, row_stride}; }
    Vector<T> diagonal() const noexcept { return {data, rows < cols ? rows : cols, row_stride + col_stride}; }
    bool rows_contiguous() const noexcept { return col_stride == 1; }
    operator Matrix<const T>() const noexcept { return {data, rows, cols, row_stride, col_stride}; }
};

// A row-major matrix without gaps.
template <class T>
constexpr Matrix<T> row_major(T* data, index rows, index cols) noexcept {
    return {data, rows, cols, cols, 1};
}

// Read-only arguments of kernel templates: T is deduced from what the kernel writes, so that a `Matrix<T>` can be
// passed where a `Matrix<const T>` is read.
template <class T>
using MatrixIn = std::type_identity_t<Matrix<const T>>;
template <class T>
using VectorIn = std::type_identity_t<Vector<const T>>;
template <class T>
using Scalar = std::type_identity_t<T>;

}  // namespace mlcore
