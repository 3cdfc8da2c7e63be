// Matrix product, step 3: a tile of B that stays in cache.
//
//     C[:, J] += A[:, P] B[P, J]           for every tile P x J of B
//
//     A               B               C
//     . [. .] .       . . . .         . [. .] .
//     . [. .] .   x   . [. .] .  =    . [. .] .      all of C's rows use the tile before the next tile is taken
//     . [. .] .       . [. .] .       . [. .] .
//
// The tile is read from memory once and then m times from cache. C is read and written more often instead, once for each
// tile down its column of tiles, but from a row of 2 KiB that is used 64 times in a row.
//
// Bytes  of B, from beyond the cache: k n instead of m k n. Of C: k / 64 times m n.
// Tile   64 x 256 doubles = 128 KiB, an eighth of a 1 MiB L2. Square tiles of 64 would need as little of the cache, but
//        reach two thirds of the speed: the inner loop is over before it has got going.
// Gain   where B does not fit the cache it would otherwise come from: none at n = 1000 beside an L3 of 32 MiB, fourfold
//        at n = 2000 once step 4 asks for numbers eight times as fast.
//
// Next: the inner loop handles one number at a time, where a register holds 8 or 16.
#pragma GCC optimize("no-tree-vectorize")

#include "ladder/ladder.hpp"
#include "ladder/steps.hpp"

namespace mlcore::ladder {

template <class T>
void matmul_tiled(MatrixIn<T> A, MatrixIn<T> B, Matrix<T> C) noexcept {
    set_zero(C);
    for (index j0 = 0; j0 < C.cols; j0 += matmul_tile_cols)
        for (index p0 = 0; p0 < A.cols; p0 += matmul_tile_rows) {
            if (stopped()) return;
            const index j1 = j0 + matmul_tile_cols < C.cols ? j0 + matmul_tile_cols : C.cols;
            const index p1 = p0 + matmul_tile_rows < A.cols ? p0 + matmul_tile_rows : A.cols;
            for (index i = 0; i < C.rows; ++i) {
                T* c = &C(i, 0);
                for (index p = p0; p < p1; ++p) {
                    const T a = A(i, p);
                    const T* b = &B(p, 0);
                    for (index j = j0; j < j1; ++j) c[j] += a * b[j];
                }
            }
        }
}

template void matmul_tiled<float>(Matrix<const float>, Matrix<const float>, Matrix<float>) noexcept;
template void matmul_tiled<double>(Matrix<const double>, Matrix<const double>, Matrix<double>) noexcept;

}  // namespace mlcore::ladder
