// LU, step 1: Gaussian elimination with partial pivoting, the loops in the order k, i, j.
//
//     P A = L U        P: rows exchanged,  L: unit lower triangular, |l_ik| <= 1,  U: upper triangular;   all n x n
//
//     for each column k:   the row with the largest |u_ik|, i >= k, becomes row k               the pivot
//                          l_ik = u_ik / u_kk,   row i of U  -=  l_ik (row k of U)   for i > k
//
//     u u u u u        k = 2: the rest of the square is read and written once for each k, along its rows
//       u u u u
//         k ---->
//         . x x x
//         . x x x
//
// Flops  2/3 n^3. Loads  u_ij and u_kj and a store of u_ij for two flops; n^3 / 3 of each.
// Rounding  |A - P^T L U| <= n eps P^T |L| |U|, and |U| stays of the size of A but for rare matrices: because of the exchanges no
//        multiplier is larger than 1. Without them  | 1e-20 1 |  gives L = | 1    0 |,  U = | 1e-20  1     |,
//                                                   |   1   1 |            | 1e20 1 |       |   0   -1e20  |
//        whose product has a 0 where A has a 1.
//
// Next: many columns of the square at a time.
//
// Source: G. Golub, C. Van Loan, "Matrix Computations", 4th ed., section 3.4; N. Higham, "Accuracy and Stability of
// Numerical Algorithms", 2nd ed., SIAM 2002, theorem 9.3.
#pragma GCC optimize("no-tree-vectorize")  // step 2 is about vectors

#include "ladder/elimination.hpp"
#include "ladder/ladder.hpp"
#include "ladder/steps.hpp"

namespace mlcore::ladder {

template <class T>
void lu_textbook(MatrixIn<T> A, index* order, Matrix<T> L, Matrix<T> U) {
    const index n = A.rows;
    copy(A, U);
    set_identity(L);
    for (index i = 0; i < n; ++i) order[i] = i;
    for (index k = 0; k < n; ++k) {
        if (stopped()) return;
        exchange(largest_below<T>(U, k), k, order, L, U);
        if (U(k, k) == T(0)) continue;  // nothing to eliminate: all of the column is zero
        const T* u_k = &U(k, 0);
        for (index i = k + 1; i < n; ++i) {
            T* u_i = &U(i, 0);
            const T l = L(i, k) = u_i[k] / u_k[k];
            u_i[k] = T(0);
            for (index j = k + 1; j < n; ++j) u_i[j] -= l * u_k[j];
        }
    }
}

template void lu_textbook<float>(Matrix<const float>, index*, Matrix<float>, Matrix<float>);
template void lu_textbook<double>(Matrix<const double>, index*, Matrix<double>, Matrix<double>);

}  // namespace mlcore::ladder
