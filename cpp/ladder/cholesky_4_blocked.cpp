// Cholesky, step 4: 64 columns at a time, and tiles that stay in registers.
//
//     | A00          |     A00 = L00 L00^T              64 x 64, by step 3
//     |              |     X   = L00^-1 A10^T           L10 transposed: 64 long rows, which are subtracted from each other
//     | A10    A11   |     A11 <- A11 - X^T X           the lower triangle of tiles; all but a fraction of the work
//                          and the same again for A11
//
//     X       i         j             one copy of L10 serves both sides of its product: for each p a tile takes MR numbers
//     p   . [ a ] . [ b  b  b ] .     of row p of X, and NV vectors of the same row (register_tile.hpp)
//
// Right-looking again, as in step 1, but by blocks: each element of A11 is loaded and stored once for 64 columns.
// X is padded with zeros, so that no tile needs a special case but for the place where it is added to A11.
//
// Flops  n^3 / 3, and a little more in the tiles that the diagonal crosses. Of these all but about 3 . 64 / (2 n) are in A11.
// Loads  11 for 24 multiply-adds in a tile, where step 3 needed 2 for 1.
// Bytes  X is 64 n numbers, 256 KiB of doubles at n = 512: L2. A larger panel would leave it, a smaller one would load and
//        store A11 more often.
//
// Next (cpp/linalg/cholesky.cpp): cut in halves instead of panels, so that also the triangular solve becomes a product, with
// blocks for all caches; rows shared out among threads.
//
// Source: J. Dongarra, I. Duff, D. Sorensen, H. van der Vorst, "Numerical Linear Algebra for High-Performance Computers",
// SIAM 1998, section 5.4.
#include "core/lease.hpp"
#include "ladder/ladder.hpp"
#include "ladder/register_tile.hpp"
#include "ladder/steps.hpp"
#include "ladder/vectors.hpp"

namespace mlcore::ladder {
namespace {

// X <- L^-1 X: from each row of X those above it are subtracted.
template <class T>
void solve_lower(Matrix<const T> L, Matrix<T> X) noexcept {
    for (index j = 0; j < X.rows; ++j) {
        T* x = &X(j, 0);
        for (index p = 0; p < j; ++p) axpy<T>(X.cols, -L(j, p), &X(p, 0), x);
        divide(X.cols, x, L(j, j), x);
    }
}

// The lower triangle of C -= X^T X. X has columns of zeros to the right of those of C.
template <class T>
void subtract_square(Matrix<const T> X, Matrix<T> C) noexcept {
    using Tile = RegisterTile<T>;
    const index n = C.rows;
    for (index j = 0; j < n; j += Tile::NR) {
        if (stopped()) return;
        for (index i = j; i < n; i += Tile::MR) {
            Tile tile;
            tile.multiply(X.rows, &X(0, i), 1, X.row_stride, &X(0, j), X.row_stride);
            tile.add_to(C.block(i, j, n - i, n - j), T(-1));
        }
    }
}

}  // namespace

template <class T>
void cholesky_blocked(MatrixIn<T> A, Matrix<T> L) {
    using Tile = RegisterTile<T>;
    const index n = A.rows;
    Lease<T> room(cholesky_panel * (n + Tile::MR + Tile::NR));
    copy_lower(A, L);
    for (index k = 0; k < n; k += cholesky_panel) {
        const index b = n - k < cholesky_panel ? n - k : cholesky_panel, rest = n - k - b;
        const Matrix<T> L00 = L.block(k, k, b, b), L10 = L.block(k + b, k, rest, b), L11 = L.block(k + b, k + b, rest, rest);
        const Matrix<T> X = row_major(room.data(), b, round_up(rest + Tile::MR, Tile::NR));
        T square[cholesky_panel * cholesky_panel];
        copy<T>(L00, row_major(square, b, b));
        cholesky_vectorised<T>(row_major(square, b, b), L00);
        set_zero(X);
        transpose<T>(L10, X);
        solve_lower<T>(L00, X);
        transpose<T>(X.block(0, 0, b, rest), L10);
        subtract_square<T>(X, L11);
        if (interrupted()) return;
    }
    for (index i = 0; i < n; ++i)  // where tiles reached across the diagonal
        for (index j = i + 1; j < n; ++j) L(i, j) = T(0);
}

template void cholesky_blocked<float>(Matrix<const float>, Matrix<float>);
template void cholesky_blocked<double>(Matrix<const double>, Matrix<double>);

}  // namespace mlcore::ladder
