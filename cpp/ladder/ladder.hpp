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

// power_iteration_*.cpp                 A (n x n), its rows contiguous; x: the start (not 0), then the eigenvector; returns lambda
template <class T>
T power_iteration_naive(MatrixIn<T> A, index iterations, Vector<T> x);
template <class T>
T power_iteration_vectorised(MatrixIn<T> A, index iterations, Vector<T> x);
template <class T>
T power_iteration_rows(MatrixIn<T> A, index iterations, Vector<T> x);

}  // namespace mlcore::ladder
