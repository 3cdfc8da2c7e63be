// Symmetric eigenvalues, step 1: factor, and multiply the other way round.
//
//     A = Q R,    A <- R Q        R Q = Q^T (Q R) Q = Q^T A Q: a similarity, which keeps the eigenvalues;    V <- V Q
//
//     x x x      x . .      w . .
//     x x x  ->  . x .  ->  . w .       what is below the diagonal shrinks, a_ij by |lambda_i / lambda_j| in each step, the
//     x x x      . . x      . . w       eigenvalues being ordered by their modulus from the top
//
// It is the power iteration for all vectors at once: the first k columns of V after s steps span A^s times their start.
//
// Flops  in each step 8/3 n^3 for Q and R, 2 n^3 for R Q and 2 n^3 for V.
// Steps  log(eps) / log |lambda_i+1 / lambda_i| for the closest pair: 36 n for the eigenvalues 1, 2, ..., n. Never, if two have
//        the same modulus, as 1 and -1 have: the cap of 5000 steps is there to be reached.
//
// The factors are those of step 2 of the QR ladder, the products those of step 2 of the matrix product. R Q is symmetric but
// for rounding; its lower triangle, where rounding errors shrink with everything else, is copied to the upper.
//
// Next: shift the eigenvalue that is wanted to zero, and the ratio with it.
//
// Source: J. Francis, "The QR transformation, part 1", The Computer Journal 4(3), 1961; G. Golub, C. Van Loan, "Matrix
// Computations", 4th ed., section 8.2.
#include "core/lease.hpp"
#include "ladder/eigenpairs.hpp"
#include "ladder/ladder.hpp"

namespace mlcore::ladder {
namespace {

template <class T>
bool is_diagonal(Matrix<const T> S, T small) noexcept {
    for (index i = 0; i < S.rows; ++i)
        for (index j = 0; j < i; ++j)
            if (!(std::fabs(S(i, j)) <= small)) return false;
    return true;
}

}  // namespace

template <class T>
bool eigh_qr_iteration(MatrixIn<T> A, Vector<T> w, Matrix<T> V) {
    const index n = A.rows;
    Lease<T> room(4 * n * n);
    const Matrix<T> S = row_major(room.data(), n, n), Q = S.shifted(n * n), R = Q.shifted(n * n), VQ = R.shifted(n * n);
    copy_lower(A, S);
    mirror(S);
    set_identity(V);
    const T small = negligible<T>(S);
    if (!(small >= T(0))) return false;
    index left = eigh_iterations;
    while (!is_diagonal<T>(S, small)) {
        if (left-- == 0 || stopped()) return false;
        qr_rows<T>(S, Q, R);
        matmul_loop_order<T>(R, Q, S);
        mirror(S);
        matmul_loop_order<T>(V, Q, VQ);
        copy<T>(VQ, V);
    }
    sort_eigenpairs<T>(S, w, V);
    return true;
}

template bool eigh_qr_iteration<float>(Matrix<const float>, Vector<float>, Matrix<float>);
template bool eigh_qr_iteration<double>(Matrix<const double>, Vector<double>, Matrix<double>);

}  // namespace mlcore::ladder
