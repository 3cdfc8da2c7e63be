// Gram-Schmidt with re-orthogonalisation: the classical step, and once more where it has cancelled.
//
//     pass 1    h = Q^T v,   v <- v - Q h
//     pass 2    the same, if pass 1 left less than 1/sqrt(2) of v; its coefficients are added to h
//
// What pass 1 leaves is orthogonal to Q up to eps |a_j| / |v|: worthless if |v| is tiny. Pass 2 starts from that v, and
// unless it cancels too (then v was rounding error, and the column is dependent) its error is eps. "Twice is enough":
// ||I - Q^T Q|| is of order eps whatever the condition of A.
//
// Flops 2 m n^2 to 4 m n^2. Source: W. Kahan and B. Parlett, in B. Parlett, "The Symmetric Eigenvalue Problem", 6.9;
// L. Giraud, J. Langou, M. Rozloznik, J. van den Eshof, "Rounding Error Analysis of the Classical Gram-Schmidt
// Orthogonalization Process", Numerische Mathematik 101, 2005.
#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "linalg/gram_schmidt.hpp"

namespace mlcore::linalg {

template <class T>
T orthogonalize_twice(const Projection<T>* projections, int count, Vector<T> v, int passes, T* scratch) {
    constexpr T enough = T(0.70710678118654752);
    T before = blas::nrm2<T>(v), after = before;
    for (int pass = 0; pass < passes && before > T(0); ++pass, before = after) {
        for (int p = 0; p < count; ++p) {
            const Matrix<const T> Q = projections[p].Q;
            const Vector<T> h = projections[p].h, correction{scratch, h.size};
            blas::gemv<T>(T(1), Q.transposed(), v, T(0), correction);
            blas::gemv<T>(T(-1), Q, correction, T(1), v);
            for (index i = 0; i < h.size; ++i) h[i] += correction[i];
        }
        after = blas::nrm2<T>(v);
        if (after >= enough * before) break;
    }
    return after;
}

template <class T>
void gram_schmidt_twice(Matrix<T> Q, Matrix<T> R, Scalar<T> rtol, bool* dependent) {
    Lease<T> scratch(Q.cols);
    index rank = 0;
    for (index j = 0; j < Q.cols; ++j) {
        poll_interrupt();
        if (interrupted()) return;
        const Vector<T> v = Q.col(j);
        const Projection<T> previous{Q.block(0, 0, Q.rows, j), R.col(j).part(0, j)};
        const T before = blas::nrm2<T>(v), after = orthogonalize_twice<T>(&previous, 1, v, 2, scratch.data());
        const T length = rank < Q.rows ? after : T(0);  // there are no more than m directions
        dependent[j] = normalize_or_drop<T>(v, length, before, rtol, R(j, j));
        rank += !dependent[j];
    }
}

template float orthogonalize_twice<float>(const Projection<float>*, int, Vector<float>, int, float*);
template double orthogonalize_twice<double>(const Projection<double>*, int, Vector<double>, int, double*);
template void gram_schmidt_twice<float>(Matrix<float>, Matrix<float>, float, bool*);
template void gram_schmidt_twice<double>(Matrix<double>, Matrix<double>, double, bool*);

}  // namespace mlcore::linalg
