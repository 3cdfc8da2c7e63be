// Gram-Schmidt, step 1: the definition.
//
//     A = Q R,   Q^T Q = I,   R upper triangular;   A and Q (m x n, m >= n), R (n x n)
//
//     r_ij = q_i . a_j   for i < j            how much of a_j lies along each earlier direction
//     v    = a_j - sum over i of r_ij q_i     what is left
//     r_jj = ||v||,   q_j = v / r_jj
//
//     A, Q by rows          a column's next element is a whole row further on in memory:
//     . . | . .             of every cache line that is fetched one number is used
//     . . | . .
//     . . v . .
//
// Flops  2 m n^2: two for each element of q_i, for each pair i < j, twice (product and subtraction).
// Loads  a_j and q_i for the product, q_i and v for the subtraction: 4 numbers for 4 flops, each from another cache line.
// Rounding  each r_ij is taken from the untouched a_j, so the error of one subtraction is never seen by the next. For a
//        condition number kappa of A the columns of Q lose orthogonality as  ||I - Q^T Q|| ~ kappa^2 eps.
//
// Next: measure what is left, not what there was.
//
// Source: L. Giraud, J. Langou, M. Rozloznik, J. van den Eshof, "Rounding error analysis of the classical Gram-Schmidt
// orthogonalization process", Numerische Mathematik 101, 2005.
#pragma GCC optimize("no-tree-vectorize")  // in steps 1 to 3; step 4 is about vectors

#include <cmath>

#include "ladder/ladder.hpp"
#include "ladder/steps.hpp"

namespace mlcore::ladder {

template <class T>
void gram_schmidt_classical(MatrixIn<T> A, Matrix<T> Q, Matrix<T> R) {
    const index m = A.rows, n = A.cols;
    set_zero(R);
    for (index j = 0; j < n; ++j) {
        if (stopped()) return;
        for (index p = 0; p < m; ++p) Q(p, j) = A(p, j);
        for (index i = 0; i < j; ++i) {
            T r = 0;
            for (index p = 0; p < m; ++p) r += Q(p, i) * A(p, j);
            for (index p = 0; p < m; ++p) Q(p, j) -= r * Q(p, i);
            R(i, j) = r;
        }
        T squares = 0;
        for (index p = 0; p < m; ++p) squares += Q(p, j) * Q(p, j);
        R(j, j) = std::sqrt(squares);
        for (index p = 0; p < m; ++p) Q(p, j) /= R(j, j);
    }
}

template void gram_schmidt_classical<float>(Matrix<const float>, Matrix<float>, Matrix<float>);
template void gram_schmidt_classical<double>(Matrix<const double>, Matrix<double>, Matrix<double>);

}  // namespace mlcore::ladder
