// LU, step 2: 32 columns at a time, so that the rest is a product of matrices.
//
//     | L00 | U01 |      1. eliminate 32 columns as in step 1, exchanging whole rows, but leaving alone what is to their right
//     |     |     |      2. U01 <- L00^-1 U01              from each of these 32 rows those above it are subtracted
//     | L10 | A11 |      3. A11 <- A11 - L10 U01           all but a fraction of the work: step 6 of the matrix product
//                           and the same again for A11
//
// A pivot must be chosen among finished elements of its column, which forbids to delay their updates; those of the columns
// further to the right are not needed yet, and can wait until there are 32 of them.
//
// Flops  2/3 n^3, of which about 1 - 3 . 32 / (2 n) in step 3. A11 is read and written n / 32 times instead of n times.
//
// Next (cpp/linalg/lu.cpp): cut in halves instead of panels, down to columns that fill one cache line; the products shared
// out among threads.
//
// Source: J. Dongarra, I. Duff, D. Sorensen, H. van der Vorst, "Numerical Linear Algebra for High-Performance Computers",
// SIAM 1998, section 5.4.
#include "ladder/elimination.hpp"
#include "ladder/ladder.hpp"
#include "ladder/steps.hpp"
#include "ladder/vectors.hpp"

namespace mlcore::ladder {

template <class T>
void lu_blocked(MatrixIn<T> A, index* order, Matrix<T> L, Matrix<T> U) {
    const index n = A.rows;
    copy(A, U);
    set_identity(L);
    for (index i = 0; i < n; ++i) order[i] = i;
    for (index k0 = 0; k0 < n; k0 += lu_panel) {
        const index k1 = k0 + lu_panel < n ? k0 + lu_panel : n, rest = n - k1;
        for (index k = k0; k < k1; ++k) {
            if (stopped()) return;
            exchange(largest_below<T>(U, k), k, order, L, U);
            if (U(k, k) == T(0)) continue;
            for (index i = k + 1; i < n; ++i) {
                L(i, k) = U(i, k) / U(k, k);
                U(i, k) = T(0);
                axpy<T>(k1 - k - 1, -L(i, k), &U(k, k + 1), &U(i, k + 1));
            }
        }
        if (rest == 0) break;
        for (index k = k0; k < k1; ++k)
            for (index p = k0; p < k; ++p) axpy<T>(rest, -L(k, p), &U(p, k1), &U(k, k1));
        add_product<T>(T(-1), L.block(k1, k0, rest, k1 - k0), U.block(k0, k1, k1 - k0, rest), U.block(k1, k1, rest, rest));
    }
}

template void lu_blocked<float>(Matrix<const float>, index*, Matrix<float>, Matrix<float>);
template void lu_blocked<double>(Matrix<const double>, index*, Matrix<double>, Matrix<double>);

}  // namespace mlcore::ladder
