#include "blas/tile_column.hpp"

#include <utility>

#include "blas/blocking.hpp"
#include "blas/microkernel.hpp"

namespace mlcore::blas {
namespace {

using simd::lanes;

// One tile, B as it lies or packed. With packed B, the tile's part of C is asked for before it is needed, and a share of the
// next panel of B every few steps, since the core keeps only some twenty misses in flight: 5 % for matrices beyond L2.
template <bool Masked, class T, int MR, int NV>
MLCORE_INLINE void multiply(Tile<T, MR, NV>& tile, const TileColumn<T>& c, index i, index a_col, const T* A, const T* B, const T* C,
                            index last) noexcept {
    if (Masked || !c.padded) {
        tile.template multiply<Masked>(c.k, A, c.a_row, a_col, B, c.b_row, last);
        return;
    }
    constexpr index steps = 32, line = 64 / index(sizeof(T));
#pragma GCC unroll 8
    for (int r = 0; r < MR; ++r)
#pragma GCC unroll 4
        for (int j = 0; j < NV; ++j) __builtin_prefetch(C + r * c.c_row + j * simd::lanes<T>, 1, 3);

    const index panel = c.k * c.b_row, lines = c.next ? ceil_div(panel * MR * steps, c.m * c.k * line) : 0;
    const T* next = c.next ? c.next + panel * i / c.m : nullptr;
    tile.clear();
    for (index p = 0; p < c.k; p += steps) {
        for (index l = 0; l < lines; ++l, next += line) __builtin_prefetch(next, 0, 2);
        tile.template accumulate<false>(c.k - p < steps ? c.k - p : steps, A + p * a_col, c.a_row, a_col, B + p * c.b_row, c.b_row,
                                        last);
    }
}

// Rows [i, i + MR) of the column, for each matrix of the stack. The stack is the inner loop: in a product of 3 x 3
// matrices the call itself would cost as much as the arithmetic.
template <class T, int MR, int NV, bool Masked>
void tile_row(const TileColumn<T>& c, index i, index last) noexcept {
    const T *A = c.A + i * c.a_row, *B = c.B;
    T* C = c.C + i * c.c_row;
    for (index s = 0; s < c.count; ++s, A += c.a_step, B += c.b_step, C += c.c_step) {
        Tile<T, MR, NV> tile;
        if (c.a_col == 1)  // the usual case: the compiler then needs no product for the address of A[i, p]
            multiply<Masked>(tile, c, i, 1, A, B, C, last);
        else
            multiply<Masked>(tile, c, i, c.a_col, A, B, C, last);
        tile.update(C, c.c_row, MR, last, c.alpha, c.beta);
    }
}

template <class T>
using TileRow = void (*)(const TileColumn<T>&, index i, index last) noexcept;

template <class T, int NV, bool Masked, int... I>
TileRow<T> kernel_of_height(index rows, std::integer_sequence<int, I...>) noexcept {
    static constexpr TileRow<T> kernels[] = {tile_row<T, I + 1, NV, Masked>...};
    return kernels[rows - 1];
}

template <class T>
TileRow<T> kernel(index rows, index vectors, bool masked) noexcept {
    constexpr std::make_integer_sequence<int, Blocking<T>::MR> heights;
    static_assert(Blocking<T>::NV == 3);
    switch (vectors) {
        case 1: return masked ? kernel_of_height<T, 1, true>(rows, heights) : kernel_of_height<T, 1, false>(rows, heights);
        case 2: return masked ? kernel_of_height<T, 2, true>(rows, heights) : kernel_of_height<T, 2, false>(rows, heights);
        default: return masked ? kernel_of_height<T, 3, true>(rows, heights) : kernel_of_height<T, 3, false>(rows, heights);
    }
}

}  // namespace

template <class T>
void tile_column(const TileColumn<T>& column) noexcept {
    constexpr index MR = Blocking<T>::MR;
    if (column.m == 0) return;
    const index vectors = ceil_div(column.n, lanes<T>), last = column.n - (vectors - 1) * lanes<T>;
    const bool masked = !column.padded && last < lanes<T>;
    const index full_rows = column.m / MR * MR;
    const TileRow<T> full = kernel<T>(MR, vectors, masked);
    const TileRow<T> rest = full_rows < column.m ? kernel<T>(column.m - full_rows, vectors, masked) : nullptr;
    if (column.m <= MR) {  // one tile for each matrix: the whole stack in one call
        (rest ? rest : full)(column, 0, last);
        return;
    }
    TileColumn<T> c = column;  // several tiles: matrix by matrix, so that memory is read and written from front to back
    c.count = 1;
    for (index s = 0; s < column.count; ++s, c.A += c.a_step, c.B += c.b_step, c.C += c.c_step) {
        for (index i = 0; i < full_rows; i += MR) full(c, i, last);
        if (rest) rest(c, full_rows, last);
    }
}

template void tile_column<float>(const TileColumn<float>&) noexcept;
template void tile_column<double>(const TileColumn<double>&) noexcept;

}  // namespace mlcore::blas
