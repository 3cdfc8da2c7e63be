#include "blas/tile_column.hpp"

#include <utility>

#include "blas/blocking.hpp"
#include "blas/microkernel.hpp"

namespace mlcore::blas {
namespace {

using simd::lanes;

// Asks for the tile's part of C before it is needed, since it may come from memory.
template <class T>
MLCORE_INLINE void bring_tile(T* C, index c_row, int rows, int vectors) noexcept {
#pragma GCC unroll 1
    for (int r = 0; r < rows; ++r, C += c_row)
#pragma GCC unroll 4
        for (int j = 0; j < vectors; ++j) __builtin_prefetch(C + j * lanes<T>, 1, 3);
}

// Rows [i, i + MR) of the column.
template <class T, int MR, int NV>
void tile_row(const TileColumn<T>& c, index i, index last) noexcept {
    constexpr index NR = Blocking<T>::NR;
    const T* A = c.A + i * c.a_row;
    T* C = c.C + i * c.c_row;
    bring_tile(C, c.c_row, MR, NV);
    Tile<T, MR, NV> tile;
    if (c.a_col == 1)  // the usual case: the compiler then needs no product for the address of A[i, p]
        tile.template multiply<false>(c.k, A, c.a_row, 1, c.B, NR, last);
    else
        tile.template multiply<false>(c.k, A, c.a_row, c.a_col, c.B, NR, last);
    tile.update(C, c.c_row, last, c.alpha, c.beta);
}

// The same for MR rows, and meanwhile asks for what is needed later, a share every few steps, since the core keeps only some twenty
// misses in flight: the next panel of B, 5 % for matrices beyond L2; and in the first column, where A comes from memory, the rows
// of the tile below, at whose beginnings the hardware has to start anew: a matrix of order 2000 times 8 columns takes 1.4 instead
// of 2.0 ms. A function of its own: all that it keeps in hand would cost the plain one 60 cycles for each tile.
template <class T, int NV>
void tile_row_ahead(const TileColumn<T>& c, index i, index last) noexcept {
    constexpr index steps = 32, line = 64 / index(sizeof(T)), NR = Blocking<T>::NR;
    constexpr int MR = Blocking<T>::MR;
    static_assert(line % MR == 0);
    const T* A = c.A + i * c.a_row;
    T* C = c.C + i * c.c_row;
    bring_tile(C, c.c_row, MR, NV);
    const index panel = c.k * NR, lines = c.next ? ceil_div(panel * MR * steps, c.m * c.k * line) : 0;
    const T* next = c.next ? c.next + panel * i / c.m : nullptr;
    Tile<T, MR, NV> tile;
    tile.clear();
    index p = 0;
    if (c.first && i + 2 * MR <= c.m)
        for (; p + line <= c.k; p += line)
#pragma GCC unroll 8
            for (int r = 0; r < MR; ++r) {  // a line of each row below, and a share of the terms that a line holds
                constexpr index terms = line / MR;
                const index q = p + r * terms;
                __builtin_prefetch(A + (MR + r) * c.a_row + p, 0, 2);
                tile.template accumulate<false>(terms, A + q, c.a_row, 1, c.B + q * NR, NR, last);
            }
    for (; p < c.k; p += steps) {
        const index terms = c.k - p < steps ? c.k - p : steps;
        for (index l = 0; l < lines; ++l, next += line) __builtin_prefetch(next, 0, 2);
        if (c.a_col == 1)
            tile.template accumulate<false>(terms, A + p, c.a_row, 1, c.B + p * NR, NR, last);
        else
            tile.template accumulate<false>(terms, A + p * c.a_col, c.a_row, c.a_col, c.B + p * NR, NR, last);
    }
    tile.update(C, c.c_row, last, c.alpha, c.beta);
}

template <class T>
using TileRow = void (*)(const TileColumn<T>&, index i, index last) noexcept;

// Every height up to MR has a kernel of its own, so no row is computed for nothing and none needs padding.
template <class T, int NV, int... I>
TileRow<T> kernel_of_height(index rows, std::integer_sequence<int, I...>) noexcept {
    static constexpr TileRow<T> kernels[] = {tile_row<T, I + 1, NV>...};
    return kernels[rows - 1];
}

template <class T, int NV>
TileRow<T> kernel(index rows, bool ahead) noexcept {
    constexpr std::make_integer_sequence<int, Blocking<T>::MR> heights;
    return ahead ? tile_row_ahead<T, NV> : kernel_of_height<T, NV>(rows, heights);
}

template <class T>
TileRow<T> kernel(index rows, index vectors, bool ahead) noexcept {
    static_assert(Blocking<T>::NV == 3);
    return vectors == 1 ? kernel<T, 1>(rows, ahead) : vectors == 2 ? kernel<T, 2>(rows, ahead) : kernel<T, 3>(rows, ahead);
}

}  // namespace

template <class T>
void tile_column(const TileColumn<T>& c) noexcept {
    constexpr index MR = Blocking<T>::MR;
    const index vectors = ceil_div(c.n, lanes<T>), last = c.n - (vectors - 1) * lanes<T>, full_rows = c.m / MR * MR;
    const TileRow<T> full = kernel<T>(MR, vectors, c.next || c.first);
    for (index i = 0; i < full_rows; i += MR) full(c, i, last);
    if (full_rows < c.m) kernel<T>(c.m - full_rows, vectors, false)(c, full_rows, last);
}

template void tile_column<float>(const TileColumn<float>&) noexcept;
template void tile_column<double>(const TileColumn<double>&) noexcept;

}  // namespace mlcore::blas
