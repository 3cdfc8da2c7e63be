// Cholesky, step 1: column after column, as one does it on paper.
//
//     A = L L^T,   A symmetric and positive definite, L lower triangular;   both n x n, of A the lower triangle is read
//
//     l_jj = sqrt(a_jj),   l_ij = a_ij / l_jj  for i > j         column j of L
//     a_ik <- a_ik - l_ij l_kj                for j < k <= i     taken out of every column to its right
//
//     L, by rows            the inner loop walks down column k: each element lies in another cache line,
//     x                     whose other elements are gone again by the time they are wanted
//     | x
//     | | x
//     v v v x
//
// Flops  n^3 / 3 in every step of this ladder: half of LU's, for only one triangle is computed.
// Loads  a_ik, l_ij and a store of a_ik for two flops, all across memory.
// Rounding  |A - L L^T| <= (n + 1) eps |L| |L^T| whatever the order of the sums: no pivoting is needed. A root of something
//        negative, or zero, says that A is not positive definite.
//
// Next: the same sums along the rows.
//
// Source: G. Golub, C. Van Loan, "Matrix Computations", 4th ed., algorithm 4.2.2; N. Higham, "Accuracy and Stability of
// Numerical Algorithms", 2nd ed., SIAM 2002, theorem 10.3.
#pragma GCC optimize("no-tree-vectorize")  // in steps 1 and 2; step 3 is about vectors

#include <cmath>

#include "ladder/ladder.hpp"
#include "ladder/steps.hpp"

namespace mlcore::ladder {

template <class T>
void cholesky_naive(MatrixIn<T> A, Matrix<T> L) {
    const index n = A.rows;
    copy_lower(A, L);
    for (index j = 0; j < n; ++j) {
        if (stopped()) return;
        L(j, j) = std::sqrt(L(j, j));
        for (index i = j + 1; i < n; ++i) L(i, j) /= L(j, j);
        for (index k = j + 1; k < n; ++k)
            for (index i = k; i < n; ++i) L(i, k) -= L(i, j) * L(k, j);
    }
}

template void cholesky_naive<float>(Matrix<const float>, Matrix<float>);
template void cholesky_naive<double>(Matrix<const double>, Matrix<double>);

}  // namespace mlcore::ladder
