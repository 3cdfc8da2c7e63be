// gemm: the matrix product  C = alpha A B + beta C,  A (m x k), B (k x n), C (m x n), any strides.
//
// START READING at `gemm` near the end of the file, after microkernel.hpp (the tile) and blocking.hpp (the sizes).
//
//     LOOP 5  columns of C, NC wide         the packed panel of B stays in L3
//     LOOP 4  k, KC deep                    pack B: KC x NC                                  [threads share the packing]
//     LOOP 3  blocks of C, MC rows          pack A: MC x KC into L2                          [one task each]
//     LOOP 2  column tiles, NR wide         the micropanel of B stays in L1
//     LOOP 1  row tiles, MR high            microkernel: registers
//
// Flops 2 m n k. Bytes beyond cache: A read ceil(n/NC) times, B once, C read and written ceil(k/KC) times.
// Contract: C overlaps neither A nor B. beta = 0 does not read C. An element of C is the sum over k in fixed order
// (KC terms in one chain, then added to C), whatever the tiling, the thread count or the strides.
//
// Tried: a 4x48 and a 14x16 double tile on AVX-512 run as fast as 8x24 (98 % of peak on Zen 4); 24x8 at 65 %, since the
// broadcasts saturate the load ports.
//
// Source: K. Goto, R. van de Geijn, "Anatomy of High-Performance Matrix Multiplication", ACM TOMS 34(3), 2008; BLIS.
#include "blas/blas.hpp"
#include "blas/blocking.hpp"
#include "blas/microkernel.hpp"
#include "blas/pack.hpp"
#include "core/lease.hpp"
#include "core/parallel.hpp"

namespace mlcore::blas {
namespace {

using namespace simd;

// One tile of MR rows and NV vectors, A and B where they lie.
template <class T, int MR, int NV, bool Masked>
void direct_tile(index k, const T* A, index a_row, index a_col, const T* B, index b_row, index last, T* C, index c_row, T alpha,
                 T beta) noexcept {
    Tile<T, MR, NV> tile;
    if (a_col == 1)
        tile.template multiply<Masked>(k, A, a_row, 1, B, b_row, last);
    else
        tile.template multiply<Masked>(k, A, a_row, a_col, B, b_row, last);
    tile.update(C, c_row, MR, last, alpha, beta);
}

template <class T, int MR, int NV>
void direct_rows(index m, index k, const T* A, index a_row, index a_col, const T* B, index b_row, index last, T* C, index c_row,
                 T alpha, T beta) noexcept {
    index i = 0;
    for (; i + MR <= m; i += MR) {
        const T* a = A + i * a_row;
        if (last < lanes<T>)
            direct_tile<T, MR, NV, true>(k, a, a_row, a_col, B, b_row, last, C + i * c_row, c_row, alpha, beta);
        else
            direct_tile<T, MR, NV, false>(k, a, a_row, a_col, B, b_row, last, C + i * c_row, c_row, alpha, beta);
    }
    if constexpr (MR > 1)  // the rows left over: half the height at a time
        if (i < m)
            direct_rows<T, MR / 2, NV>(m - i, k, A + i * a_row, a_row, a_col, B, b_row, last, C + i * c_row, c_row, alpha, beta);
}

// Small products: no packing, B row-major. Column tiles of 3, 2 or 1 vectors, the last one masked.
template <class T>
void gemm_direct(T alpha, Matrix<const T> A, Matrix<const T> B, T beta, Matrix<T> C) noexcept {
    using Block = Blocking<T>;
    constexpr int L = lanes<T>;
    for (index j = 0; j < C.cols; j += Block::NR) {
        const index n = C.cols - j < Block::NR ? C.cols - j : Block::NR;
        const index vectors = ceil_div(n, L), last = n - (vectors - 1) * L;
        const auto rows = vectors == 3   ? direct_rows<T, Block::MR, 3>
                          : vectors == 2 ? direct_rows<T, Block::MR, 2>
                                         : direct_rows<T, Block::MR, 1>;
        rows(C.rows, A.cols, A.data, A.row_stride, A.col_stride, B.data + j, B.row_stride, last, C.data + j, C.row_stride, alpha,
             beta);
    }
}

// LOOPS 2 and 1 over packed operands.
template <class T, int NV>
void packed_column(index k, const T* A, const T* B, Matrix<T> C, T alpha, T beta) noexcept {
    using Block = Blocking<T>;
    const index last = C.cols - (NV - 1) * lanes<T>;
    for (index i = 0; i < C.rows; i += Block::MR) {  // LOOP 1
        Tile<T, Block::MR, NV> tile;
        tile.template multiply<false>(k, A + i * k, 1, Block::MR, B, Block::NR, last);
        const index rows = C.rows - i < Block::MR ? C.rows - i : Block::MR;
        tile.update(&C(i, 0), C.row_stride, int(rows), last, alpha, beta);
    }
}

template <class T>
void packed_block(index k, const T* A, const T* B, Matrix<T> C, T alpha, T beta) noexcept {
    using Block = Blocking<T>;
    for (index j = 0; j < C.cols; j += Block::NR) {  // LOOP 2
        const index n = C.cols - j < Block::NR ? C.cols - j : Block::NR;
        const Matrix<T> tile_column = C.block(0, j, C.rows, n);
        const index vectors = ceil_div(n, lanes<T>);
        const auto column = vectors == 3 ? packed_column<T, 3> : vectors == 2 ? packed_column<T, 2> : packed_column<T, 1>;
        column(k, A, B + j * k, tile_column, alpha, beta);
    }
}

template <class T>
void gemm_packed(T alpha, Matrix<const T> A, Matrix<const T> B, T beta, Matrix<T> C) {
    using Block = Blocking<T>;
    const index m = C.rows, n = C.cols, k = A.cols;
    const index kc_max = k < Block::KC ? k : Block::KC;
    const index nc_max = round_up(n < Block::NC ? n : Block::NC, Block::NR);
    Lease<T> packed_b(kc_max * nc_max);
    T* Bp = packed_b.data();

    for (index jc = 0; jc < n; jc += Block::NC) {  // LOOP 5
        const index nc = n - jc < Block::NC ? n - jc : Block::NC;
        // Tasks: row blocks of equal height; a short wide C is cut by columns too, into about eight tasks.
        const index row_blocks = ceil_div(m, Block::MC), mc = round_up(ceil_div(m, row_blocks), Block::MR);
        const index wanted = ceil_div(8, row_blocks), widest = ceil_div(nc, 8 * Block::NR);
        const index col_blocks = wanted < widest ? wanted : widest;
        const index nb = round_up(ceil_div(nc, col_blocks), Block::NR);

        for (index pc = 0; pc < k; pc += Block::KC) {  // LOOP 4
            const index kc = k - pc < Block::KC ? k - pc : Block::KC;
            const double work = double(m) * double(nc) * double(kc);
            const index panels = ceil_div(nc, Block::NR), group = ceil_div(panels, 8);
            parallel_for_work(ceil_div(panels, group), work, [&](index task, int) {
                const index j = task * group * Block::NR, width = nc - j < group * Block::NR ? nc - j : group * Block::NR;
                pack_panels<T, Block::NR>(B.block(pc, jc + j, kc, width).transposed(), Bp + j * kc);
            });
            parallel_for_work(row_blocks * col_blocks, work, [&](index task, int) {  // LOOP 3
                const index i = task / col_blocks * mc, j = task % col_blocks * nb;
                if (i >= m || j >= nc) return;
                const index rows = m - i < mc ? m - i : mc, cols = nc - j < nb ? nc - j : nb;
                Lease<T> packed_a(round_up(rows, Block::MR) * kc);
                pack_panels<T, Block::MR>(A.block(i, pc, rows, kc), packed_a.data());
                packed_block<T>(kc, packed_a.data(), Bp + j * kc, C.block(i, jc + j, rows, cols), alpha, pc == 0 ? beta : T(1));
            });
        }
    }
}

// A long sum into a small C (X^T Y of a tall X): the k axis is cut into pieces by the size of the problem, each piece
// summed by itself, the pieces added in order.
template <class T>
void gemm_split_k(T alpha, Matrix<const T> A, Matrix<const T> B, T beta, Matrix<T> C) {
    using Block = Blocking<T>;
    const index m = C.rows, n = C.cols, k = A.cols;
    const index pieces = k / Block::split_k + 1 < 16 ? k / Block::split_k + 1 : 16;
    const index depth = round_up(ceil_div(k, pieces), Block::KC);
    const index used = ceil_div(k, depth);
    Lease<T> partial(used * m * n);
    T* sums = partial.data();
    parallel_for_work(used, double(m) * double(n) * double(k), [&](index task, int) {
        const index p = task * depth, kc = k - p < depth ? k - p : depth;
        gemm_packed<T>(alpha, A.block(0, p, m, kc), B.block(p, 0, kc, n), T(0), row_major(sums + task * m * n, m, n));
    });
    for (index i = 0; i < m; ++i)
        for (index j = 0; j < n; ++j) {
            T sum = beta == T(0) ? T(0) : beta * C(i, j);
            for (index piece = 0; piece < used; ++piece) sum += sums[(piece * m + i) * n + j];
            C(i, j) = sum;
        }
}

}  // namespace

template <class T>
void gemm(Scalar<T> alpha, MatrixIn<T> A, MatrixIn<T> B, Scalar<T> beta, Matrix<T> C) {
    using Block = Blocking<T>;
    const index m = C.rows, n = C.cols, k = A.cols;
    if (m == 0 || n == 0) return;
    if (C.col_stride != 1 && C.row_stride == 1) {  // column-major C: C^T = B^T A^T is row-major
        gemm(alpha, B.transposed(), A.transposed(), beta, C.transposed());
        return;
    }
    if (C.col_stride != 1) {  // gaps in C: by way of a dense copy
        Lease<T> dense(m * n);
        const Matrix<T> D = row_major(dense.data(), m, n);
        if (beta != T(0)) copy<T>(C, D);
        gemm(alpha, A, B, beta, D);
        copy<T>(D, C);
        return;
    }
    if (m * n * k <= Block::small) {
        if (B.col_stride == 1 || n == 1) {
            gemm_direct<T>(alpha, A, B, beta, C);
        } else {
            Lease<T> dense(k * n);
            const Matrix<T> D = row_major(dense.data(), k, n);
            copy<T>(B, D);
            gemm_direct<T>(alpha, A, D, beta, C);
        }
    } else if (k > Block::split_k && m * n <= Block::KC * Block::KC) {
        gemm_split_k<T>(alpha, A, B, beta, C);
    } else {
        gemm_packed<T>(alpha, A, B, beta, C);
    }
}

template void gemm<float>(float, Matrix<const float>, Matrix<const float>, float, Matrix<float>);
template void gemm<double>(double, Matrix<const double>, Matrix<const double>, double, Matrix<double>);

}  // namespace mlcore::blas
