// Gram-Schmidt, step 4: L numbers at a time.
//
//     r_ij = q_i . v          four registers of L sums each       (dot in vectors.hpp)
//     v   <- v - r_ij q_i     L elements for each instruction     (axpy in vectors.hpp)
//
// The loops are those of step 3, said in words. v stays in L1 while the q_i pass by.
//
// Flops  2 m n^2. Loads  4 numbers for 4 flops, L of them at once.
// Bytes  each q_i is read from cache or memory for every later column: m n^2 / 2 numbers, one for each 4 flops. That is
//        what limits this step as soon as Q is larger than a cache.
//
// Next: each q_i is loaded twice for each column, and used for one pair of numbers each time.
#include "core/lease.hpp"
#include "ladder/ladder.hpp"
#include "ladder/steps.hpp"
#include "ladder/vectors.hpp"

namespace mlcore::ladder {

template <class T>
void gram_schmidt_vectorised(MatrixIn<T> A, Matrix<T> Q, Matrix<T> R) {
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
            R(i, j) = dot(m, q, v);
            axpy(m, -R(i, j), q, v);
        }
        R(j, j) = norm(m, v);
        divide(m, v, R(j, j), v);
    }
    transpose<T>(V, Q);
}

template void gram_schmidt_vectorised<float>(Matrix<const float>, Matrix<float>, Matrix<float>);
template void gram_schmidt_vectorised<double>(Matrix<const double>, Matrix<double>, Matrix<double>);

}  // namespace mlcore::ladder
