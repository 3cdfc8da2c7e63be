// A column of register tiles: C[0:m, 0:n] of up to three vectors' width, A where it lies, B where it lies or packed.
//
// Every height up to MR has a kernel of its own, so no row is computed for nothing and none needs padding; a table finds it.
#pragma once

#include "core/types.hpp"

namespace mlcore::blas {

// The operands of one column of tiles, or of an evenly spaced stack of them (`count` = 1 for a single product).
template <class T>
struct TileColumn {
    index m, n, k;
    const T *A, *B;
    T* C;
    index a_row, a_col, b_row, c_row;
    T alpha, beta;
    bool padded;  // B is packed: whole vectors may be read
    index count = 1, a_step = 0, b_step = 0, c_step = 0;
    const T* next = nullptr;  // with packed B: the panel that comes next, as long as this one, to be brought to L2 meanwhile
};

// C = alpha A B + beta C.
template <class T>
void tile_column(const TileColumn<T>& column) noexcept;

}  // namespace mlcore::blas
