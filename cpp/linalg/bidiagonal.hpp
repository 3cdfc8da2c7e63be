// The parts of svd, in the order of their use. Each is defined in the file of its name.
//
// B is upper bidiagonal, kept as d (n) and e (n; e[j] couples d[j] and d[j + 1], e[n - 1] = 0), in double for every T.
#pragma once

#include "linalg/linalg.hpp"

namespace mlcore::linalg {

// A = Q B P^T, Q = H_0 H_1 ..., P = G_0 G_1 ...; column j of U (m x n) is the vector of H_j, row j of Vt (n x n) that of G_j.
template <class T>
Status bidiagonalize(Matrix<T> A, double* d, double* e, Matrix<T> U, T* tau, Matrix<T> Vt, T* sigma);

// B = X diag(s) Y^T: d becomes s >= 0, in no order, e is lost, Ut becomes X^T Ut and Vt becomes Y^T Vt. Rows of Ut and Vt are padded to
// whole vectors; either may have no columns.
template <class T>
Status bidiagonal_qr(index n, double* d, double* e, Matrix<T> Ut, Matrix<T> Vt);

// The same for larger B of order 1, but Xt and Yt are only written: they become X^T and Y^T.
template <class T>
Status bidiagonal_dc(index n, double* d, double* e, Matrix<T> Xt, Matrix<T> Yt);

// The singular values alone, in descending order, each to a few eps of itself as far as d and e are exact.
void bidiagonal_values(index n, const double* d, const double* e, double* s);

}  // namespace mlcore::linalg
