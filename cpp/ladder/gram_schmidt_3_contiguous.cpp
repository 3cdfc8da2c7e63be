// Gram-Schmidt, step 3: every column where it can be read from front to back.
//
//     A  m x n            V = A^T  n x m                    Q = V^T
//     . . | . .           . . . . . .
//     . . | . .    ->     ----------->  column 2      ->    the same loops as in step 2, over rows of V
//     . . v . .           . . . . . .
//
// Two transpositions, m n numbers each, and then m n^2 / 2 times two vectors that lie in one piece: all of a cache line is
// used, and the next one is fetched before it is asked for.
//
// Flops  2 m n^2 as before. Loads  4 numbers for 4 flops, but 8 of them (in float64) come with one cache line.
// Memory  m n numbers more, leased from the store of scratch memory.
//
// Next: one number at a time, and each addition of a product waits for the one before it.
#pragma GCC optimize("no-tree-vectorize")

#include <cmath>

#include "core/lease.hpp"
#include "ladder/ladder.hpp"
#include "ladder/steps.hpp"

namespace mlcore::ladder {

template <class T>
void gram_schmidt_contiguous(MatrixIn<T> A, Matrix<T> Q, Matrix<T> R) {
    const index m = A.rows, n = A.cols;
    Lease<T> columns(n * m);
    const Matrix<T> V = row_major(columns.data(), n, m);
    transpose(A, V);
    set_zero(R);
    for (index j = 0; j < n; ++j) {
        if (stopped()) return;
        T* v = V.data + j * m;
        for (index i = 0; i < j; ++i) {
            const T* q = V.data + i * m;
            T r = 0;
            for (index p = 0; p < m; ++p) r += q[p] * v[p];
            for (index p = 0; p < m; ++p) v[p] -= r * q[p];
            R(i, j) = r;
        }
        T squares = 0;
        for (index p = 0; p < m; ++p) squares += v[p] * v[p];
        R(j, j) = std::sqrt(squares);
        for (index p = 0; p < m; ++p) v[p] /= R(j, j);
    }
    transpose<T>(V, Q);
}

template void gram_schmidt_contiguous<float>(Matrix<const float>, Matrix<float>, Matrix<float>);
template void gram_schmidt_contiguous<double>(Matrix<const double>, Matrix<double>, Matrix<double>);

}  // namespace mlcore::ladder
