// cholesky: A = L L^T for a symmetric positive definite A (n x n), L lower triangular, in place; reads the lower triangle.
//
// START READING at `cholesky` at the end of the file.
//
//     | A00      |     A00 = L00 L00^T                 the same, half as large
//     |          |     L10 = A10 L00^-T                trsm
//     | A10  A11 |     A11 -= L10 L10^T                subtract_square: the lower triangle, nearly all by gemm
//                      A11 = L11 L11^T                 the same
//
// and so down to 32 rows, which are factored as L^T in a small buffer, row by row:
//
//     u_jj = sqrt(a_jj);     u_jk = a_jk / u_jj;     a_ik -= u_ji u_jk   for j < i <= k
//
// Flops n^3 / 3. Contract: rows of A are contiguous; what lies above the diagonal is not read but for being overwritten with
// zeros in the end. Returns -1, or the index of the first pivot that is not positive (or NaN): A is not positive definite then,
// and the factorisation was given up.
//
// Backward stable without pivoting: |A - L L^T| <= (n + 1) eps |L| |L^T|.
//
// Source: N. Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., SIAM 2002, theorem 10.3; F. Gustavson,
// "Recursion Leads to Automatic Variable Blocking for Dense Linear-Algebra Algorithms", IBM J. Res. Dev. 41(6), 1997.
#include <cmath>

#include "blas/blas.hpp"
#include "core/parallel.hpp"
#include "linalg/linalg.hpp"
#include "simd/vec.hpp"

namespace mlcore::linalg {
namespace {

using namespace simd;

#ifdef MLCORE_TINY_BLOCKS
constexpr index base = 4;
#else
constexpr index base = 32;  // 8 KiB of doubles: a quarter of L1
#endif

template <class T>
index factor_base(Matrix<T> A) noexcept {
    constexpr index L = lanes<T>, width = round_up(base, L);
    alignas(64) T U[base][width] = {};  // L^T
    const index n = A.rows;
    for (index i = 0; i < n; ++i)
        for (index j = 0; j <= i; ++j) U[j][i] = A(i, j);
    for (index j = 0; j < n; ++j) {
        if (!(U[j][j] > T(0))) return j;
        const T root = std::sqrt(U[j][j]);
        const index first = j / L * L;
        for (index k = first; k < n; k += L) store(U[j] + k, load(U[j] + k) / root);
        U[j][j] = root;
        for (index i = j + 1; i < n; ++i) {
            const Vec<T> u = broadcast(U[j][i]);
            for (index k = i / L * L; k < n; k += L) store(U[i] + k, load(U[i] + k) - u * load(U[j] + k));
        }
    }
    for (index i = 0; i < n; ++i)
        for (index j = 0; j < n; ++j) A(i, j) = j <= i ? U[j][i] : T(0);
    return -1;
}

// The lower triangle of C -= B B^T; what is above the diagonal inside a block of the base size is overwritten.
template <class T>
void subtract_square(Matrix<const T> B, Matrix<T> C) {
    const index n = C.rows;
    if (n <= 2 * base) return blas::gemm<T>(T(-1), B, B.transposed(), T(1), C);
    const index h = round_up(n / 2, base), rest = n - h, k = B.cols;
    const Matrix<const T> B0 = B.block(0, 0, h, k), B1 = B.block(h, 0, rest, k);
    subtract_square<T>(B0, C.block(0, 0, h, h));
    blas::gemm<T>(T(-1), B1, B0.transposed(), T(1), C.block(h, 0, rest, h));
    subtract_square<T>(B1, C.block(h, h, rest, rest));
}

template <class T>
index factor(Matrix<T> A) {
    const index n = A.rows;
    if (n <= base) return factor_base(A);
    if (interrupted()) return -1;
    const index h = round_up(n / 2, base), rest = n - h;
    const Matrix<T> A00 = A.block(0, 0, h, h), A10 = A.block(h, 0, rest, h), A11 = A.block(h, h, rest, rest);
    index failed = factor(A00);
    if (failed >= 0) return failed;
    blas::trsm<T>(blas::Side::right, blas::Triangle::upper, blas::Diagonal::stored, A00.transposed(), A10);
    subtract_square<T>(A10, A11);
    failed = factor(A11);
    return failed < 0 ? -1 : h + failed;
}

}  // namespace

template <class T>
index cholesky(Matrix<T> A) {
    const index failed = A.rows > 0 ? factor(A) : -1;
    if (failed < 0)
        for (index i = 0; i < A.rows; ++i)
            for (index j = i + 1; j < A.rows; ++j) A(i, j) = T(0);
    return failed;
}

template index cholesky<float>(Matrix<float>);
template index cholesky<double>(Matrix<double>);

}  // namespace mlcore::linalg
