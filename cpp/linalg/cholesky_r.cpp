// cholesky_r: R of a tall matrix (A B) from Gram matrices, without Q; or not at all.
//
// START READING at `cholesky_r` at the end of the file.
//
//     G = A^T A = R^T R                                     one read of A
//     R ill-conditioned:  G_2 = Q^T Q,  Q = A R^-1,         another one, Q being formed chunk by chunk in cache
//                         G_2 = C^T C,  R := C R
//     x = R^-1 R^-T A^T B
//     r = B - A x,   d = R^-T A^T r,   x := x + R^-1 d      another one, for B alone; again while |d| is most of |r|
//
//     (A B) = Q' | R  R x + d |          E diagonal, with the lengths of what is left,  e_j^2 = |r_j|^2 - |d_j|^2
//                | 0     E    |
//
// Accuracy. G has an error of g |a_i| |a_j| in each element, g about eps, and that moves column j of R, rotations aside, by
// R^-T dG_j / 2: by about g |a_j| |R^-1| / 2 with columns scaled to length 1 and |.| the norm of Frobenius. Up to |R^-1| =
// 4 sqrt(n) that is 2 sqrt(n) eps |a_j|, as much as reflections may cost, and R is good. Otherwise it is the Gram matrix of Q
// that is factored last, and the division costs c n eps (gram_factor.hpp), as long as Cholesky can do it without a shift: up to
// a condition of about 1e6 in double, 300 in float.
//
// The corrected seminormal equations, with residuals from A itself, give solutions as good as those by reflections if R is good
// and the square of its condition times eps is small. B is never a column of a Gram matrix to be factored: systems
// that are nearly consistent do no harm. Where |r|^2 - |d|^2 cancels, the residuals are computed once more from the better x.
//
// Flops 1 m n^2, or 3.2 m n^2, nearly all in large products, against 2 m n^2 of reflections, of which a third runs at the speed
// of the products; and 4 m n for each column of B and each read.
//
// Where that does not do (columns that are dependent, not finite, or of such sizes that squares lose digits; matrices too wide
// for sums in cache), the answer is false, and the caller takes reflections (tall_qr.cpp).
//
// Source: Y. Yamamoto, Y. Nakatsukasa, Y. Yanagisawa, T. Fukaya, "Roundoff Error Analysis of the CholeskyQR2 Algorithm", ETNA 44,
// 2015; A. Bjorck, "Stability Analysis of the Method of Seminormal Equations for Linear Least Squares Problems", Linear Algebra
// and its Applications 88/89, 1987.
#include <cmath>
#include <limits>

#include "blas/blas.hpp"
#include "core/interrupt.hpp"
#include "linalg/gram_pass.hpp"
#include "linalg/qr.hpp"

namespace mlcore::linalg {
namespace {

using blas::Side, blas::Triangle, blas::Diagonal;

constexpr int good_condition = 4, largest_corrections = 4;
constexpr index widest = 512;

// No column is zero, or of such a size that squares of rounding errors in it over- or underflow.
template <class T>
bool is_in_range(index count, const double* squares) noexcept {
    constexpr int far = std::numeric_limits<T>::max_exponent / 3;
    for (index j = 0; j < count; ++j)
        if (!(std::fabs(std::log2(squares[j])) < far)) return false;
    return true;
}

template <class T>
void solve(Matrix<const T> R, bool transposed, Matrix<T> X) {
    if (transposed)
        blas::trsm<T>(Side::left, Triangle::lower, Diagonal::stored, R.transposed(), X);
    else
        blas::trsm<T>(Side::left, Triangle::upper, Diagonal::stored, R, X);
}

// The columns beside R, from g = A^T B. False if residuals do not become orthogonal to A.
template <class T>
bool add_columns(Matrix<const T> A, Matrix<const T> B, Matrix<T> g, double* squares, Matrix<T> R) {
    const index n = A.cols, k = B.cols;
    Lease<T> room(n * k);
    const Matrix<T> x = row_major(room.data(), n, k), beside = R.block(0, n, n, k);
    const Matrix<const T> R_A = R.block(0, 0, n, n);
    for (index i = 0; i < n; ++i)
        for (index j = 0; j < k; ++j) x(i, j) = T(0);
    for (int step = 0; step <= largest_corrections; ++step) {
        solve<T>(R_A, true, g);  // d
        bool done = step > 0;
        for (index j = 0; j < k; ++j) {
            double explained = 0;
            for (index i = 0; i < n; ++i) explained += double(g(i, j)) * double(g(i, j));
            if (!(explained <= squares[j] / 2)) done = false;
            squares[j] -= explained;
        }
        if (done) {
            blas::copy<T>(x, beside);
            blas::trmm<T>(Side::left, Triangle::upper, Diagonal::stored, R_A, beside);
            for (index i = 0; i < n; ++i)
                for (index j = 0; j < k; ++j) beside(i, j) += g(i, j);
            for (index i = 0; i < k; ++i)
                for (index j = 0; j < k; ++j) R(n + i, n + j) = i == j ? T(std::sqrt(squares[j])) : T(0);
            return true;
        }
        if (step == largest_corrections) break;
        solve<T>(R_A, false, g);
        for (index i = 0; i < n; ++i)
            for (index j = 0; j < k; ++j) x(i, j) += g(i, j);
        GramPass<T> pass{A};
        pass.B = B;
        pass.x = x;
        pass.g = g;
        pass.squares = squares;
        gram_pass<T>(pass);
        if (interrupted()) return false;
    }
    return false;
}

}  // namespace

// A: m x n, B: m x k, m >= n + k. R: n + k rows and columns.
template <class T>
bool cholesky_r(MatrixIn<T> A, MatrixIn<T> B, Matrix<T> R) {
    const index n = A.cols, k = B.cols;
    if (n > widest || n == 0) return false;
    Lease<T> grams(n * n), products(n * k);
    Lease<double> lengths(k);
    const Matrix<T> G = row_major(grams.data(), n, n), g = row_major(products.data(), n, k), R_A = R.block(0, 0, n, n);
    GramFactor<T> C(n);

    GramPass<T> pass{A};
    pass.G = G;
    pass.B = B;
    pass.g = g;
    pass.squares = lengths.data();
    gram_pass<T>(pass);
    if (interrupted() || !C.factor(G, false) || !is_in_range<T>(k, lengths.data())) return false;
    blas::copy<T>(C.R(), R_A);
    if (C.condition() > T(good_condition)) {
        GramPass<T> second{A, &C};
        second.G = G;
        gram_pass<T>(second);
        if (interrupted() || !C.factor(G, false) || C.condition() > T(good_condition)) return false;
        blas::trmm<T>(Side::left, Triangle::upper, Diagonal::stored, C.R(), R_A);
    }
    for (index i = 0; i < k; ++i)
        for (index j = 0; j < n; ++j) R(n + i, j) = T(0);
    return k == 0 || add_columns<T>(A, B, g, lengths.data(), R);
}

template bool cholesky_r<float>(Matrix<const float>, Matrix<const float>, Matrix<float>);
template bool cholesky_r<double>(Matrix<const double>, Matrix<const double>, Matrix<double>);

}  // namespace mlcore::linalg
