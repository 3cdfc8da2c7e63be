// A column of register tiles: C[0:m, 0:n] of up to three vectors' width, A where it lies, B packed.
#pragma once

#include "core/types.hpp"

namespace mlcore::blas {

template <class T>
struct TileColumn {
    index m, n, k;
    const T *A, *B;
    T* C;
    index a_row, a_col, c_row;
    T alpha, beta;
    const T* next;  // the panel of B that comes next, as long as this one, to be brought to L2 meanwhile; or null
    bool first;     // A, contiguous along its rows, has not been read by another column: it comes from memory
};

// C = alpha A B + beta C.
template <class T>
void tile_column(const TileColumn<T>& column) noexcept;

}  // namespace mlcore::blas
