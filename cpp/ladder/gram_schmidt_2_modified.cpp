// Gram-Schmidt, step 2: each direction is taken out of what the earlier ones have left.
//
//     v = a_j;     for i < j:   r_ij = q_i . v,   v <- v - r_ij q_i;     r_jj = ||v||,   q_j = v / r_jj
//
// One letter is different: q_i . v instead of q_i . a_j. In exact arithmetic nothing changes, for v and a_j have the same
// part along q_i. In rounded arithmetic v carries the errors made so far, and the later subtractions remove them too:
//
//     ||I - Q^T Q|| ~ kappa eps      instead of      kappa^2 eps
//
// Flops, loads  as in step 1. What is gained is digits, not time.
// Price  the products of one column must now wait for each other: they cannot become one matrix product.
//
// Next: the columns still lie across memory.
//
// Source: A. Bjorck, "Solving linear least squares problems by Gram-Schmidt orthogonalization", BIT 7, 1967.
#pragma GCC optimize("no-tree-vectorize")

#include <cmath>

#include "ladder/ladder.hpp"
#include "ladder/steps.hpp"

namespace mlcore::ladder {

template <class T>
void gram_schmidt_modified(MatrixIn<T> A, Matrix<T> Q, Matrix<T> R) {
    const index m = A.rows, n = A.cols;
    set_zero(R);
    for (index j = 0; j < n; ++j) {
        if (stopped()) return;
        for (index p = 0; p < m; ++p) Q(p, j) = A(p, j);
        for (index i = 0; i < j; ++i) {
            T r = 0;
            for (index p = 0; p < m; ++p) r += Q(p, i) * Q(p, j);
            for (index p = 0; p < m; ++p) Q(p, j) -= r * Q(p, i);
            R(i, j) = r;
        }
        T squares = 0;
        for (index p = 0; p < m; ++p) squares += Q(p, j) * Q(p, j);
        R(j, j) = std::sqrt(squares);
        for (index p = 0; p < m; ++p) Q(p, j) /= R(j, j);
    }
}

template void gram_schmidt_modified<float>(Matrix<const float>, Matrix<float>, Matrix<float>);
template void gram_schmidt_modified<double>(Matrix<const double>, Matrix<double>, Matrix<double>);

}  // namespace mlcore::ladder
