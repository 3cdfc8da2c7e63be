// A chunk of rows packed for the gram kernel, and the product that is made of it.
//
//     d columns in blocks of `width`, each block `capacity` rows of `ld` elements, one after the other:
//
//     block 0          block 1
//     +--------+--+    +-----+--+
//     | row 0  |0 |    |     |0 |    the gap of at least one vector is zero: sums and tiles may run into it
//     | row 1  |0 |    |     |0 |
//     +--------+--+    +-----+--+
//
// A block of 192 doubles x 256 rows is 400 KiB: two blocks fit in a 1 MiB L2.
#pragma once

#include <cstdint>

#include "simd/vec.hpp"

namespace mlcore::blas {

// How d columns are cut into blocks.
template <class T>
struct GramBlocks {
#ifdef MLCORE_TINY_BLOCKS
    static constexpr index width = 4 * simd::lanes<T>;
#else
    static constexpr index width = 192;
#endif
    index d, blocks;

    explicit GramBlocks(index d_) noexcept : d(d_), blocks(ceil_div(d_, width)) {}
    index first(index b) const noexcept { return b * width; }
    index cols(index b) const noexcept { return d - first(b) < width ? d - first(b) : width; }
};

template <class T>
struct GramPanel : GramBlocks<T> {
    using GramBlocks<T>::width, GramBlocks<T>::blocks, GramBlocks<T>::cols;
    static constexpr index line = 64 / index(sizeof(T)), max_ld = round_up(width, line) + 2 * line;
    index capacity, ld;
    T* data = nullptr;

    GramPanel(index d, index capacity_) noexcept : GramBlocks<T>(d), capacity(capacity_) {
        ld = row_step(d < width ? d : width);
    }
    // One vector of gap at least, and an odd number of cache lines: rows fall into different cache sets.
    static index row_step(index cols) noexcept {
        const index lines = ceil_div(cols, line) + 1;
        return (lines + (lines % 2 == 0)) * line;
    }
    index size() const noexcept { return blocks * capacity * ld + simd::lanes<T>; }
    index padded() const noexcept { return blocks * ld; }  // length of a vector over the columns, laid out as one row
    void clear_gaps() const noexcept {
        for (index b = 0; b < blocks; ++b)
            for (index p = 0; p < capacity; ++p)
                for (index j = cols(b); j < ld; ++j) row(b, p)[j] = T(0);
    }
    T* row(index b, index p) const noexcept { return data + (b * capacity + p) * ld; }
};

// What is multiplied: a packed panel, or rows of X where they lie.
template <class T>
struct GramRows : GramBlocks<T> {
    const T* data;
    index block_step, ld;  // the first element of block b is data[b * block_step]
    bool padded;           // whole vectors may be read

    GramRows(const GramPanel<T>& P) noexcept
        : GramBlocks<T>(P), data(P.data), block_step(P.capacity * P.ld), ld(P.ld), padded(true) {}
    GramRows(Matrix<const T> X, bool padded_ = false) noexcept
        : GramBlocks<T>(X.cols), data(X.data), block_step(this->width), ld(X.row_stride), padded(padded_) {}

    const T* block(index b) const noexcept { return data + b * block_step; }

    // Vectors do not cross cache lines, and rows are not a multiple of 2 KiB apart, which would fall into few sets of the caches.
    static bool can_be_read_in_place(Matrix<const T> X) noexcept {
        const index row_bytes = X.row_stride * index(sizeof(T));
        const bool begins_at_line = row_bytes % 64 == 0 && reinterpret_cast<std::uintptr_t>(X.data) % 64 == 0;
        return X.col_stride == 1 && begins_at_line && row_bytes % 2048 != 0;
    }
};

// A stretch of memory to bring towards the core while the multiplier is busy.
struct Prefetch {
    const void* begin = nullptr;
    index bytes = 0;
};

// Upper triangle of C (d x d, rows of whole vectors: ldc) += P^T P for the first k rows of P. Elements below the diagonal, and
// beyond column d up to the end of a vector, are written, too, and have no meaning.
template <class T>
void add_products(const GramRows<T>& P, index k, T* C, index ldc, Prefetch next);

}  // namespace mlcore::blas
