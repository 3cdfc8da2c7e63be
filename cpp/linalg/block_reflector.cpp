// Block reflectors: Q = H_0 H_1 ... H_{k-1} written as  I - V S^-1 V^T,  so that it is applied by matrix products.
//
// From Q^T Q = I:  S + S^T = V^T V, with S upper triangular. So S is the upper half of V^T V, and half its diagonal, which is
// v^T v / 2 = 1 / tau:
//
//     s_ij = v_i^T v_j  (i < j),     s_jj = 1 / tau_j;     tau_j = 0 (H_j = I, v_j = 0): s_jj = 1, and nothing is coupled to it
//
//     Q B   = B - V (S^-1 (V^T B))          Q^T B = B - V (S^-T (V^T B))
//
// LAPACK stores T = S^-1, formed column by column; S needs one product, and the triangular solve costs what the product with
// T would.
//
// Flops 2 m k^2 to form (the whole V^T V), 4 m n k + n k^2 to apply to m x n.
// Source: C. Puglisi, "Modification of the Householder Method Based on the Compact WY Representation", SIAM J. Sci. Stat. Comput.
// 13(3), 1992; T. Joffrain et al., "Accumulating Householder Transformations, Revisited", ACM TOMS 32(2), 2006.
#include "core/lease.hpp"
#include "linalg/householder.hpp"

namespace mlcore::linalg {

template <class T>
void form_block_reflector(MatrixIn<T> V, const T* tau, Matrix<T> S) {
    blas::gemm<T>(T(1), V.transposed(), V, T(0), S);
    for (index j = 0; j < S.cols; ++j) S(j, j) = tau[j] == T(0) ? T(1) : T(1) / tau[j];
}

template <class T>
void apply_block_reflector(MatrixIn<T> V, MatrixIn<T> S, bool transposed, Matrix<T> B) {
    if (B.rows == 0 || B.cols == 0 || V.cols == 0) return;
    Lease<T> room(V.cols * B.cols);
    const Matrix<T> W = row_major(room.data(), V.cols, B.cols);
    blas::gemm<T>(T(1), V.transposed(), B, T(0), W);
    if (transposed)
        blas::trsm<T>(blas::Side::left, blas::Triangle::lower, blas::Diagonal::stored, S.transposed(), W);
    else
        blas::trsm<T>(blas::Side::left, blas::Triangle::upper, blas::Diagonal::stored, S, W);
    blas::gemm<T>(T(-1), V, W, T(1), B);
}

template void form_block_reflector<float>(Matrix<const float>, const float*, Matrix<float>);
template void form_block_reflector<double>(Matrix<const double>, const double*, Matrix<double>);
template void apply_block_reflector<float>(Matrix<const float>, Matrix<const float>, bool, Matrix<float>);
template void apply_block_reflector<double>(Matrix<const double>, Matrix<const double>, bool, Matrix<double>);

}  // namespace mlcore::linalg
