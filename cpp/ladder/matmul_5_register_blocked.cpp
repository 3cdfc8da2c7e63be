// Matrix product, step 5: a tile of C that stays in registers.
//
//     C[I, J] += A[I, P] B[P, J]           I: MR = 8 rows,  J: NR = 3 vectors,  P: 256 terms
//
// Step 4 loads and stores C for every multiply-add. Here 8 x 24 elements of C (in doubles, 64-byte vectors) are summed
// in 24 registers while p runs, and touch memory once for each 256 terms. See register_tile.hpp for the picture.
//
// Loads  11 for 24 multiply-adds. And 24 independent sums: none waits for another.
//
// The rows and columns that fill no tile are left to step 4.
//
// Next: the tile walks down B with a stride of a whole row, and across MR rows of A. Each step of p touches another page
// (the translation buffer overflows) and, if rows are a power of two long, the same few cache sets.
#include "ladder/ladder.hpp"
#include "ladder/register_tile.hpp"
#include "ladder/steps.hpp"

namespace mlcore::ladder {

template <class T>
void matmul_register_blocked(MatrixIn<T> A, MatrixIn<T> B, Matrix<T> C) noexcept {
    using Tile = RegisterTile<T>;
    const index m = C.rows, n = C.cols, k = A.cols;
    const index tiled_m = m - m % Tile::MR, tiled_n = n - n % Tile::NR;
    set_zero(C);
    for (index p0 = 0; p0 < k; p0 += matmul_depth)
        for (index j = 0; j < tiled_n; j += Tile::NR) {
            if (stopped()) return;
            const index depth = k - p0 < matmul_depth ? k - p0 : matmul_depth;
            for (index i = 0; i < tiled_m; i += Tile::MR) {
                Tile tile;
                tile.multiply(depth, &A(i, p0), A.row_stride, 1, &B(p0, j), B.row_stride);
                tile.add_to(C.block(i, j, Tile::MR, Tile::NR));
            }
        }
    if (tiled_n < n) matmul_vectorised<T>(A, B.block(0, tiled_n, k, n - tiled_n), C.block(0, tiled_n, m, n - tiled_n));
    if (tiled_m < m) matmul_vectorised<T>(A.block(tiled_m, 0, m - tiled_m, k), B, C.block(tiled_m, 0, m - tiled_m, n));
}

template void matmul_register_blocked<float>(Matrix<const float>, Matrix<const float>, Matrix<float>) noexcept;
template void matmul_register_blocked<double>(Matrix<const double>, Matrix<const double>, Matrix<double>) noexcept;

}  // namespace mlcore::ladder
