// Reductions down the columns of a row-major matrix: the sum of products, squares or absolute values, or the largest one.
//
//     X  m x d, rows contiguous           acc_j = fold over i of term(x_ij)
//     +-------------------+
//     | 0 ->              |               eight rows are folded together, an eighth of the block apart (see gemv.cpp for the
//     | 1 ->              |               reason), so that the accumulators of a tile of 1024 columns, in L1, are loaded and
//     | ...               |               stored once for eight rows
//     +-------------------+
//
// Going down one column after another would read a whole cache line for each element. Accumulators are double whatever T
// is. Blocks of rows are cut by the shape alone and merged in order.
#pragma once

#include <utility>

#include "core/lease.hpp"
#include "core/parallel.hpp"
#include "simd/vec.hpp"

namespace mlcore::blas {

// Op: `zero`, `combine(a, b)` for vectors and numbers.
// read(i, j, left...) is the vector of terms of row i at column j, of `left` elements if that is given.
// done(j, value) receives the results.
template <class Op, class Read, class Done>
void fold_columns(index rows, index cols, double bytes, Read&& read, Done&& done) {
    using namespace simd;
    constexpr index D = lanes<double>;
#ifdef MLCORE_TINY_BLOCKS
    constexpr index tile = 2 * D, longest = 64, smallest = 16;
    constexpr double task_bytes = 1024;
#else
    constexpr index tile = 1024, longest = 65536, smallest = 256;  // rows of a block
    constexpr double task_bytes = 512 * 1024;
#endif
    const index tiles = ceil_div(cols, tile), wanted = ceil_div(1 + index(bytes / task_bytes), tiles);
    index height = round_up(ceil_div(rows, wanted < 64 ? wanted : 64), 8);
    height = height < smallest ? smallest : height > longest ? longest : height;
    const index blocks = rows > height ? ceil_div(rows, height) : 1, step = round_up(cols, D);

    Lease<double> leased(blocks * step);
    double* partial = leased.data();
    parallel_for_work(blocks * tiles, bytes, [&](index task, int) {
        const index first = task / tiles * height, last = first + height < rows ? first + height : rows;
        const index j0 = task % tiles * tile, width = cols - j0 < tile ? cols - j0 : tile;
        double* acc = partial + task / tiles * step + j0;
        for (index j = 0; j < width; j += D) store(acc + j, broadcast(Op::zero));
        const auto fold = [&]<index... r>(std::integer_sequence<index, r...>, index i, index apart) {
            const auto at = [&](index j, auto... left) {
                Vec<double> value = broadcast(Op::zero);
                ((value = Op::combine(value, read(i + r * apart, j0 + j, left...))), ...);
                store(acc + j, Op::combine(load(acc + j), value));
            };
            index j = 0;
            for (; j + D <= width; j += D) at(j);
            if (j < width) at(j, width - j);
        };
        const index eighth = (last - first) / 8;
        for (index i = first; i < first + eighth; ++i) fold(std::make_integer_sequence<index, 8>(), i, eighth);
        for (index i = first + 8 * eighth; i < last; ++i) fold(std::make_integer_sequence<index, 1>(), i, 0);
    });
    for (index j = 0; j < cols; ++j) {
        double value = partial[j];
        for (index block = 1; block < blocks; ++block) value = Op::combine(value, partial[block * step + j]);
        done(j, value);
    }
}

struct Add {
    static constexpr double zero = 0;
    template <class V>
    MLCORE_INLINE static V combine(V a, V b) noexcept { return a + b; }
};

// The larger of two magnitudes; NaN if either is.
struct Larger {
    static constexpr double zero = 0;
    template <class V>
    MLCORE_INLINE static V combine(V a, V b) noexcept {
        const V larger = a < b ? b : a;  // a if either is NaN
        return b != b ? b : larger;
    }
};

}  // namespace mlcore::blas
