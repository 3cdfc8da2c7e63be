// gemm: the matrix product  C = alpha A B + beta C,  A (m x k), B (k x n), C (m x n), any strides.
//
// START READING at `gemm` near the end of the file, after microkernel.hpp (the tile) and blocking.hpp (the sizes).
//
//     LOOP 5  columns of C, NC wide         the packed panel of B stays in L3
//     LOOP 4  k, KC deep                    pack B: KC x NC                                  [threads share the packing]
//     LOOP 3  blocks of C, MC rows          the block of A, MC x KC, stays in L2             [one task each]
//     LOOP 2  column tiles, NR wide         the micropanel of B stays in L1
//     LOOP 1  row tiles, MR high            microkernel: registers                           tile_column.cpp
//
// Flops 2 m n k. Bytes beyond cache: A read ceil(n/NC) times, B once, C read and written ceil(k/KC) times.
// Contract: C overlaps neither A nor B. beta = 0 does not read C. An element of C is the sum over k in fixed order
// (KC terms in one chain, then added to C), whatever the tiling or the thread count. One row or column is gemv's business.
//
// Tried: a 4x48 and a 14x16 double tile on AVX-512 run as fast as 8x24 (98 % of peak on Zen 4); 24x8 at 65 %, since the
// broadcasts saturate the load ports. KC = 256 loses 5 % at n = 1000, where C is then read and written twice as often.
// Packing a row-major A as well as B loses 1 to 4 % below n = 500 and gains nothing above: eight rows are eight streams that
// the prefetcher follows.
//
// Source: K. Goto, R. van de Geijn, "Anatomy of High-Performance Matrix Multiplication", ACM TOMS 34(3), 2008; BLIS.
#include "blas/blas.hpp"
#include "blas/blocking.hpp"
#include "blas/pack.hpp"
#include "blas/tile_column.hpp"
#include "core/lease.hpp"
#include "core/parallel.hpp"

namespace mlcore::blas {
namespace {

// LOOPS 2 and 1: one block of C from a block of A and packed panels of B.
template <class T>
void multiply_block(T alpha, Matrix<const T> A, const T* B_packed, T beta, Matrix<T> C) {
    constexpr index NR = Blocking<T>::NR;
    const index k = A.cols;
    const bool by_rows = A.col_stride == 1, by_columns = A.row_stride == 1;
    const bool lies_well = by_rows || (by_columns && A.col_stride <= Blocking<T>::MC);
    Lease<T> dense(lies_well ? 0 : A.rows * k);
    if (!lies_well) {  // brought together in L2, along the axis that is contiguous
        const Matrix<T> D = by_columns ? row_major(dense.data(), k, A.rows).transposed() : row_major(dense.data(), A.rows, k);
        copy<T>(by_columns ? A.transposed() : A, by_columns ? D.transposed() : D);
        A = D;
    }
    for (index j = 0; j < C.cols; j += NR) {  // LOOP 2
        const bool more = j + NR < C.cols;
        const T* B = B_packed + j * k;
        tile_column<T>({C.rows, more ? NR : C.cols - j, k, A.data, B, C.data + j, A.row_stride, A.col_stride, C.row_stride, alpha,
                        beta, more ? B + NR * k : nullptr, j == 0 && by_rows});
    }
}

template <class T>
void gemm_packed(T alpha, Matrix<const T> A, Matrix<const T> B, T beta, Matrix<T> C) {
    using Block = Blocking<T>;
    const index m = C.rows, n = C.cols, k = A.cols;
    const index kc_max = k < Block::KC ? k : Block::KC, nc_max = round_up(n < Block::NC ? n : Block::NC, Block::NR);
    Lease<T> packed_b(kc_max * nc_max);
    T* Bp = packed_b.data();

    for (index jc = 0; jc < n; jc += Block::NC) {  // LOOP 5
        const index nc = n - jc < Block::NC ? n - jc : Block::NC;
        // Tasks: row blocks of equal height; a short wide C is cut by columns too, into about eight tasks.
        const index row_blocks = ceil_div(m, Block::MC), mc = round_up(ceil_div(m, row_blocks), Block::MR);
        const index wanted = ceil_div(8, row_blocks), possible = ceil_div(nc, 8 * Block::NR);
        const index col_blocks = wanted < possible ? wanted : possible;
        const index nb = round_up(ceil_div(nc, col_blocks), Block::NR);

        for (index pc = 0; pc < k; pc += Block::KC) {  // LOOP 4
            poll_interrupt();
            if (interrupted()) return;
            const index kc = k - pc < Block::KC ? k - pc : Block::KC;
            const double work = double(m) * double(nc) * double(kc);
            const index panels = ceil_div(nc, Block::NR), group = ceil_div(panels, 8);
            parallel_for_work(ceil_div(panels, group), work, [&](index task, int) {
                const index j = task * group * Block::NR, width = nc - j < group * Block::NR ? nc - j : group * Block::NR;
                pack_panels<T, Block::NR>(B.block(pc, jc + j, kc, width), Bp + j * kc);
            });
            parallel_for_work(row_blocks * col_blocks, work, [&](index task, int) {  // LOOP 3
                const index i = task / col_blocks * mc, j = task % col_blocks * nb;
                if (i >= m || j >= nc) return;
                const index rows = m - i < mc ? m - i : mc, cols = nc - j < nb ? nc - j : nb;
                multiply_block<T>(alpha, A.block(i, pc, rows, kc), Bp + j * kc, pc == 0 ? beta : T(1),
                                  C.block(i, jc + j, rows, cols));
            });
        }
    }
}

// C of one row block: each task packs the columns of B that it multiplies, so that they are still in L2; a B that is a micropanel
// as it lies is used in place.
template <class T>
void gemm_low(T alpha, Matrix<const T> A, Matrix<const T> B, T beta, Matrix<T> C) {
    using Block = Blocking<T>;
    const index m = C.rows, n = C.cols, k = A.cols;
    const bool in_place = is_micropanel(B);
    const index tasks = ceil_div(n, 4 * Block::NR), nb = round_up(ceil_div(n, tasks), Block::NR);
    for (index pc = 0; pc < k; pc += Block::KC) {  // LOOP 4
        poll_interrupt();
        if (interrupted()) return;
        const index kc = k - pc < Block::KC ? k - pc : Block::KC;
        parallel_for_work(ceil_div(n, nb), double(m) * double(n) * double(kc), [&](index task, int) {
            const index j = task * nb, cols = n - j < nb ? n - j : nb;
            Lease<T> packed_b(in_place ? 0 : kc * nb);
            if (!in_place) pack_panels<T, Block::NR>(B.block(pc, j, kc, cols), packed_b.data());
            multiply_block<T>(alpha, A.block(0, pc, m, kc), in_place ? &B(pc, j) : packed_b.data(), pc == 0 ? beta : T(1),
                              C.block(0, j, m, cols));
        });
    }
}

// A long sum into a small C (X^T Y of tall matrices): the k axis is cut into pieces by the size of the problem, each piece
// summed by itself, the pieces added in order.
template <class T>
void gemm_split_k(T alpha, Matrix<const T> A, Matrix<const T> B, T beta, Matrix<T> C) {
    using Block = Blocking<T>;
    const index m = C.rows, n = C.cols, k = A.cols;
    const index wanted = k / Block::split_k + 1 < 16 ? k / Block::split_k + 1 : 16;
    const index depth = round_up(ceil_div(k, wanted), Block::KC), pieces = ceil_div(k, depth);
    Lease<T> partial(pieces * m * n);
    T* sums = partial.data();
    parallel_for_work(pieces, double(m) * double(n) * double(k), [&](index piece, int) {
        const index p = piece * depth, kc = k - p < depth ? k - p : depth;
        gemm_packed<T>(alpha, A.block(0, p, m, kc), B.block(p, 0, kc, n), T(0), row_major(sums + piece * m * n, m, n));
    });
    for (index i = 0; i < m; ++i)
        for (index j = 0; j < n; ++j) {
            T sum = beta == T(0) ? T(0) : beta * C(i, j);
            for (index piece = 0; piece < pieces; ++piece) sum += sums[(piece * m + i) * n + j];
            C(i, j) = sum;
        }
}

}  // namespace

template <class T>
void gemm(Scalar<T> alpha, MatrixIn<T> A, MatrixIn<T> B, Scalar<T> beta, Matrix<T> C) {
    using Block = Blocking<T>;
    const index m = C.rows, n = C.cols, k = A.cols;
    if (m == 0 || n == 0) return;
    if (n == 1) return gemv<T>(alpha, A, B.col(0), beta, C.col(0));
    if (m == 1) return gemv<T>(alpha, B.transposed(), A.row(0), beta, C.row(0));
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
    if (is_small_product<T>(m, n, k)) {
        if (B.col_stride == 1) {
            gemm_direct<T>(alpha, A, B, beta, C);
        } else {
            Lease<T> dense(k * n);
            copy<T>(B, row_major(dense.data(), k, n));
            gemm_direct<T>(alpha, A, row_major<const T>(dense.data(), k, n), beta, C);
        }
    } else if (k > Block::split_k && m * n <= Block::split_c) {
        gemm_split_k<T>(alpha, A, B, beta, C);
    } else if (m <= Block::MC) {
        gemm_low<T>(alpha, A, B, beta, C);
    } else {
        gemm_packed<T>(alpha, A, B, beta, C);
    }
}

template void gemm<float>(float, Matrix<const float>, Matrix<const float>, float, Matrix<float>);
template void gemm<double>(double, Matrix<const double>, Matrix<const double>, double, Matrix<double>);

}  // namespace mlcore::blas
