// The product at the end of a merge of two halves, for eigenvectors and singular vectors alike. Vectors are rows (Zt). A row
// of the first half is zero in the columns of the second, and the other way round; only rows that deflation has rotated
// together are full. Sorted by this, the product has two blocks, of half the work:
//
//                     rows kept        | X . |  left
//     Zt  <-  F    x  and sorted  =    | X X |  full        left columns:   F[:, left + full] x (left + full)
//                                      | . X |  right       right columns:  F[:, full + right] x (full + right)
//
// The rows of deflated poles follow unchanged.
//
// Source: J. Rutter, "A Serial Implementation of Cuppen's Divide and Conquer Algorithm", LAPACK Working Note 69, 1994.
#pragma once

#include <algorithm>

#include "core/parallel.hpp"
#include "core/types.hpp"

namespace mlcore::linalg {

// In which columns a row of Zt is not zero: those of the first half, all, those of the second.
enum class Place : signed char { left, full, right };

// The n poles of a secular equation, in ascending order.
struct RowGroups {
    index n;
    const index* row;                  // of Zt
    const Place* place;
    index count;                       // poles kept
    const index *kept, *deflated;      // their numbers
    index* position;                   // of a kept pole among those sorted by place
    index full_begin = 0, full_end = 0;

    void sort() noexcept {
        index counts[3] = {};
        for (index i = 0; i < count; ++i) ++counts[int(place[kept[i]])];
        full_begin = counts[0];
        full_end = counts[0] + counts[1];
        index next[3] = {0, full_begin, full_end};
        for (index i = 0; i < count; ++i) position[i] = next[int(place[kept[i]])]++;
    }
};

// Zt: n rows; the first `left_cols` columns belong to the first half. factors: count x count, columns sorted. spare: as large
// as Zt.
template <class T>
void multiply_groups(const RowGroups& groups, Matrix<T> Zt, index left_cols, Matrix<const T> factors, T* spare);

// body(i) for i < count, shared between threads; `work`: multiply-adds or bytes of one.
template <class Body>
void for_each_row(index count, double work, Body&& body) {
#ifdef MLCORE_TINY_BLOCKS
    constexpr index rows_per_task = 2;
#else
    constexpr index rows_per_task = 16;
#endif
    parallel_for_work(ceil_div(count, rows_per_task), double(count) * work, [&](index task, int) {
        const index first = task * rows_per_task, last = first + rows_per_task < count ? first + rows_per_task : count;
        for (index i = first; i < last; ++i) body(i);
    });
}

// order: 0 ... n-1 by ascending d.
inline void sort_order(index n, const double* d, index* order) noexcept {
    for (index i = 0; i < n; ++i) order[i] = i;
    std::sort(order, order + n, [d](index i, index j) { return d[i] < d[j] || (d[i] == d[j] && i < j); });
}

template <class T>
void rotate_rows(index count, T* p, T* j, T c, T s) noexcept {
    for (index i = 0; i < count; ++i) {
        const T x = p[i], y = j[i];
        p[i] = c * x + s * y;
        j[i] = c * y - s * x;
    }
}

}  // namespace mlcore::linalg
