// tall_qr: A = Q R for many rows, by blocks of rows that stay in cache; A may come in two parts, (A B).
//
// START READING at `tall_qr` at the end of the file.
//
//     | A_0 |     | Q_0 R_0 |                  | R_0 |                      Q_i := Q_i P_i
//     | A_1 |  =  | Q_1 R_1 |  ,               | R_1 |  =  P R,
//     | ... |     |   ...   |                  | ... |
//
//     factor each block by itself              factor the stacked R_i       one product for each block
//     (threads share the blocks)               (again by blocks, if tall)
//
// A is read once, Q written twice. Flops 2 m n^2 for R alone, 6 m n^2 with Q, and for both a share of n / rows more for the
// stack. As stable as Householder QR, for it is one, with the reflections in another order. R gets a diagonal >= 0.
//
// Gram matrices (cholesky_qr.cpp, cholesky_r.cpp) are tried first: where they will do, the result is as good, in a fifth to two
// thirds of the time.
//
// Contract: rows of Q are contiguous. How rows are cut depends on m and n alone: the same bits on any number of threads.
//
// Source: J. Demmel, L. Grigori, M. Hoemmen, J. Langou, "Communication-optimal Parallel and Sequential QR and LU Factorizations",
// SIAM J. Sci. Comput. 34(1), 2012.
#include <atomic>

#include "blas/blas.hpp"
#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "core/parallel.hpp"
#include "linalg/qr.hpp"

namespace mlcore::linalg {
namespace {

// m rows in blocks of nearly equal height, at least n each: 8 n rows or 256 KiB of doubles, whichever is more.
struct Blocks {
    index m, count;

    Blocks(index m_, index n) noexcept : m(m_) {
#ifdef MLCORE_TINY_BLOCKS
        const index rows = 3 * n;
#else
        const index rows = 8 * n > 32 * 1024 / n ? 8 * n : 32 * 1024 / n;
#endif
        count = m / rows > 1 ? m / rows : 1;
    }
    index first(index i) const noexcept { return m / count * i + (i < m % count ? i : m % count); }
    index rows(index i) const noexcept { return first(i + 1) - first(i); }
};

enum class Range { near_one, far, not_finite };

// Rows [first, first + H.rows) of (A B).
template <class T>
void copy_rows(Matrix<const T> A, Matrix<const T> B, index first, Matrix<T> H) noexcept {
    blas::copy<T>(A.block(first, 0, H.rows, A.cols), H.block(0, 0, H.rows, A.cols));
    blas::copy<T>(B.block(first, 0, H.rows, B.cols), H.block(0, A.cols, H.rows, B.cols));
}

// Q R of (A B) times the diagonal of `factors` (null: none). Says so, and stops, if factors would be needed and are not there.
template <class T>
Range factor_tall(Matrix<const T> A, Matrix<const T> B, const T* factors, Matrix<T> Q, Matrix<T> R) {
    const index m = A.rows, n = A.cols + B.cols, width = qr_block<T>(n);
    const Blocks blocks(m, n);
    const index kept = Q.data ? blocks.count : 0;
    Lease<T> taus(kept * n), triangles(kept * n * width), stacked(blocks.count * n * n);
    std::atomic<Range> range{Range::near_one};
    const double work = double(m) * double(n) * double(n);

    parallel_for_work(blocks.count, work, [&](index i, int) {
        if (range.load(std::memory_order_relaxed) != Range::near_one || interrupted()) return;
        const index rows = blocks.rows(i);
        Lease<T> copied(Q.data ? 0 : rows * n), tau(Q.data ? 0 : n), triangle(Q.data ? 0 : n * width), room(n);
        const Matrix<T> H = Q.data ? Q.block(blocks.first(i), 0, rows, n) : row_major(copied.data(), rows, n);
        copy_rows(A, B, blocks.first(i), H);
        if (factors) {
            scale_columns(H, factors);
        } else {
            T* largest = room.data();
            for (index j = 0; j < n; ++j) largest[j] = 0;
            raise_maxima<T>(H, largest);
            const bool finite = is_finite(n, largest);
            if (!finite || maxima_to_factors(n, largest)) {
                range.store(finite ? Range::far : Range::not_finite, std::memory_order_relaxed);
                return;
            }
        }
        factor_qr<T>(H, H, Q.data ? taus.data() + i * n : tau.data(),
                  row_major(Q.data ? triangles.data() + i * n * width : triangle.data(), n, width));
        T* upper = stacked.data() + i * n * n;
        for (index r = 0; r < n; ++r)
            for (index c = 0; c < n; ++c) upper[r * n + c] = c < r ? T(0) : H(r, c);
    });
    if (range != Range::near_one || interrupted()) return range;

    const Matrix<T> stack = row_major(stacked.data(), blocks.count * n, n);
    Lease<T> combined(kept * n * n);
    const Matrix<T> P = Q.data ? row_major(combined.data(), stack.rows, n) : Matrix<T>{nullptr, 0, 0, 0, 1};
    if (blocks.count > 1 && is_tall<T>(stack.rows, n)) {
        Lease<T> ones(n);
        for (index j = 0; j < n; ++j) ones[j] = 1;
        factor_tall<T>(stack, stack.block(0, n, stack.rows, 0), ones.data(), P, R);
    } else {
        Lease<T> tau(n), triangle(n * width);
        const Matrix<T> S = row_major(triangle.data(), n, width);
        factor_qr<T>(stack, stack, tau.data(), S);
        for (index r = 0; r < n; ++r)
            for (index c = 0; c < n; ++c) R(r, c) = c < r ? T(0) : stack(r, c);
        if (Q.data) form_q<T>(stack, tau.data(), S, P);
    }
    for (index r = 0; r < n; ++r) {
        if (R(r, r) >= T(0)) continue;
        for (index c = r; c < n; ++c) R(r, c) = -R(r, c);
        for (index i = 0; i < P.rows; ++i) P(i, r) = -P(i, r);
    }
    if (!Q.data || interrupted()) return range;

    parallel_for_work(blocks.count, 2 * work, [&](index i, int) {
        if (interrupted()) return;
        const index rows = blocks.rows(i);
        const Matrix<T> H = Q.block(blocks.first(i), 0, rows, n);
        Lease<T> room(rows * n);
        const Matrix<T> Q_i = row_major(room.data(), rows, n);
        form_q<T>(H, taus.data() + i * n, row_major<const T>(triangles.data() + i * n * width, n, width), Q_i);
        blas::gemm<T>(T(1), Q_i, P.block(i * n, 0, n, n), T(0), H);
    });
    return range;
}

// The factors that column_scale.cpp describes, for all of (A B); false if it is not finite.
template <class T>
bool find_factors(Matrix<const T> A, Matrix<const T> B, T* factors) {
    const index n = A.cols + B.cols;
    const Blocks blocks(A.rows, n);
    Lease<T> room(blocks.count * n);
    parallel_for_work(blocks.count, double(A.rows) * double(n), [&](index i, int) {
        const index rows = blocks.rows(i);
        Lease<T> copied(rows * n);
        const Matrix<T> H = row_major(copied.data(), rows, n);
        T* largest = room.data() + i * n;
        for (index j = 0; j < n; ++j) largest[j] = 0;
        if (interrupted()) return;
        copy_rows(A, B, blocks.first(i), H);
        raise_maxima<T>(H, largest);
    });
    for (index j = 0; j < n; ++j) factors[j] = 0;
    raise_maxima<T>(row_major<const T>(room.data(), blocks.count, n), factors);
    if (!is_finite(n, factors)) return false;
    maxima_to_factors(n, factors);
    return true;
}

}  // namespace

template <class T>
Status tall_qr_by_reflections(MatrixIn<T> A, MatrixIn<T> B, Matrix<T> Q, Matrix<T> R) {
    Range range = factor_tall<T>(A, B, nullptr, Q, R);
    if (range == Range::far) {
        Lease<T> factors(A.cols + B.cols);
        if (!find_factors<T>(A, B, factors.data())) return interrupted() ? Status::interrupted : Status::not_finite;
        range = factor_tall<T>(A, B, factors.data(), Q, R);
        unscale_columns(R, factors.data());
    }
    if (interrupted()) return Status::interrupted;
    return range == Range::near_one ? Status::ok : Status::not_finite;
}

// Of (A B), m x n in all. Q: m x n or without data; R: n x n.
template <class T>
Status tall_qr(MatrixIn<T> A, MatrixIn<T> B, Matrix<T> Q, Matrix<T> R) {
    const bool done = !Q.data ? cholesky_r<T>(A, B, R) : B.cols == 0 && cholesky_qr<T>(A, Q, R);
    if (interrupted()) return Status::interrupted;
    return done ? Status::ok : tall_qr_by_reflections<T>(A, B, Q, R);
}

#define MLCORE_TALL_QR(T)                                                                              \
    template Status tall_qr_by_reflections<T>(Matrix<const T>, Matrix<const T>, Matrix<T>, Matrix<T>); \
    template Status tall_qr<T>(Matrix<const T>, Matrix<const T>, Matrix<T>, Matrix<T>);
MLCORE_TALL_QR(float)
MLCORE_TALL_QR(double)
#undef MLCORE_TALL_QR

}  // namespace mlcore::linalg
