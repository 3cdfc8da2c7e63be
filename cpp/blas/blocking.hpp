// Tile and block sizes of the matrix product, and the caches they are made for.
//
//     registers   C tile        MR x NV vectors     see microkernel.hpp for the register count
//     L1          B micropanel  KC x NR             read once for each row tile of the block of A
//     L2          A block       MC x KC             128 x 256 doubles = 256 KiB: a quarter of a 1 MiB L2
//     L3          B panel       KC x NC             256 x 3072 doubles = 6 MiB
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
#ifdef MLCORE_TINY_BLOCKS
    static constexpr index KC = 12;
    static constexpr index MC = 2 * MR;
    static constexpr index NC = 2 * NR;
    static constexpr index small = 6;
    static constexpr index split_k = 3 * KC;
#else
    static constexpr index KC = 256;
    static constexpr index MC = 128;
    static constexpr index NC = round_up(3072, NR);
    // B up to small x small, or as many multiply-adds as a product of that size: packing costs more than it saves.
    static constexpr index small = 128;
    // A product with a small result and a sum longer than this is cut along k, so that all threads get a share.
    static constexpr index split_k = 16 * KC;
#endif
    static_assert(MC % MR == 0 && NC % NR == 0);
    static_assert(MC * KC * sizeof(T) <= 256 * 1024, "the block of A leaves room in L2");
};

template <class T>
constexpr bool is_small_product(index m, index n, index k) noexcept {
    constexpr index small = Blocking<T>::small;
    return k <= 2 * Blocking<T>::KC && (k * n <= small * small || m * n * k <= small * small * small);
}

}  // namespace mlcore::blas
