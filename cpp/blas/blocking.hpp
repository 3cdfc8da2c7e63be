// Tile and block sizes of the matrix product, and the caches they are made for.
//
//     registers   C tile        MR x NV vectors     see microkernel.hpp for the register count
//     L1, L2      B micropanel  KC x NR             512 x 24 doubles = 96 KiB, read once for each row tile of the block of A
//     L2          A block       MC x KC             128 x 512 doubles = 512 KiB: half of a 1 MiB L2
//     L3          B panel       KC x NC             512 x 1536 doubles = 6 MiB
//
// KC is so deep because C is read and written once for each KC terms, and C comes from memory.
//
// A build with MLCORE_TINY_BLOCKS shrinks the blocks, so that matrices of a few dozen rows reach every loop and edge.
#pragma once

#include "simd/vec.hpp"

namespace mlcore::blas {

template <class T>
struct Blocking {
    static constexpr int L = simd::lanes<T>;
    // 32 registers: 8x3 = 24 accumulators + 3 + 1.  16 registers: 4x3 = 12 + 3 + 1.
    static constexpr int NV = 3;
    static constexpr int MR = simd::vector_registers == 32 ? 8 : 4;
    static constexpr int NR = NV * L;
    // Tiles of B as it lies, wide and low: 4x6 or 4x3 accumulators. One vector alone needs 8 rows to keep the multiplier busy.
    static constexpr int direct_vectors = simd::vector_registers == 32 ? 6 : 3;
    static constexpr int direct_rows(int vectors) { return vectors == 1 ? 8 : 4; }
#ifdef MLCORE_TINY_BLOCKS
    static constexpr index KC = 12;
    static constexpr index MC = 2 * MR;
    static constexpr index NC = 2 * NR;
    static constexpr index small = 6;
    static constexpr index split_k = 3 * KC, split_c = KC * KC;
#else
    static constexpr index KC = 512;
    static constexpr index MC = simd::vector_registers == 32 ? 128 : 64;  // CPUs without AVX-512 have half the L2
    static constexpr index NC = round_up(1536, NR);
    // B up to small x small, or as many multiply-adds as a product of that size: packing costs more than it saves.
    static constexpr index small = 128;
    // A product of at most split_c elements, sums longer than split_k, is cut along k, so that all threads get a share.
    static constexpr index split_k = 4096, split_c = 256 * 256;
#endif
    static_assert(MC % MR == 0 && NC % NR == 0);
    static_assert(MC * KC * sizeof(T) <= 512 * 1024, "the block of A leaves room in L2");
};

template <class T>
constexpr bool is_small_product(index m, index n, index k) noexcept {
    constexpr index small = Blocking<T>::small;
    return k <= Blocking<T>::KC && (k * n <= small * small || m * n * k <= small * small * small);
}

}  // namespace mlcore::blas
