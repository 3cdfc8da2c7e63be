// The room of factorisations and eigenvalues: every kernel of linalg/, one line of contract each. The definition stands
// in the file of the same name, with the formula, the cost and the source.
//
// Common contract as in blas/blas.hpp. What may fail answers with a Status; NaN or infinity in the input is a Status too,
// found before any work is done. Kernels that need room lease it and may throw std::bad_alloc, nothing else.
#pragma once

#include "core/stack.hpp"
#include "core/types.hpp"

namespace mlcore::linalg {

enum class Status {
    ok,
    not_finite,     // the input holds NaN or infinity
    not_converged,  // the cap on iterations was reached
    interrupted,    // the caller asked to stop; the results are incomplete
};

// ---- Linear equations ----

// lu.cpp                                                            P A = L U in place; the first i with U(i, i) = 0, or -1
template <class T>
index lu(Matrix<T> A, index* pivots);
template <class T>
void lu_solve(MatrixIn<T> LU, const index* pivots, Matrix<T> B);

// lu_factors.cpp                                                    packed in L or U, the larger one: an array for each of them
template <class T>
void split_factors(Matrix<T> L, Matrix<T> U);
// lu_factors.cpp                                                    rows[i]: which comes in place i; true if an odd permutation
bool exchanged_rows(const index* pivots, index count, index* rows, index m) noexcept;

// lu_small.cpp                                                      the same for many of order <= small_order, count contiguous
inline constexpr index small_order = 16;
template <class T>
void lu_small(index count, Matrix<T> A, index* pivots);
template <class T>
void solve_small(const Stack<2>& stack, MatrixIn<T> A, Matrix<T> B, bool identity, index* singular);

// lu_one.cpp                                                        the same bits for one matrix alone
template <class T>
index solve_one(MatrixIn<T> A, Matrix<T> B, bool identity) noexcept;

// determinant.cpp                                                   from the factors: sign, and mantissa 2^exponent
struct Determinant {
    double sign, mantissa;  // mantissa > 0 and in range, or 0, infinity or NaN; sign 1 or -1, or 0 or NaN with such a mantissa
    index exponent;
    double value() const noexcept;
    double logarithm() const noexcept;  // of the absolute value
};
template <class T>
Determinant determinant(MatrixIn<T> LU, const index* pivots) noexcept;
// lu_small.cpp                                                      of many matrices of order <= small_order, from A itself
template <class T>
void determinants_small(const Stack<1>& stack, MatrixIn<T> A, Determinant* det);
// lu_one.cpp                                                        the same bits for one matrix alone
template <class T>
Determinant determinant_one(MatrixIn<T> A) noexcept;

// cholesky.cpp                                                      A = L L^T in place; the first pivot <= 0 or NaN, or -1
template <class T>
index cholesky(Matrix<T> A);

// cholesky_small.cpp                                                the same for many of order <= small_order, beside A
template <class T>
void cholesky_small(const Stack<2>& stack, MatrixIn<T> A, Matrix<T> L, index* failed);

// cholesky_update.cpp                                               L L^T + x x^T;  L L^T - x x^T, false if not positive definite
template <class T>
void cholesky_update(Matrix<T> L, T* x);
template <class T>
bool cholesky_downdate(Matrix<T> L, T* x);

// condition_estimate.cpp                                            about |A^-1|_1, from A = L U or A = Q R
template <class T>
T inverse_norm(MatrixIn<T> L, bool unit, MatrixIn<T> U);
template <class T>
T inverse_norm_qr(MatrixIn<T> H, const T* tau, MatrixIn<T> S);

// ---- Orthogonal bases and least squares ----

// qr.cpp                                                            A = Q R by reflections; Q m x k or m x m, or without data
template <class T>
Status qr(MatrixIn<T> A, Matrix<T> Q, Matrix<T> R);
template <class T>
Status qr_beside(MatrixIn<T> A, MatrixIn<T> B, Matrix<T> R);
template <class T>
Status qr_raw(Matrix<T> H, T* tau, Matrix<T> S);

// qr_pivoted.cpp                                                    A P = Q R in place, |r_jj| falling; A P has columns order[j] of A
template <class T>
Status qr_pivoted(Matrix<T> A, T* tau, index* order);
// B <- Q B or Q^T B, by the reflections that qr_pivoted left in H
template <class T>
void apply_q(MatrixIn<T> H, const T* tau, bool transposed, Matrix<T> B);

// gram_schmidt.cpp                                                  A = Q R, column by column (methods: gram_schmidt.hpp)
enum class GramSchmidt { classical, modified, twice, block };
template <class T>
Status gram_schmidt(GramSchmidt method, MatrixIn<T> A, Scalar<T> rtol, Matrix<T> Q, Matrix<T> R, bool* dependent);

// orthogonalize_block.cpp                                           W = P H + Q R, Q orthonormal to P and in the place of W
template <class T>
void orthogonalize_block(MatrixIn<T> P, Matrix<T> W, Matrix<T> H, Matrix<T> R, Scalar<T> rtol, index room, bool* dependent);

// complete_basis.cpp                                                the first columns of U are orthonormal; the rest becomes so
template <class T>
void complete_basis(Matrix<T> U, index known) noexcept;

// least_squares.cpp                                                 R x = c by substitution or, without full rank, singular values s
struct LeastSquaresRule {
    double limit;      // singular values up to `limit` times the largest count as zero,
    bool by_scaled;    // but not if those of R with columns of length 1 are all larger
    bool transposed;   // R^T x = c
    double much;       // what condition number of the latter is large
};
struct LeastSquares {
    index rank;
    bool by_substitution, ill_conditioned;
    bool extreme;  // R or C is so large or small that sums may have overflowed, or lost digits; or X is not finite
};
template <class T>
Status least_squares(MatrixIn<T> R, MatrixIn<T> C, const LeastSquaresRule& rule, Matrix<T> X, Vector<T> s, LeastSquares& found);

// precise_gradient.cpp                                              g = A^T (b - A x), in twice the precision
template <class T>
void precise_gradient(MatrixIn<T> A, VectorIn<T> x, VectorIn<T> b, Vector<T> g);

// ---- Eigenvalues of symmetric matrices ----

// eigh.cpp                                                          A = V diag(w) V^T, w ascending; reads the lower triangle
template <class T>
Status eigh(MatrixIn<T> A, Vector<T> w, Matrix<T> V);
// All matrices of a stack. On failure `failed` is the number of the first one that did.
template <class T>
Status eigh_stack(const Stack<3>& stack, MatrixIn<T> A, Vector<T> w, Matrix<T> V, index& failed);
// eigh.cpp                                                          the eigenvalues alone
template <class T>
Status eigvalsh(MatrixIn<T> A, Vector<T> w);
template <class T>
Status eigvalsh_stack(const Stack<2>& stack, MatrixIn<T> A, Vector<T> w, index& failed);

// eigh_small.cpp                                                    the same for small orders; V.data null: no vectors
inline constexpr index eigh_small_order = 8;
template <class T>
Status eigh_small(const Stack<3>& stack, MatrixIn<T> A, Vector<T> w, Matrix<T> V, index& failed);

// power_iteration.cpp                                               the eigenpair of largest |lambda - shift|, P deflated
template <class T>
struct PowerIteration {
    T value = 0, residual = 0;  // residual: |A v - value v| as a share of the largest |A v| seen
    index iterations = 0;
};
template <class T>
Status power_iteration(MatrixIn<T> A, MatrixIn<T> P, Scalar<T> shift, Scalar<T> tol, index max_iter, Vector<T> v,
                       PowerIteration<T>& result, T* history);

// ---- Eigenvalues of general matrices ----

// eig.cpp                                                           A V = V diag(re + i im); A = Z S Z^T; A = Q H Q^T
template <class T>
Status eig(MatrixIn<T> A, T* re, T* im, Matrix<T> V);
template <class T>
Status schur(MatrixIn<T> A, Matrix<T> S, Matrix<T> Z);
template <class T>
Status hessenberg(MatrixIn<T> A, Matrix<T> H, Matrix<T> Q);

// ---- Singular values ----

// svd.cpp                                                           A = U diag(s) V^T, s descending; U, Vt square or reduced
template <class T>
Status svd(MatrixIn<T> A, Matrix<T> U, Vector<T> s, Matrix<T> Vt);
template <class T>
Status svd_values(MatrixIn<T> A, Vector<T> s);
// svd_solve.cpp                                                     min ||A x - c||, singular values up to limit s_0 taken for zero
template <class T>
Status svd_solve(MatrixIn<T> A, MatrixIn<T> C, double limit, Matrix<T> X, Vector<T> s);
// svd.cpp                                                           each of a stack, by either method; U, Vt without data: no vectors
enum class SVD { bidiagonal, jacobi };
template <class T>
Status svd_stack(SVD method, const Stack<4>& stack, MatrixIn<T> A, Matrix<T> U, Vector<T> s, Matrix<T> Vt, index& failed);

// svd_small.cpp                                                     the same for small m and n; U.data and Vt.data null: no vectors
constexpr bool svd_is_small(index m, index n) noexcept { return (m < n ? m : n) <= 8 && (m < n ? n : m) <= 16; }
template <class T>
Status svd_small(const Stack<4>& stack, MatrixIn<T> A, Matrix<T> U, Vector<T> s, Matrix<T> Vt, index& failed);

// jacobi_svd.cpp                                                    the same, small singular values of graded matrices with all digits
template <class T>
Status jacobi_svd(MatrixIn<T> A, Matrix<T> U, Vector<T> s, Matrix<T> Vt);

}  // namespace mlcore::linalg
