// Symmetric eigenvalues, step 3: one element after the other is rotated to zero.
//
//     | c -s | | a_pp a_pq | |  c s |     | a'  0 |        theta = (a_qq - a_pp) / (2 a_pq)
//     | s  c | | a_pq a_qq | | -s c |  =  | 0  a" |        t = sign(theta) / (|theta| + sqrt(theta^2 + 1))
//                                                          c = 1 / sqrt(t^2 + 1),  s = t c
//
//     . p . q .
//     p x p 0 p        a rotation of two rows and two columns makes a_pq zero, and other elements, zero by now, something
//     . p . q .        again; but the sum of their squares becomes smaller by 2 a_pq^2. All pairs p < q in turn are a
//     q 0 q x q        sweep; the last few each double the number of correct digits, or better.
//     . p . q .
//
// Flops  18 n for each rotation (two rows, two columns, two of V): 9 n^3 for each sweep.
// Sweeps  8 for the eigenvalues 1, 2, ..., 32, and slowly more for larger matrices; capped at 30.
// Rounding  t is the smaller of two solutions, so |angle| <= 45 degrees. For positive definite matrices the small eigenvalues
//        are more accurate than those of production, which are exact to a few eps ||A||.
// Order  V is kept transposed, so that four of the six vectors of a rotation lie along rows; the two columns do not.
//
// Next (cpp/linalg/eigh.cpp): a tridiagonal matrix first, then step 2's shifts on 2 n numbers: 9 n^3 flops in all, as much as
// one sweep. (For n <= 8 production is Jacobi's method, too, a matrix in each lane: cpp/linalg/eigh_small.cpp.)
//
// Source: C. G. J. Jacobi, "Uber ein leichtes Verfahren, die in der Theorie der Sacularstorungen vorkommenden Gleichungen
// numerisch aufzulosen", J. reine angew. Math. 30, 1846; G. Golub, C. Van Loan, "Matrix Computations", 4th ed., section 8.5.
#include "core/lease.hpp"
#include "ladder/eigenpairs.hpp"
#include "ladder/ladder.hpp"

namespace mlcore::ladder {
namespace {

// x <- c x - s y,  y <- s x + c y
template <class T>
void rotate(Vector<T> x, Vector<T> y, T c, T s) noexcept {
    for (index k = 0; k < x.size; ++k) {
        const T xk = x[k], yk = y[k];
        x[k] = c * xk - s * yk;
        y[k] = s * xk + c * yk;
    }
}

}  // namespace

template <class T>
bool eigh_jacobi(MatrixIn<T> A, Vector<T> w, Matrix<T> V) {
    const index n = A.rows;
    Lease<T> room(2 * n * n);
    const Matrix<T> S = row_major(room.data(), n, n), Vt = S.shifted(n * n);
    copy_lower(A, S);
    mirror(S);
    set_identity(Vt);
    const T small = negligible<T>(S);
    if (!(small >= T(0))) return false;
    bool rotated = true;
    for (index sweep = 0; rotated; ++sweep) {
        if (sweep == eigh_sweeps) return false;
        rotated = false;
        for (index p = 0; p < n; ++p) {
            if (stopped()) return false;
            for (index q = p + 1; q < n; ++q) {
                if (std::fabs(S(p, q)) <= small) continue;
                const T theta = (S(q, q) - S(p, p)) / (2 * S(p, q));
                const T t = std::copysign(T(1), theta) / (std::fabs(theta) + std::hypot(theta, T(1)));
                const T c = 1 / std::sqrt(t * t + 1), s = t * c;
                rotate(S.row(p), S.row(q), c, s);
                rotate(S.col(p), S.col(q), c, s);
                S(p, q) = S(q, p) = T(0);
                rotate(Vt.row(p), Vt.row(q), c, s);
                rotated = true;
            }
        }
    }
    transpose<T>(Vt, V);
    sort_eigenpairs<T>(S, w, V);
    return true;
}

template bool eigh_jacobi<float>(Matrix<const float>, Vector<float>, Matrix<float>);
template bool eigh_jacobi<double>(Matrix<const double>, Vector<double>, Matrix<double>);

}  // namespace mlcore::ladder
