// The room of the ladder: kernels written to be read, from the plainest loops to the production kernel, one idea per file.
//
// All steps of a topic have the same signature, so that any of them can stand where any other stands. README.md beside
// this file tells the story. This room uses simd/ and core/ alone; the last step of each topic is the production kernel
// and lives in the room it belongs to.
#pragma once

#include "core/types.hpp"

namespace mlcore::ladder {

// limits_fma.cpp                        multiply-adds per second: `tasks` times `iterations`; returns the flops done
template <class T>
double fma_chains(index tasks, index iterations);

// limits_stream.cpp                     bytes per second: contiguous x, y, z of one length
void fill(double a, Vector<double> y);                                                       // y = a
double read(Vector<const double> x);                                                         // sum of x
void copy(Vector<const double> x, Vector<double> y);                                         // y = x
void update(double a, Vector<const double> x, Vector<double> y);                             // y = a x + y
void triad(double a, Vector<const double> x, Vector<const double> y, Vector<double> z);      // z = x + a y

// matmul_*.cpp                          C = A B; the rows of A, B and C are contiguous; C overlaps neither A nor B
template <class T>
void matmul_naive(MatrixIn<T> A, MatrixIn<T> B, Matrix<T> C) noexcept;
template <class T>
void matmul_loop_order(MatrixIn<T> A, MatrixIn<T> B, Matrix<T> C) noexcept;
template <class T>
void matmul_tiled(MatrixIn<T> A, MatrixIn<T> B, Matrix<T> C) noexcept;
template <class T>
void matmul_vectorised(MatrixIn<T> A, MatrixIn<T> B, Matrix<T> C) noexcept;
template <class T>
void matmul_register_blocked(MatrixIn<T> A, MatrixIn<T> B, Matrix<T> C) noexcept;
template <class T>
void matmul_packed(MatrixIn<T> A, MatrixIn<T> B, Matrix<T> C);

// matmul_6_packed.cpp                   C += factor A B, A and B with any strides: what blocked steps are made of
template <class T>
void add_product(Scalar<T> factor, MatrixIn<T> A, MatrixIn<T> B, Matrix<T> C);

inline constexpr index matmul_tile_rows = 64, matmul_tile_cols = 256;  // steps 3 and 4: a tile of B
inline constexpr index matmul_depth = 256;                             // steps 5 and 6: terms summed in registers
inline constexpr index matmul_height = 128;                            // step 6: rows of a packed block of A

// gram_schmidt_*.cpp                    A = Q R;  A, Q (m x n, m >= n),  R (n x n).  No column of A may be zero or depend on the
//                                       others: r_jj = 0 leaves not-a-numbers in Q, and it is the caller who looks.
template <class T>
void gram_schmidt_classical(MatrixIn<T> A, Matrix<T> Q, Matrix<T> R);
template <class T>
void gram_schmidt_modified(MatrixIn<T> A, Matrix<T> Q, Matrix<T> R);
template <class T>
void gram_schmidt_contiguous(MatrixIn<T> A, Matrix<T> Q, Matrix<T> R);
template <class T>
void gram_schmidt_vectorised(MatrixIn<T> A, Matrix<T> Q, Matrix<T> R);
template <class T>
void gram_schmidt_twice(MatrixIn<T> A, Matrix<T> Q, Matrix<T> R);

// qr_*.cpp                              A = Q R by reflections;  A, Q (m x n, m >= n),  R (n x n); the rows of Q and R
//                                       contiguous. NaN and infinity spread to the diagonal of R.
template <class T>
void qr_textbook(MatrixIn<T> A, Matrix<T> Q, Matrix<T> R);
template <class T>
void qr_rows(MatrixIn<T> A, Matrix<T> Q, Matrix<T> R);
template <class T>
void qr_vectorised(MatrixIn<T> A, Matrix<T> Q, Matrix<T> R);
template <class T>
void qr_fused(MatrixIn<T> A, Matrix<T> Q, Matrix<T> R);
template <class T>
void qr_blocked(MatrixIn<T> A, Matrix<T> Q, Matrix<T> R);

inline constexpr index qr_panel = 32;        // step 5: reflections that are applied as one

// cholesky_*.cpp                        A = L L^T, n x n, rows of L contiguous; the lower triangle of A is read, all of L is
//                                       written. If A is not positive definite, the first l_jj that is not a positive number
//                                       shows it, and it is the caller who looks.
template <class T>
void cholesky_naive(MatrixIn<T> A, Matrix<T> L);
template <class T>
void cholesky_rows(MatrixIn<T> A, Matrix<T> L);
template <class T>
void cholesky_vectorised(MatrixIn<T> A, Matrix<T> L);
template <class T>
void cholesky_blocked(MatrixIn<T> A, Matrix<T> L);

inline constexpr index cholesky_panel = 64;  // step 4: columns factored before the rest is updated

// lu_*.cpp                              P A = L U, n x n, the rows of U contiguous: row i of L U is row order[i] of A. u_jj = 0:
//                                       nothing to divide by was left in column j, and its multipliers are 0.
template <class T>
void lu_textbook(MatrixIn<T> A, index* order, Matrix<T> L, Matrix<T> U);
template <class T>
void lu_blocked(MatrixIn<T> A, index* order, Matrix<T> L, Matrix<T> U);

inline constexpr index lu_panel = 32;        // step 2: columns eliminated before the rest is updated

// eigh_*.cpp                            A = V diag(w) V^T, n x n, w ascending; the lower triangle of A is read; rows of V
//                                       contiguous. False: the cap on iterations was reached, or A holds NaN or infinity.
template <class T>
bool eigh_qr_iteration(MatrixIn<T> A, Vector<T> w, Matrix<T> V);
template <class T>
bool eigh_shifted(MatrixIn<T> A, Vector<T> w, Matrix<T> V);
template <class T>
bool eigh_jacobi(MatrixIn<T> A, Vector<T> w, Matrix<T> V);

inline constexpr index eigh_iterations = 5000;   // the caps: step 1 in all,
inline constexpr index eigh_shifts = 30;         // step 2 for each eigenvalue,
inline constexpr index eigh_sweeps = 30;         // step 3 in all

// power_iteration_*.cpp                 A (n x n), its rows contiguous; x: the start (not 0), then the eigenvector; returns lambda
template <class T>
T power_iteration_naive(MatrixIn<T> A, index iterations, Vector<T> x);
template <class T>
T power_iteration_vectorised(MatrixIn<T> A, index iterations, Vector<T> x);
template <class T>
T power_iteration_rows(MatrixIn<T> A, index iterations, Vector<T> x);

}  // namespace mlcore::ladder
