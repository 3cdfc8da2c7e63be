// factor_qr_large, form_q_large: what qr_blocked.cpp does, for matrices that do not fit in L2.
//
// START READING at `factor_qr_large`.
//
// The columns that are left lie in micropanels (micropanels.hpp), as wide as a tile of the matrix product, so that nothing is
// packed; and a micropanel, once brought to L2 for the first product, is still there for the others:
//
//     W = V^T B,    Z = S^-T W,    B -= V Z         for one micropanel B after the other, each a task of its own
//
// Of the 55 ms at order 1000 on one core with AVX-512, 46 are in the tile, at 97 % of the peak; packing alone would add 4.
//
// V is a trapezoid: its triangle V0 is multiplied without the zeros above the diagonal, but for those in a tile.
#include "blas/blas.hpp"
#include "core/lease.hpp"
#include "linalg/micropanels.hpp"
#include "linalg/qr_blocks.hpp"

namespace mlcore::linalg {

using blas::Diagonal, blas::Side, blas::Triangle;
static_assert(qr_block<double>(large_qr + 1) % Micropanels<double>::width == 0);
static_assert(qr_block<float>(large_qr + 1) % Micropanels<float>::width == 0);

namespace {

// S^-1: a product with it for each micropanel takes less time than a solve, which small blocks cannot make fast.
template <class T>
Matrix<T> invert(Matrix<const T> S, T* room) {
    const Matrix<T> inverse = row_major(room, S.rows, S.rows);
    for (index i = 0; i < S.rows; ++i)
        for (index c = 0; c < S.rows; ++c) inverse(i, c) = T(i == c);
    blas::trsm<T>(Side::left, Triangle::upper, Diagonal::stored, S, inverse);
    return inverse;
}

}  // namespace

template <class T>
void factor_qr_large(MatrixIn<T> A, Matrix<T> H, T* tau, Matrix<T> S) {
    constexpr index NR = Micropanels<T>::width;
    const index m = A.rows, n = A.cols, k = m < n ? m : n, first = k < S.cols ? k : S.cols;  // the first block is factored in place
    if (A.data != H.data) blas::copy<T>(A.block(0, 0, m, first), H.block(0, 0, m, first));
    Lease<T> room(Micropanels<T>::size(m, n - first));
    const Micropanels<T> rest{room.data(), m, n - first};
    rest.pack(A.block(0, first, m, n - first));
    const auto bring = [&](index j, Matrix<T> columns) {
        if (j > 0) rest.copy_to(j - first, columns);
    };
    factor_each_block<T>(H, tau, S, bring, [&](index j, Matrix<const T> V, Matrix<const T> S_j) {
        const index b = V.cols, below = V.rows - b;
        const Matrix<const T> V0 = V.block(0, 0, b, b), V1 = V.block(b, 0, below, b);
        Lease<T> inverted(b * b);
        const Matrix<const T> inverse = invert<T>(S_j, inverted.data());
        rest.for_each(j + b - first, 4 * double(V.rows) * double(b), [&](index, Matrix<T> panel) {
            const index width = panel.cols;
            const Matrix<T> B0 = panel.block(j, 0, b, width), B1 = panel.block(j + b, 0, below, width);
            Lease<T> product(2 * b * NR);
            const Matrix<T> W{product.data(), b, width, NR, 1}, Z{product.data() + b * NR, b, width, NR, 1};
            multiply_triangular<T>(T(1), Triangle::upper, V0.transposed(), B0, T(0), W);
            blas::gemm<T>(T(1), V1.transposed(), B1, T(1), W);
            multiply_triangular<T>(T(1), Triangle::lower, inverse.transposed(), W, T(0), Z);
            multiply_triangular<T>(T(-1), Triangle::lower, V0, Z, T(1), B0);
            blas::gemm<T>(T(-1), V1, Z, T(1), B1);
        });
    });
    if (k < n) rest.copy_to(k - first, H.block(0, k, m, n - k));
}

// Q: m x q, min(m, n) <= q <= m. Column c of a block of reflections, I - V S^-1 V^T, is e_c - V S^-1 V^T e_c, and V^T e_c row c
// of V: so for columns that are still those of the identity, one product is enough.
template <class T>
void form_q_large(MatrixIn<T> A, const T* tau, MatrixIn<T> S, Matrix<T> Q) {
    constexpr index NR = Micropanels<T>::width;
    const index m = Q.rows, q = Q.cols, k = A.rows < A.cols ? A.rows : A.cols;
    Lease<T> room(Micropanels<T>::size(m, q));
    const Micropanels<T> columns{room.data(), m, q};
    for_each_block<T>(A, tau, S, false, [&](index j, Matrix<const T> V, Matrix<const T> S_j) {
        const index b = V.cols, rows = V.rows, below = rows - b;
        const Matrix<const T> V0 = V.block(0, 0, b, b), V1 = V.block(b, 0, below, b);
        Lease<T> inverted(b * b);
        const Matrix<const T> inverse = invert<T>(S_j, inverted.data());
        columns.for_each(j, 4 * double(rows) * double(b), [&](index p, Matrix<T> panel) {
            const index first = p * NR - j;  // of the panel, in the block
            const bool identity = first < b || j + b == k;
            const index width = panel.cols;
            const Matrix<T> X = panel.block(j, 0, rows, width), X0 = X.block(0, 0, b, width), X1 = X.block(b, 0, below, width);
            Lease<T> product(2 * b * NR);
            const Matrix<T> Y{product.data(), b, width, NR, 1}, Z{product.data() + b * NR, b, width, NR, 1};
            if (identity)
                for (index i = 0; i < b; ++i)
                    for (index c = 0; c < width; ++c) Y(i, c) = first + c < rows ? V(first + c, i) : T(0);
            else
                blas::gemm<T>(T(1), V1.transposed(), X1, T(0), Y);
            multiply_triangular<T>(T(1), Triangle::upper, inverse, Y, T(0), Z);
            multiply_triangular<T>(T(-1), Triangle::lower, V0, Z, T(0), X0);
            blas::gemm<T>(T(-1), V1, Z, T(!identity), X1);
            if (identity)
                for (index c = 0; c < width && first + c < rows; ++c) X(first + c, c) += T(1);
            if (j == 0) columns.copy_to(p * NR, Q.block(0, p * NR, m, q - p * NR < NR ? q - p * NR : NR));
        });
    });
}

template void factor_qr_large<float>(Matrix<const float>, Matrix<float>, float*, Matrix<float>);
template void factor_qr_large<double>(Matrix<const double>, Matrix<double>, double*, Matrix<double>);
template void form_q_large<float>(Matrix<const float>, const float*, Matrix<const float>, Matrix<float>);
template void form_q_large<double>(Matrix<const double>, const double*, Matrix<const double>, Matrix<double>);

}  // namespace mlcore::linalg
