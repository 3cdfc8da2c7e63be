// Householder reflections, one at a time and many together: what QR and the reductions to condensed forms are made of.
//
//     H = I - tau v v^T,  v_0 = 1,  tau = 2 / v^T v        symmetric, orthogonal;  H x = beta e_0,  |beta| = ||x||
//
// Source: G. Golub, C. Van Loan, "Matrix Computations", 4th ed., 5.1; LAPACK's larfg for the choice of sign.
#pragma once

#include <cmath>
#include <limits>

#include "blas/blas.hpp"
#include "core/types.hpp"

namespace mlcore::linalg {

// Turns x (at least one element) into v, with v_0 = 1, and returns beta. beta has the sign opposite to x_0, so that nothing
// cancels in x_0 - beta. Where x is a multiple of e_0 already, H = I: tau = 0 and v = 0. x must not be near overflow.
template <class T>
T make_reflector(Vector<T> x, T& tau) {
    using Limits = std::numeric_limits<T>;
    const Vector<T> tail = x.part(1, x.size - 1);
    const T alpha = x[0], length = blas::nrm2<T>(tail);
    if (length == T(0)) {
        x[0] = tau = T(0);
        return alpha;
    }
    const T beta = -std::copysign(std::hypot(alpha, length), alpha);
    if (std::fabs(beta) < Limits::min() / Limits::epsilon()) {  // subnormal elements have few digits: once more, scaled up
        const int exponent = 2 * Limits::digits;
        for (index i = 0; i < x.size; ++i) x[i] = std::scalbn(x[i], exponent);
        return std::scalbn(make_reflector(x, tau), -exponent);
    }
    tau = (beta - alpha) / beta;
    for (index i = 0; i < tail.size; ++i) tail[i] /= alpha - beta;
    x[0] = T(1);
    return beta;
}

// block_reflector.cpp: the product of k reflections as one,
//
//     Q = H_0 H_1 ... H_{k-1} = I - V S^-1 V^T,     V = (v_0, ..., v_{k-1})  m x k,     S  k x k, upper triangular.
//
// A reflection with tau = 0 needs a column of zeros in V. V is read in full: what lies above its diagonal must be zero.
template <class T>
void form_block_reflector(MatrixIn<T> V, const T* tau, Matrix<T> S);

// B <- Q B, or Q^T B if transposed. B Q is (Q^T B^T)^T: pass the transposed view and the opposite choice.
template <class T>
void apply_block_reflector(MatrixIn<T> V, MatrixIn<T> S, bool transposed, Matrix<T> B);

}  // namespace mlcore::linalg
