// split_factors, exchanged_rows: L, U and the permutation, each by itself, from what `lu` leaves packed in one array.
//
//     m >= n: packed in L     | u u |        | 1 0 |     | u u |          m < n: packed in U, likewise
//                             | l u |  -->   | l 1 |  ,  | 0 u |
//                             | l l |        | l l |
//
// Contract: rows of L (m x k) and U (k x n), k = min(m, n), are contiguous. Bytes: one pass over both.
#include <algorithm>
#include <utility>

#include "core/parallel.hpp"
#include "linalg/linalg.hpp"

namespace mlcore::linalg {

template <class T>
void split_factors(Matrix<T> L, Matrix<T> U) {
    constexpr index block = 64;
    const index m = L.rows, n = U.cols, k = L.cols;
    parallel_for_work(ceil_div(k, block), double(sizeof(T)) * double(k) * double(n), [&](index task, int) {
        for (index i = task * block; i < k && i < (task + 1) * block; ++i) {
            T *l = &L(i, 0), *u = &U(i, 0);
            if (m >= n)
                std::copy(l + i, l + n, u + i);
            else
                std::copy(u, u + i, l);
            std::fill(u, u + i, T(0));
            l[i] = T(1);
            std::fill(l + i + 1, l + k, T(0));
        }
    });
}

// The exchanges in their order: row i with row pivots[i] >= i.
bool exchanged_rows(const index* pivots, index count, index* rows, index m) noexcept {
    bool odd = false;
    for (index i = 0; i < m; ++i) rows[i] = i;
    for (index i = 0; i < count; ++i)
        if (pivots[i] != i) std::swap(rows[i], rows[pivots[i]]), odd = !odd;
    return odd;
}

template void split_factors<float>(Matrix<float>, Matrix<float>);
template void split_factors<double>(Matrix<double>, Matrix<double>);

}  // namespace mlcore::linalg
