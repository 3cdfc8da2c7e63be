// Cholesky, step 2: row after row.
//
//     l_ij = (a_ij - sum over p < j of l_ip l_jp) / l_jj   for j < i,        l_ii = sqrt(a_ii - sum over p < i of l_ip^2)
//
//     row j   ------>  x           one row of L times another, as far as column j: both are read from front to back,
//                                  and l_ij is stored once, when it is finished
//     row i   ------>  ?
//
// The products and their sums are those of step 1, term by term; what changed is when they are done. Step 1 takes column j
// out of everything to its right as soon as it is known ("right-looking"); here each element collects what concerns it when
// its turn comes ("left-looking").
//
// Flops  n^3 / 3. Loads  two for two flops, along rows, and no stores.
//
// Next: one number at a time, and each addition waits for the one before it.
#pragma GCC optimize("no-tree-vectorize")

#include <cmath>

#include "ladder/ladder.hpp"
#include "ladder/steps.hpp"

namespace mlcore::ladder {

template <class T>
void cholesky_rows(MatrixIn<T> A, Matrix<T> L) {
    const index n = A.rows;
    set_zero(L);
    for (index i = 0; i < n; ++i) {
        if (stopped()) return;
        const T* l_i = &L(i, 0);
        for (index j = 0; j <= i; ++j) {
            const T* l_j = &L(j, 0);
            T sum = 0;
            for (index p = 0; p < j; ++p) sum += l_i[p] * l_j[p];
            L(i, j) = j < i ? (A(i, j) - sum) / L(j, j) : std::sqrt(A(i, i) - sum);
        }
    }
}

template void cholesky_rows<float>(Matrix<const float>, Matrix<float>);
template void cholesky_rows<double>(Matrix<const double>, Matrix<double>);

}  // namespace mlcore::ladder
