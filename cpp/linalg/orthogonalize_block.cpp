// orthogonalize_block: b columns W against orthonormal columns P and against each other, by matrix products.
//
// START READING at `orthogonalize_block` at the end of the file.
//
//     project       H = P^T W,         W <- W - P H                          two products, at the speed of gemm
//     factor        G = W^T W = C^T C, W <- W C^-1                           Cholesky QR: one read for G, one for W
//
//     in:   W                    out:   W = P H + Q R,    Q in the place of W
//
// Cholesky QR loses eps kappa(W)^2 of orthogonality, so it is done twice. The projection loses eps times what it cancels, so
// it is repeated in between if it took away much of W. The factors are multiplied together. When the block is too
// ill-conditioned for its own Gram matrix, or the projection leaves almost nothing of a column, the columns are taken one at
// a time (gram_schmidt_twice.cpp), which also finds the dependent ones.
//
// Flops 4 m p b + 6 m b^2, and 4 m p b more if the projection is repeated; bytes: P twice for each projection, W eight times.
//
// Source: BCGS2 of J. Barlow, A. Smoktunowicz, "Reorthogonalized Block Classical Gram-Schmidt", Numerische Mathematik 123,
// 2013; Cholesky QR twice: Y. Yamamoto et al., "Roundoff Error Analysis of the CholeskyQR2 Algorithm", ETNA 44, 2015.
#include <cmath>
#include <limits>

#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "core/parallel.hpp"
#include "linalg/gram_schmidt.hpp"
#include "linalg/linalg.hpp"
#include "linalg/multiply_in_place.hpp"

namespace mlcore::linalg {
namespace {

// C upper triangular with C^T C = G, in the place of G; false if G is not positive definite.
template <class T>
bool cholesky(Matrix<T> G) noexcept {
    for (index j = 0; j < G.cols; ++j) {
        for (index i = 0; i <= j; ++i) {
            T sum = G(i, j);
            for (index p = 0; p < i; ++p) sum -= G(p, i) * G(p, j);
            if (i < j) {
                G(i, j) = sum / G(i, i);
                continue;
            }
            if (!(sum > 0)) return false;
            G(j, j) = std::sqrt(sum);
        }
        for (index i = j + 1; i < G.rows; ++i) G(i, j) = T(0);
    }
    return true;
}

// C upper triangular with C^T C = W^T W; false if W is too ill-conditioned for that.
template <class T>
bool gram_cholesky(Matrix<const T> W, Matrix<T> C) {
    blas::gram<T>(W, nullptr, nullptr, C);
    return cholesky(C);
}

// W <- W C^-1, by the inverse: C is well-conditioned, b is small, and the product takes a third of a triangular solve's time.
template <class T>
void divide_in_place(Matrix<T> W, Matrix<const T> C) {
    const index b = W.cols;
    Lease<T> room(b * b);
    const Matrix<T> inverse = row_major(room.data(), b, b);
    for (index i = 0; i < b; ++i)
        for (index j = 0; j < b; ++j) inverse(i, j) = T(i == j);
    blas::trsm<T>(blas::Side::left, blas::Triangle::upper, blas::Diagonal::stored, C, inverse);
    multiply_in_place<T>(W, inverse);
}

// H = P^T W,  W -= P H.
template <class T>
void project(Matrix<const T> P, Matrix<T> W, Matrix<T> H) {
    if (P.cols == 0) return;
    blas::gemm<T>(T(1), P.transposed(), W, T(0), H);
    blas::gemm<T>(T(-1), P, H, T(1), W);
}

// The smallest share of a column that the columns before it leave: c_jj / sqrt(|w_j|^2 + |h_j|^2), where |w_j| is the length
// of column j of C.
template <class T>
T smallest_share(Matrix<const T> H, Matrix<const T> C) noexcept {
    T smallest = 1;
    for (index j = 0; j < C.cols; ++j) {
        T squares = 0;
        for (index i = 0; i <= j; ++i) squares += C(i, j) * C(i, j);
        for (index i = 0; i < H.rows; ++i) squares += H(i, j) * H(i, j);
        smallest = std::fmin(smallest, C(j, j) / std::sqrt(squares));
    }
    return smallest;
}

// The columns one at a time; W has been projected once, with coefficients H.
template <class T>
void orthogonalize_columns(Matrix<const T> P, Matrix<T> W, Matrix<T> H, Matrix<T> R, T rtol, index room, bool* dependent) {
    Lease<T> scratch(P.cols > W.cols ? P.cols : W.cols);
    for (index j = 0; j < W.cols; ++j) {
        poll_interrupt();
        if (interrupted()) return;
        const Vector<T> v = W.col(j);
        const Projection<T> previous[2] = {{P, H.col(j)}, {W.block(0, 0, W.rows, j), R.col(j).part(0, j)}};
        const T taken = blas::nrm2<T>(H.col(j)), left = blas::nrm2<T>(v), before = std::hypot(taken, left);
        const T after = orthogonalize_twice<T>(previous, 2, v, 2, scratch.data()), length = room > 0 ? after : T(0);
        dependent[j] = normalize_or_drop<T>(v, length, before, rtol, R(j, j));
        room -= !dependent[j];
    }
}

}  // namespace

// P: m x p, columns orthonormal or zero. W: m x b. H: p x b and R: b x b, overwritten. room: how many directions P leaves.
template <class T>
void orthogonalize_block(MatrixIn<T> P, Matrix<T> W, Matrix<T> H, Matrix<T> R, Scalar<T> rtol, index room, bool* dependent) {
    // Cholesky QR twice needs kappa^2 eps well below 1, and what the projection leaves must be more than rounding error.
    const T least = 16 * std::sqrt(T(W.cols) * std::numeric_limits<T>::epsilon());
    // The error of one projection is that of P times |h| / |w|, and P may have been made by this function: unless that factor
    // is well below 1 the error grows from block to block.
    constexpr T harmless = T(0.9);
    const index p = P.cols, b = W.cols;
    for (index j = 0; j < b; ++j) {
        dependent[j] = false;
        for (index i = 0; i < b; ++i) R(i, j) = T(0);
    }
    if (b == 0) return;
    Lease<T> factor(b * b), correction(p * b);
    const Matrix<T> C = row_major(factor.data(), b, b), H2 = row_major(correction.data(), p, b);

    project<T>(P, W, H);
    const T share = gram_cholesky<T>(W, C) ? smallest_share<T>(H, C) : T(0);
    if (!(share >= least && share > rtol && room >= b)) return orthogonalize_columns<T>(P, W, H, R, rtol, room, dependent);
    divide_in_place<T>(W, C);
    blas::copy<T>(C, R);

    if (share < harmless && p > 0) {
        project<T>(P, W, H2);
        blas::gemm<T>(T(1), H2, R, T(1), H);
    }
    gram_cholesky<T>(W, C);  // W^T W is the identity up to eps / least^2: nothing can fail
    divide_in_place<T>(W, C);
    blas::trmm<T>(blas::Side::left, blas::Triangle::upper, blas::Diagonal::stored, C, R);
}

template void orthogonalize_block<float>(Matrix<const float>, Matrix<float>, Matrix<float>, Matrix<float>, float, index, bool*);
template void orthogonalize_block<double>(Matrix<const double>, Matrix<double>, Matrix<double>, Matrix<double>, double, index,
                                          bool*);

}  // namespace mlcore::linalg
