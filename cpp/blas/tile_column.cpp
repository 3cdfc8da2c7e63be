#include "blas/tile_column.hpp"

#include <utility>

#include "blas/blocking.hpp"
#include "blas/microkernel.hpp"

namespace mlcore::blas {
namespace {

using simd::lanes;

// Rows [i, i + MR) of the column. The tile's part of C is asked for before it is needed, and a share of the next panel of B
// every few steps, since the core keeps only some twenty misses in flight: 5 % for matrices beyond L2. In the first column A
// comes from memory, and each tile asks for the rows of the one below it, at whose beginnings the hardware has to start anew:
// a matrix of order 2000 times 8 columns takes 1.4 instead of 2.0 ms.
template <class T, int MR, int NV>
MLCORE_INLINE void multiply(const TileColumn<T>& c, index i, index a_col, index last) noexcept {
    constexpr index steps = 32, line = 64 / index(sizeof(T)), NR = Blocking<T>::NR;
    static_assert(line % Blocking<T>::MR == 0);
    const T* A = c.A + i * c.a_row;
    T* C = c.C + i * c.c_row;
    const T* row = C;
#pragma GCC unroll 1
    for (int r = 0; r < MR; ++r, row += c.c_row)
#pragma GCC unroll 4
        for (int j = 0; j < NV; ++j) __builtin_prefetch(row + j * lanes<T>, 1, 3);

    const index panel = c.k * NR, lines = c.next ? ceil_div(panel * MR * steps, c.m * c.k * line) : 0;
    const T* next = c.next ? c.next + panel * i / c.m : nullptr;
    Tile<T, MR, NV> tile;
    tile.clear();
    index p = 0;
    if constexpr (MR == Blocking<T>::MR)
        if (c.first && i + 2 * MR <= c.m)
            for (; p + line <= c.k; p += line)
#pragma GCC unroll 8
                for (int r = 0; r < MR; ++r) {  // a line of each row below, and a share of the terms that a line holds
                    constexpr index terms = line / MR;
                    const index q = p + r * terms;
                    __builtin_prefetch(A + (MR + r) * c.a_row + p, 0, 2);
                    tile.template accumulate<false>(terms, A + q * a_col, c.a_row, a_col, c.B + q * NR, NR, last);
                }
    for (; p < c.k; p += steps) {
        for (index l = 0; l < lines; ++l, next += line) __builtin_prefetch(next, 0, 2);
        tile.template accumulate<false>(c.k - p < steps ? c.k - p : steps, A + p * a_col, c.a_row, a_col, c.B + p * NR, NR, last);
    }
    tile.update(C, c.c_row, last, c.alpha, c.beta);
}

template <class T, int MR, int NV>
void tile_row(const TileColumn<T>& c, index i, index last) noexcept {
    if (c.a_col == 1)  // the usual case: the compiler then needs no product for the address of A[i, p]
        multiply<T, MR, NV>(c, i, 1, last);
    else
        multiply<T, MR, NV>(c, i, c.a_col, last);
}

template <class T>
using TileRow = void (*)(const TileColumn<T>&, index i, index last) noexcept;

// Every height up to MR has a kernel of its own, so no row is computed for nothing and none needs padding.
template <class T, int NV, int... I>
TileRow<T> kernel_of_height(index rows, std::integer_sequence<int, I...>) noexcept {
    static constexpr TileRow<T> kernels[] = {tile_row<T, I + 1, NV>...};
    return kernels[rows - 1];
}

template <class T>
TileRow<T> kernel(index rows, index vectors) noexcept {
    constexpr std::make_integer_sequence<int, Blocking<T>::MR> heights;
    static_assert(Blocking<T>::NV == 3);
    switch (vectors) {
        case 1: return kernel_of_height<T, 1>(rows, heights);
        case 2: return kernel_of_height<T, 2>(rows, heights);
        default: return kernel_of_height<T, 3>(rows, heights);
    }
}

}  // namespace

template <class T>
void tile_column(const TileColumn<T>& c) noexcept {
    constexpr index MR = Blocking<T>::MR;
    const index vectors = ceil_div(c.n, lanes<T>), last = c.n - (vectors - 1) * lanes<T>, full_rows = c.m / MR * MR;
    const TileRow<T> full = kernel<T>(MR, vectors);
    for (index i = 0; i < full_rows; i += MR) full(c, i, last);
    if (full_rows < c.m) kernel<T>(c.m - full_rows, vectors)(c, full_rows, last);
}

template void tile_column<float>(const TileColumn<float>&) noexcept;
template void tile_column<double>(const TileColumn<double>&) noexcept;

}  // namespace mlcore::blas
