// Matrix product, step 6: blocks copied into the order in which they are read.
//
//     B[P, :]  ->  panels of NR columns       p0: b b b .. b | p1: b b b .. b | ...       read front to back by the tile
//     A[I, P]  ->  panels of MR rows          p0: a a .. a   | p1: a a .. a   | ...
//
//     for P in k by 256            pack B[P, :]: 256 rows                                       L3
//       for I in m by 128          pack A[I, P]: 128 x 256 doubles = 256 KiB                    L2
//         for each panel of B      256 x 24 doubles = 48 KiB, used by all row panels of A       L1 and L2
//           for each panel of A    one tile of C in registers
//
// Packing moves m k + k n numbers for each sweep, to speed up m n k multiply-adds: as good as free for large matrices, and
// a loss for small ones. What is read is contiguous, aligned, in one or two pages, and padded with zeros to whole
// panels, so that the tile needs no special case but for the corner that it adds to C.
//
// Next (cpp/blas/gemm.cpp): the blocks of rows are shared out among threads; B in panels of NC columns, so that they stay
// in L3 however wide; small products without packing; any strides.
//
// The loops stand in add_product, C += factor A B, because the blocked steps of other ladders are made of such products.
#include "core/lease.hpp"
#include "ladder/ladder.hpp"
#include "ladder/register_tile.hpp"
#include "ladder/steps.hpp"

namespace mlcore::ladder {
namespace {

// out[panel][p][r] = X(panel W + r, p), zero where X ends.
template <index W, class T>
void pack(Matrix<const T> X, T* out) noexcept {
    for (index i = 0; i < X.rows; i += W)
        for (index p = 0; p < X.cols; ++p)
            for (index r = 0; r < W; ++r) *out++ = i + r < X.rows ? X(i + r, p) : T(0);
}

}  // namespace

template <class T>
void add_product(Scalar<T> factor, MatrixIn<T> A, MatrixIn<T> B, Matrix<T> C) {
    using Tile = RegisterTile<T>;
    const index m = C.rows, n = C.cols, k = A.cols;
    Lease<T> packed_A(matmul_height * matmul_depth), packed_B(matmul_depth * round_up(n, Tile::NR));
    static_assert(matmul_height % Tile::MR == 0);
    for (index p0 = 0; p0 < k; p0 += matmul_depth) {
        const index depth = k - p0 < matmul_depth ? k - p0 : matmul_depth;
        pack<Tile::NR, T>(B.block(p0, 0, depth, n).transposed(), packed_B.data());
        for (index i0 = 0; i0 < m; i0 += matmul_height) {
            if (stopped()) return;
            const index height = m - i0 < matmul_height ? m - i0 : matmul_height;
            pack<Tile::MR, T>(A.block(i0, p0, height, depth), packed_A.data());
            for (index j = 0; j < n; j += Tile::NR)
                for (index i = 0; i < height; i += Tile::MR) {
                    Tile tile;
                    tile.multiply(depth, &packed_A[i * depth], 1, Tile::MR, &packed_B[j * depth], Tile::NR);
                    tile.add_to(C.block(i0 + i, j, height - i, n - j), factor);
                }
        }
    }
}

template <class T>
void matmul_packed(MatrixIn<T> A, MatrixIn<T> B, Matrix<T> C) {
    set_zero(C);
    add_product<T>(T(1), A, B, C);
}

template void add_product<float>(float, Matrix<const float>, Matrix<const float>, Matrix<float>);
template void add_product<double>(double, Matrix<const double>, Matrix<const double>, Matrix<double>);
template void matmul_packed<float>(Matrix<const float>, Matrix<const float>, Matrix<float>);
template void matmul_packed<double>(Matrix<const double>, Matrix<const double>, Matrix<double>);

}  // namespace mlcore::ladder
