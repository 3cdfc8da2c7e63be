// Symmetric eigenvalues, step 2: shifts, and a matrix that becomes smaller.
//
//     A - sigma I = Q R,    A <- R Q + sigma I = Q^T A Q         sigma: that eigenvalue of the last 2 x 2 block
//                                                                         | a b |      r = (a - d) / 2
//     x x x . .         the last row shrinks by                           | b d |      sigma = d - b^2 / (r +- sqrt(r^2 + b^2))
//     x x x . .         |lambda_n - sigma| / |lambda_j - sigma|
//     x x x . .         and sigma comes closer to lambda_n:      which is nearer to d, by Wilkinson: the sign is that of r
//     . . . w .         cubic convergence, in the end
//     . . . . w         when it is negligible, d is an eigenvalue, and the problem one row smaller
//
// Flops  as in step 1 for each step, on k x k matrices for k = n, n-1, ..., and 2 n k^2 for V: about 2 n^3 a step on average.
// Steps  2 or 3 for each eigenvalue whatever the others are (65 for 1, 2, ..., 32, where step 1 takes 1107). The cap is 30
//        for each.
//
// Next: there is an older way, which needs no factors.
// And in production (cpp/linalg/eigh.cpp): A becomes tridiagonal once and for all, by reflections, and stays so under the
// iteration, which then costs n flops a step instead of n^3.
//
// Source: J. Wilkinson, "Global convergence of tridiagonal QR algorithm with origin shifts", Linear Algebra and its
// Applications 1(3), 1968; G. Golub, C. Van Loan, "Matrix Computations", 4th ed., section 8.3.
#include "core/lease.hpp"
#include "ladder/eigenpairs.hpp"
#include "ladder/ladder.hpp"

namespace mlcore::ladder {
namespace {

template <class T>
T wilkinson(T a, T b, T d) noexcept {
    const T r = (a - d) / 2, root = std::hypot(r, b);
    return root == T(0) ? d : d - b * (b / (r + std::copysign(root, r)));
}

template <class T>
bool is_split_off(Matrix<const T> S, index row, T small) noexcept {
    for (index j = 0; j < row; ++j)
        if (!(std::fabs(S(row, j)) <= small)) return false;
    return true;
}

}  // namespace

template <class T>
bool eigh_shifted(MatrixIn<T> A, Vector<T> w, Matrix<T> V) {
    const index n = A.rows;
    Lease<T> room(4 * n * n);
    const Matrix<T> S = row_major(room.data(), n, n), VQ = S.shifted(n * n);
    copy_lower(A, S);
    mirror(S);
    set_identity(V);
    const T small = negligible<T>(S);
    if (!(small >= T(0))) return false;
    for (index k = n; k > 1; --k) {  // the leading k x k block is left
        const Matrix<T> left = S.block(0, 0, k, k);
        const Matrix<T> Q = row_major(VQ.data + n * n, k, k), R = Q.shifted(n * n);
        for (index tries = eigh_shifts; !is_split_off<T>(S, k - 1, small); --tries) {
            if (tries == 0 || stopped()) return false;
            const T sigma = wilkinson(S(k - 2, k - 2), S(k - 1, k - 2), S(k - 1, k - 1));
            for (index i = 0; i < k; ++i) S(i, i) -= sigma;
            qr_rows<T>(left, Q, R);
            matmul_loop_order<T>(R, Q, left);
            for (index i = 0; i < k; ++i) S(i, i) += sigma;
            mirror(left);
            matmul_loop_order<T>(V.block(0, 0, n, k), Q, VQ.block(0, 0, n, k));
            copy<T>(VQ.block(0, 0, n, k), V.block(0, 0, n, k));
        }
    }
    sort_eigenpairs<T>(S, w, V);
    return true;
}

template bool eigh_shifted<float>(Matrix<const float>, Vector<float>, Matrix<float>);
template bool eigh_shifted<double>(Matrix<const double>, Vector<double>, Matrix<double>);

}  // namespace mlcore::ladder
