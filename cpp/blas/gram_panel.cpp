// The triangle of products of a panel.
//
//     C   r ->  [\ ][ 6 vectors  ][ 6 vectors  ]     columns are cut from the right, strips of MR = 4 rows begin at the vector
//     C r+4 ->  [ \][ 6 vectors  ][ 6 vectors  ]     of their own diagonal element: only the tile next to the diagonal is
//     C r+8 ->      [\ 6 vectors ][ 6 vectors  ]     narrower
//
// All strips are multiplied with one column of tiles before the next column is taken, so that its part of the panel stays
// close. Tiles begin at whole vectors of the panel: loads that cross cache lines would cost a fifth to a third of the speed.
// For d = 100 doubles on AVX-512 that is 724 multiply-adds of a vector for each row of the panel, where d (d + 1) / 2
// needs 631 and square 8 x 24 tiles would spend 824.
#include "blas/gram_panel.hpp"

#include "blas/microkernel.hpp"
#include "core/parallel.hpp"

namespace mlcore::blas {
namespace {

using simd::lanes;

// 32 registers: 4x6 = 24 accumulators + 6 + 1.  16 registers: 4x3 = 12 + 3 + 1.
constexpr int MR = 4, NV = simd::vector_registers == 32 ? 6 : 3;
static_assert(GramBlocks<double>::width % MR == 0, "only the last block has a strip that is not whole");

struct Strip {
    index k, ld, ldc;
    bool padded;
    const char *fetch, *fetch_end;  // what is left to prefetch
};

// The next chunk of X comes from memory while this one is multiplied: a few lines for every few steps of k, since the
// core keeps only some twenty misses in flight. Left to itself, the packing loop would wait for memory with the multiplier idle.
constexpr index fetch_steps = 16, fetch_lines = 6;

template <class T, int Rows, int Vectors, bool Masked>
void tile(Strip& s, const T* A, const T* B, T* C, index last) noexcept {
    Tile<T, Rows, Vectors> tile;
    tile.clear();
    for (index p = 0; p < s.k; p += fetch_steps) {
        for (index line = 0; line < fetch_lines && s.fetch < s.fetch_end; ++line, s.fetch += 64) __builtin_prefetch(s.fetch, 0, 2);
        tile.template accumulate<Masked>(s.k - p < fetch_steps ? s.k - p : fetch_steps, A + p * s.ld, 1, s.ld, B + p * s.ld, s.ld,
                                         last);
    }
    tile.update(C, s.ldc, last, T(1), T(1));
}

// The tile of MR rows and the columns [first, end), of which `last` of the last vector exist.
template <class T, int Vectors = NV>
void tile_of(Strip& s, const T* A, const T* B, T* C, index first, index end, index last) noexcept {
    if constexpr (Vectors > 1)
        if (end - first <= (Vectors - 1) * lanes<T>) return tile_of<T, Vectors - 1>(s, A, B, C, first, end, last);
    if (last == lanes<T>)
        tile<T, MR, Vectors, false>(s, A, B + first, C + first, last);
    else
        tile<T, MR, Vectors, true>(s, A, B + first, C + first, last);
}

// The end of the diagonal: `rows` < MR columns of X against each other.
template <class T, int Rows = MR - 1>
void corner(index rows, Strip& s, const T* A, T* C) noexcept {
    if constexpr (Rows > 1)
        if (rows < Rows) return corner<T, Rows - 1>(rows, s, A, C);
    constexpr int vectors = int(ceil_div(Rows, lanes<T>));
    tile<T, Rows, vectors, true>(s, A, A, C, Rows - (vectors - 1) * lanes<T>);
}

}  // namespace

template <class T>
void add_products(const GramRows<T>& P, index k, T* C, index ldc, Prefetch next) {
    const index blocks = P.blocks;
    const double work = blocks > 1 ? double(k) * double(P.d) * double(P.d) / 2 : 0;
    parallel_for_work(blocks * blocks, work, [&](index task, int) {  // a task is a pair of blocks
        const index I = task / blocks, J = task % blocks;
        if (I > J) return;
        const char* begin = static_cast<const char*>(next.begin);
        Strip s{k, P.ld, ldc, P.padded, begin, blocks == 1 ? begin + next.bytes : begin};
        const T *A = P.block(I), *B = P.block(J);
        T* C_IJ = C + P.first(I) * ldc + P.first(J);
        const index rows = P.cols(I), cols = P.cols(J), whole = rows / MR * MR, edge = round_up(cols, lanes<T>);
        for (index end = edge; end > 0; end -= NV * lanes<T>) {
            const index begin = end > NV * lanes<T> ? end - NV * lanes<T> : 0;
            const index last = lanes<T> - (end == edge && !P.padded ? edge - cols : 0);
            for (index r = 0; r < whole && (I != J || r < end); r += MR)
                tile_of<T>(s, A + r, B, C_IJ + r * ldc, I == J && r > begin ? r / lanes<T> * lanes<T> : begin, end, last);
        }
        if (whole < rows) corner<T>(rows - whole, s, A + whole, C_IJ + whole * ldc + whole);
    });
}

template void add_products<float>(const GramRows<float>&, index, float*, index, Prefetch);
template void add_products<double>(const GramRows<double>&, index, double*, index, Prefetch);

}  // namespace mlcore::blas
