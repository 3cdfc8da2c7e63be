// Cholesky, step 3: L numbers at a time.
//
//     l_ij = (a_ij - l_i . l_j) / l_jj         four registers of L sums each       (dot in vectors.hpp)
//
// The loops are those of step 2, said in words. The four sums of a product take turns, and row i stays in L1 while the
// rows above it pass by.
//
// Flops  n^3 / 3. Loads  two for two flops, L of them at once: the load units are busy, the multiply-add units half idle.
// Price  the products are short, n / 3 terms on average, and each ends with adding up 4 L sums.
// Bytes  all rows above are read for each row: n^3 / 6 numbers in all, one for each two flops. They come from L2 or farther
//        away as soon as half of n^2 numbers are more than L1 holds, which is at n = 90.
//
// Next: each number that is loaded serves one product.
#include <cmath>

#include "ladder/ladder.hpp"
#include "ladder/steps.hpp"
#include "ladder/vectors.hpp"

namespace mlcore::ladder {

template <class T>
void cholesky_vectorised(MatrixIn<T> A, Matrix<T> L) {
    const index n = A.rows;
    set_zero(L);
    for (index i = 0; i < n; ++i) {
        if (stopped()) return;
        const T* l_i = &L(i, 0);
        for (index j = 0; j <= i; ++j) {
            const T rest = A(i, j) - dot<T>(j, l_i, &L(j, 0));
            L(i, j) = j < i ? rest / L(j, j) : std::sqrt(rest);
        }
    }
}

template void cholesky_vectorised<float>(Matrix<const float>, Matrix<float>);
template void cholesky_vectorised<double>(Matrix<const double>, Matrix<double>);

}  // namespace mlcore::ladder
