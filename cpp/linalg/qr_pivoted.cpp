// qr_pivoted: A P = Q R by Householder reflections with column pivoting, in place of A (m x n), k = min(m, n).
//
// START READING at `factor_panel`.
//
// At step j the longest of the columns that are left, below row j, comes next: |r_jj| falls, each is at least as large as the
// rest of every later column, and where the rank ends what is left is of the size of rounding. (Kahan's matrix is the one on
// which |r_nn| is still much larger than the smallest singular value.)
//
//     A P = | R  R  R |       done: rows of R above, reflectors v_j below the diagonal (unit, not stored)
//           | v  x  x |       a panel of 32 steps: only the column that is due and the row that becomes R are brought up to date;
//           | v  x  x |       the rest of A waits as  A - V F^T,  F = A^T V S^-1 built column by column, one A^T v a step
//
// so half of the flops are a matrix-vector product for each step and half one product A -= V F^T for each panel.
//
// The lengths of the remaining columns are not computed anew but brought down, l'^2 = l^2 - r_jc^2. Once l' is below eps^(1/4) of
// the length it began with, cancellation has made it worthless: the panel ends there and the length is computed from the column.
//
// Flops 4 m n k - 2 (m + n) k^2 + 4/3 k^3; bytes about half as many reads of A as there are steps. Columns of A should be
// contiguous. Errors by columns: each column of A P - Q R is a few m k eps of that column's own length; if the rows come in the
// order of falling size, each row is also small beside its own (Cox, Higham).
//
// Sources: G. Quintana-Orti, X. Sun, C. Bischof, "A BLAS-3 Version of the QR Factorization with Column Pivoting", SIAM J. Sci.
// Comput. 19(5), 1998; Z. Drmac, Z. Bujanovic, "On the Failure of Rank-Revealing QR Factorization Software", ACM TOMS 35(2), 2008
// (the lengths); A. Cox, N. Higham, "Stability of Householder QR Factorization for Weighted Least Squares Problems", 1998.
#include <algorithm>
#include <cmath>
#include <limits>

#include "blas/blas.hpp"
#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "linalg/householder.hpp"
#include "linalg/linalg.hpp"

namespace mlcore::linalg {
namespace {

#ifdef MLCORE_TINY_BLOCKS
constexpr index panel_width = 4, reflector_block = 4;
#else
constexpr index panel_width = 32, reflector_block = 64;
#endif

template <class T>
void exchange_columns(Matrix<T> A, index i, index j) noexcept {
    for (index r = 0; r < A.rows; ++r) std::swap(A(r, i), A(r, j));
}

// The lengths of the columns below the finished rows: as brought down so far, and as last computed. now < 0: worthless.
template <class T>
struct Lengths {
    Lease<T> now, computed;

    explicit Lengths(index n) : now(n), computed(n) {}
    void compute(Matrix<const T> A, index column) { now[column] = computed[column] = blas::nrm2<T>(A.col(column)); }
    void move(index from, index to) noexcept { now[to] = now[from], computed[to] = computed[from]; }
    // Takes r out of the length of a column. False if that is now worthless.
    bool bring_down(index column, T r) noexcept {
        if (now[column] == T(0)) return true;
        const T ratio = std::fabs(r) / now[column], left = std::max(T(0), (1 + ratio) * (1 - ratio));
        const T share = now[column] / computed[column];
        const bool good = left * share * share > std::sqrt(std::numeric_limits<T>::epsilon());
        now[column] = good ? now[column] * std::sqrt(left) : T(-1);
        return good;
    }
};

// Steps first, ..., of at most `width`; returns how many were made. F: (n - first) x width, columns contiguous.
template <class T>
index factor_panel(Matrix<T> A, index first, index width, T* tau, index* order, Lengths<T>& lengths, Matrix<T> F) {
    const index m = A.rows, n = A.cols;
    T room[panel_width];
    for (index j = 0; j < width; ++j) {
        const index k = first + j, rest = n - k - 1;
        const index pivot = std::max_element(lengths.now.data() + k, lengths.now.data() + n) - lengths.now.data();
        if (pivot != k) {
            exchange_columns(A, pivot, k);
            exchange_columns(F.block(0, 0, F.rows, j).transposed(), pivot - first, j);
            std::swap(order[pivot], order[k]);
            lengths.move(k, pivot);
        }
        const Matrix<T> V = A.block(k, first, m - k, j);
        const Vector<T> v = A.col(k).part(k, m - k), f = F.col(j), row = A.row(k).part(k + 1, rest), h{room, j};
        blas::gemv<T>(T(-1), V, F.row(j).part(0, j), T(1), v);
        const T diagonal = make_reflector<T>(v, tau[k]);

        // f = tau (A - V F^T)^T v, for the columns not yet done
        blas::gemv<T>(tau[k], A.block(k, k + 1, m - k, rest).transposed(), v, T(0), f.part(j + 1, rest));
        blas::gemv<T>(-tau[k], V.transposed(), v, T(0), h);
        blas::gemv<T>(T(1), F.block(j + 1, 0, rest, j), h, T(1), f.part(j + 1, rest));
        blas::gemv<T>(T(-1), F.block(j + 1, 0, rest, j + 1), A.row(k).part(first, j + 1), T(1), row);
        A(k, k) = diagonal;

        bool good = true;
        for (index c = k + 1; c < n; ++c) good &= lengths.bring_down(c, A(k, c));
        if (!good) return j + 1;
    }
    return width;
}

}  // namespace

// tau: k; order: n, column j of A P is column order[j] of A. Elements must be far from over- and underflow of their squares.
template <class T>
Status qr_pivoted(Matrix<T> A, T* tau, index* order) {
    const index m = A.rows, n = A.cols, steps = std::min(m, n);
    for (index j = 0; j < n; ++j) order[j] = j;
    if (steps == 0) return Status::ok;
    Lengths<T> lengths(n);
    for (index j = 0; j < n; ++j) {
        lengths.compute(A, j);
        if (!(lengths.now[j] <= std::numeric_limits<T>::max())) return Status::not_finite;
    }
    Lease<T> room(n * panel_width);
    for (index first = 0; first < steps;) {
        poll_interrupt();
        if (interrupted()) return Status::interrupted;
        const Matrix<T> F{room.data(), n - first, panel_width, 1, n - first};
        const index done = factor_panel(A, first, std::min(panel_width, steps - first), tau, order, lengths, F);
        const index next = first + done;
        const Matrix<T> rest = A.block(next, next, m - next, n - next);
        if (rest.rows > 0 && rest.cols > 0)
            blas::gemm<T>(T(-1), A.block(next, first, rest.rows, done), F.block(done, 0, rest.cols, done).transposed(), T(1),
                          rest);
        for (index c = next; c < n; ++c)
            if (lengths.now[c] < 0) lengths.compute(A.block(next, 0, m - next, n), c);
        first = next;
    }
    return Status::ok;
}

// B <- Q B, or Q^T B if transposed, by reflections as qr_pivoted leaves them below the diagonal of H. B: H.rows x anything.
template <class T>
void apply_q(MatrixIn<T> H, const T* tau, bool transposed, Matrix<T> B) {
    const index m = H.rows, k = std::min(m, H.cols), blocks = ceil_div(k, reflector_block);
    Lease<T> vectors(m * reflector_block), room(reflector_block * reflector_block);
    for (index block = 0; block < blocks; ++block) {
        poll_interrupt();
        if (interrupted()) return;
        const index first = (transposed ? block : blocks - 1 - block) * reflector_block;
        const index width = std::min(reflector_block, k - first);
        const Matrix<T> V{vectors.data(), m - first, width, 1, m - first}, S = row_major(room.data(), width, width);
        for (index j = 0; j < width; ++j)
            for (index i = 0; i < V.rows; ++i)
                V(i, j) = i > j ? H(first + i, first + j) : T(i == j && tau[first + j] != T(0));
        form_block_reflector<T>(V, tau + first, S);
        apply_block_reflector<T>(V, S, transposed, B.block(first, 0, m - first, B.cols));
    }
}

template Status qr_pivoted<float>(Matrix<float>, float*, index*);
template Status qr_pivoted<double>(Matrix<double>, double*, index*);
template void apply_q<float>(Matrix<const float>, const float*, bool, Matrix<float>);
template void apply_q<double>(Matrix<const double>, const double*, bool, Matrix<double>);

}  // namespace mlcore::linalg
