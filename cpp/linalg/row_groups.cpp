// multiply_groups: rows are copied by group, side by side, and multiplied back to where they came from.
#include "linalg/row_groups.hpp"

#include <algorithm>

#include "blas/blas.hpp"

namespace mlcore::linalg {

template <class T>
void multiply_groups(const RowGroups& groups, Matrix<T> Zt, index left_cols, Matrix<const T> factors, T* spare) {
    const index count = groups.count, right_cols = Zt.cols - left_cols;
    const Matrix<T> left = row_major(spare, groups.full_end, left_cols);
    const Matrix<T> right = row_major(left.data + left.rows * left_cols, count - groups.full_begin, right_cols);
    const Matrix<T> deflated = row_major(right.data + right.rows * right_cols, groups.n - count, Zt.cols);
    for_each_row(groups.n, double(Zt.cols) * sizeof(T), [&](index i) {
        if (i >= count) {
            std::copy_n(&Zt(groups.row[groups.deflated[i - count]], 0), Zt.cols, &deflated(i - count, 0));
            return;
        }
        const index pole = groups.kept[i], to = groups.position[i];
        const T* row = &Zt(groups.row[pole], 0);
        if (groups.place[pole] != Place::right) std::copy_n(row, left_cols, &left(to, 0));
        if (groups.place[pole] != Place::left) std::copy_n(row + left_cols, right_cols, &right(to - groups.full_begin, 0));
    });
    blas::gemm<T>(T(1), factors.block(0, 0, count, left.rows), left, T(0), Zt.block(0, 0, count, left_cols));
    blas::gemm<T>(T(1), factors.block(0, groups.full_begin, count, right.rows), right, T(0), Zt.block(0, left_cols, count, right_cols));
    blas::copy<T>(deflated, Zt.block(count, 0, groups.n - count, Zt.cols));
}

template void multiply_groups<float>(const RowGroups&, Matrix<float>, index, Matrix<const float>, float*);
template void multiply_groups<double>(const RowGroups&, Matrix<double>, index, Matrix<const double>, double*);

}  // namespace mlcore::linalg
