// copy: Y = X for views of any strides, which is also the transpose.
//
// Rows that are contiguous on both sides are moved whole. Otherwise the matrix is walked in square blocks of 16, so
// that both the lines read and the lines written stay in L1 while they are used. Bytes: one read, one write of each element.
#include <cstring>

#include "blas/blas.hpp"

namespace mlcore::blas {

template <class T>
void copy(MatrixIn<T> X, Matrix<T> Y) noexcept {
    constexpr index block = 16;
    if (X.col_stride == 1 && Y.col_stride == 1) {
        for (index i = 0; i < X.rows; ++i)
            std::memcpy(Y.data + i * Y.row_stride, X.data + i * X.row_stride, std::size_t(X.cols) * sizeof(T));
        return;
    }
    for (index i0 = 0; i0 < X.rows; i0 += block)
        for (index j0 = 0; j0 < X.cols; j0 += block)
            for (index i = i0; i < i0 + block && i < X.rows; ++i)
                for (index j = j0; j < j0 + block && j < X.cols; ++j) Y(i, j) = X(i, j);
}

template void copy<float>(Matrix<const float>, Matrix<float>) noexcept;
template void copy<double>(Matrix<const double>, Matrix<double>) noexcept;

}  // namespace mlcore::blas
