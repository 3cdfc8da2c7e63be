// The triangle of products of a packed panel.
//
//     C   r ->  \ [ 6 vectors ][ 6 vectors ][..]      a strip of MR = 4 rows starts at its own diagonal element, not at a
//     C r+4 ->    \ [ 6 vectors ][ 5 vectors ]        multiple of the vector length; its tiles are nearly equal in width
//     C r+8 ->      \ ...
//
// For d = 100 doubles on AVX-512 that is 676 multiply-adds of a vector for each row of the panel, where d (d + 1) / 2 needs
// 631 and square 8 x 24 tiles would spend 824.
#include "blas/gram_panel.hpp"

#include "blas/microkernel.hpp"
#include "core/parallel.hpp"

namespace mlcore::blas {
namespace {

using simd::lanes;

// 32 registers: 4x6 = 24 accumulators + 6 + 1.  16 registers: 4x3 = 12 + 3 + 1.
constexpr int MR = 4, NV = simd::vector_registers == 32 ? 6 : 3;

struct Strip {
    index k, ld, ldc;
    int rows;
    const char *fetch, *fetch_end;  // what is left to prefetch
};

// The next chunk of X comes from memory while this one is multiplied: a few lines for every few steps of k, since the
// core keeps only some twenty misses in flight. Left to itself, the packing loop would wait for memory with the multiplier idle.
constexpr index fetch_steps = 16, fetch_lines = 6;

template <class T, int Vectors>
void tile(Strip& s, const T* A, const T* B, T* C, index last) noexcept {
    Tile<T, MR, Vectors> tile;
    tile.clear();
    for (index p = 0; p < s.k; p += fetch_steps) {
        for (index line = 0; line < fetch_lines && s.fetch < s.fetch_end; ++line, s.fetch += 64) __builtin_prefetch(s.fetch, 0, 2);
        tile.template accumulate<false>(s.k - p < fetch_steps ? s.k - p : fetch_steps, A + p * s.ld, 1, s.ld, B + p * s.ld, s.ld,
                                        last);
    }
    tile.update(C, s.ldc, s.rows, last, T(1), T(1));
}

template <class T, int Vectors = NV>
void tile_of(index vectors, Strip& s, const T* A, const T* B, T* C, index last) noexcept {
    if constexpr (Vectors > 1)
        if (vectors < Vectors) return tile_of<T, Vectors - 1>(vectors, s, A, B, C, last);
    tile<T, Vectors>(s, A, B, C, last);
}

// One strip of C: MR columns A of one block against the columns [first, cols) of block B.
template <class T>
void strip(Strip& s, const T* A, const T* B, T* C, index first, index cols) noexcept {
    index vectors = ceil_div(cols - first, lanes<T>);
    for (index tiles = ceil_div(vectors, NV); tiles > 0; --tiles) {
        const index now = ceil_div(vectors, tiles), left = cols - first - (now - 1) * lanes<T>;
        tile_of<T>(now, s, A, B + first, C + first, left < lanes<T> ? left : lanes<T>);
        first += now * lanes<T>;
        vectors -= now;
    }
}

}  // namespace

template <class T>
void add_products(const GramPanel<T>& P, index k, T* C, index ldc, Prefetch next) {
    const double work = P.blocks > 1 ? double(k) * double(P.d) * double(P.d) / 2 : 0;
    parallel_for_work(P.blocks * P.blocks, work, [&](index task, int) {  // a task is a pair of blocks
        const index I = task / P.blocks, J = task % P.blocks;
        if (I > J) return;
        const char* begin = static_cast<const char*>(next.begin);
        Strip s{k, P.ld, ldc, MR, begin, P.blocks == 1 ? begin + next.bytes : begin};
        for (index r = 0; r < P.cols(I); r += MR) {
            s.rows = int(P.cols(I) - r < MR ? P.cols(I) - r : MR);
            strip<T>(s, P.row(I, 0) + r, P.row(J, 0), C + (P.first(I) + r) * ldc + P.first(J), I == J ? r : 0, P.cols(J));
        }
    });
}

template void add_products<float>(const GramPanel<float>&, index, float*, index, Prefetch);
template void add_products<double>(const GramPanel<double>&, index, double*, index, Prefetch);

}  // namespace mlcore::blas
