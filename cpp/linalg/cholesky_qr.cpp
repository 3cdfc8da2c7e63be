// cholesky_qr: A = Q R of a tall matrix from its Gram matrix, in one to four steps; or not at all.
//
// START READING at `cholesky_qr` at the end of the file.
//
//     Q = A,  R = I,  G = Q^T Q                            one read of A
//     until G - I is rounding error:
//         G = C^T C,   or  G + s diag(G) = C^T C           the shift s only if G is too ill-conditioned
//         Q := Q C^-1,   G := Q^T Q,   R := C R            one read of Q; G while the chunk of Q is in L2
//
// A step without shift leaves |G - I| = c eps k^2, k the condition number of the columns scaled to length 1: one step for
// orthogonal columns, two up to k of about 1e6 in double. A shift bounds the condition of C by 1 / sqrt(s), and divides that
// of Q by as much: three steps up to about 1e12, four for nearly all others. Where columns are dependent, what is left of them
// is rounding errors, which the shifts bring to light like anything else: Q is orthogonal all the same.
//
// Nothing is taken on trust. Orthogonality: G is looked at after each step, and only a step from |G - I| <= 1/4 (k below 2) goes
// out without another look. A = Q R: substitution costs c n eps |Q| |C| for each row, whatever the condition of C, and no column
// of Q gets longer than sqrt(2), or the answer is false. Multiplying by C^-1, which is faster, costs k more: it is taken if k
// is small. In float32 a shift gains too little to pay (sqrt(n eps) is 1/100). In all other cases the answer is false, and the
// caller takes reflections (tall_qr.cpp).
//
// C^-1 is upper triangular: columns of Q come in strips, of which strip [c, c + w) reads columns [0, c + w) of A alone.
//
// Flops m n^2 for each Gram matrix and each substitution, about 1.2 m n^2 for each product: 4.2 m n^2 for two steps, 6.2 for
// three and 8.2 for four, against 6 m n^2 for reflections, of which the panels are slow: they take longer than four steps.
//
// Contract: rows of Q are contiguous. Rows are cut by m and n alone: the same bits on any number of threads.
//
// The shift of the source is proven to suffice for the worst rounding errors: 11 (m + n) n eps |A|^2. Such errors do not occur,
// and a large shift makes for more steps: ours starts at the size of errors that do, and grows only while Cholesky fails.
//
// Source: T. Fukaya, R. Kannan, Y. Nakatsukasa, Y. Yamamoto, Y. Yanagisawa, "Shifted Cholesky QR for Computing the QR
// Factorization of Ill-Conditioned Matrices", SIAM J. Sci. Comput. 42(1), 2020; for two steps Y. Yamamoto, Y. Nakatsukasa,
// Y. Yanagisawa, T. Fukaya, "Roundoff Error Analysis of the CholeskyQR2 Algorithm", ETNA 44, 2015.
#include <cmath>
#include <limits>

#include "blas/blas.hpp"
#include "blas/gram_panel.hpp"
#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "core/parallel.hpp"
#include "linalg/qr.hpp"

namespace mlcore::linalg {
namespace {

#ifdef MLCORE_TINY_BLOCKS
constexpr index chunk_bytes = 1024, least_rows = 8, most_rows = 16;
#else
constexpr index chunk_bytes = 160 * 1024, least_rows = 32;  // a quarter of L2, with the copy
constexpr index most_rows = 192;                             // more would be one long chain of additions
#endif
constexpr index strips = 4;
constexpr int largest_steps = 4;
// In the norm of Frobenius, sqrt(n) times that of one column: a condition number of some 16 for each of n columns.
constexpr int inverse_condition = 16;
// The loss eps k^2 up to which no shift is needed, and shifts, relative to the diagonal, of which the first is times n eps.
constexpr double largest_loss = 0.01, first_shift = 4, largest_shift = 0.01;

// R^T R = G + shift times the diagonal of G; false if that is not positive definite (or not finite).
template <class T>
bool factor_gram(Matrix<const T> G, T shift, Matrix<T> R) {
    blas::copy<T>(G, R);
    for (index j = 0; j < R.rows; ++j) R(j, j) += shift * R(j, j);
    if (cholesky<T>(R) >= 0) return false;  // symmetric: the transposed factor of the lower triangle
    for (index i = 0; i < R.rows; ++i)
        for (index j = 0; j < i; ++j) {
            R(j, i) = R(i, j);
            R(i, j) = T(0);
        }
    return true;
}

template <class T>
void invert(Matrix<const T> R, Matrix<T> inverse) {
    for (index i = 0; i < R.rows; ++i)
        for (index j = 0; j < R.rows; ++j) inverse(i, j) = T(i == j);
    blas::trsm<T>(blas::Side::left, blas::Triangle::upper, blas::Diagonal::stored, R, inverse);
}

// The condition number, in the norm of Frobenius, of the columns of A scaled to length 1: at least n.
template <class T>
T condition(Matrix<const T> R, Matrix<const T> inverse) noexcept {
    T squares = 0;
    for (index j = 0; j < R.cols; ++j) {
        T column = 0, row = 0;
        for (index i = 0; i <= j; ++i) column += R(i, j) * R(i, j);
        for (index i = j; i < R.cols; ++i) row += inverse(j, i) * inverse(j, i);
        squares += column * row;
    }
    return std::sqrt(squares * T(R.cols));
}

// No column is zero, or so long or short that its products have lost digits to over- or underflow.
template <class T>
bool is_in_range(Matrix<const T> G) noexcept {
    constexpr int far = std::numeric_limits<T>::max_exponent / 3;
    for (index j = 0; j < G.cols; ++j)
        if (!(std::fabs(std::log2(G(j, j))) < 2 * far)) return false;
    return true;
}

enum class Division { impossible, by_inverse, by_substitution };

// R, the Cholesky factor of G, shifted if it must be, and how a matrix with the Gram matrix G is divided by it. With
// by_inverse, the inverse.
template <class T>
Division choose(Matrix<const T> G, Matrix<T> R, Matrix<T> inverse) {
    constexpr T eps = std::numeric_limits<T>::epsilon();
    const T n = T(G.cols);
    if (!is_in_range<T>(G)) return Division::impossible;
    if (factor_gram<T>(G, T(0), R)) {
        invert<T>(R, inverse);
        const T found = condition<T>(R, inverse);
        if (found <= inverse_condition * n) return Division::by_inverse;
        if (found * found * eps <= T(largest_loss)) return Division::by_substitution;
    }
    if (sizeof(T) == 4) return Division::impossible;
    for (T shift = T(first_shift) * n * eps; shift < T(largest_shift); shift *= 10)
        if (factor_gram<T>(G, shift, R)) return Division::by_substitution;
    return Division::impossible;
}

// Q = A S (by_inverse) or A S^-1 (by_substitution), S upper triangular, and G = Q^T Q unless it has no data. A may be Q itself.
template <class T>
void divide(Matrix<const T> A, Division division, Matrix<const T> S, Matrix<T> Q, Matrix<T> G) {
    const index m = A.rows, n = A.cols, ldg = round_up(n, simd::lanes<T>);
    index rows = chunk_bytes / (n * index(sizeof(T))) / 8 * 8;
    rows = rows < least_rows ? least_rows : rows > most_rows ? most_rows : rows;
    // At most 32 groups, whose sums together take no more than an eighth of the memory of A.
    index groups = m / (8 * n) < 32 ? m / (8 * n) : 32;
    if (groups < 1) groups = 1;
    const index per_group = ceil_div(ceil_div(m, rows), groups) * rows, width = round_up(ceil_div(n, strips), simd::lanes<T>);
    groups = ceil_div(m, per_group);
    Lease<T> sums(G.data ? groups * n * ldg : 0);
    const bool copied = A.data == Q.data || A.col_stride != 1;

    parallel_for_work(groups, 2 * double(m) * double(n) * double(n), [&](index g, int) {
        T* C = sums.data() + g * n * ldg;
        if (G.data)
            for (index i = 0; i < n * ldg; ++i) C[i] = T(0);
        Lease<T> room(copied ? rows * n : 0);
        const index end = (g + 1) * per_group < m ? (g + 1) * per_group : m;
        for (index p = g * per_group; p < end && !interrupted(); p += rows) {
            const index count = end - p < rows ? end - p : rows;
            Matrix<const T> X = A.block(p, 0, count, n);
            const Matrix<T> Y = Q.block(p, 0, count, n);
            if (division == Division::by_substitution) {
                if (A.data != Q.data) blas::copy<T>(X, Y);
                blas::trsm<T>(blas::Side::right, blas::Triangle::upper, blas::Diagonal::stored, S, Y);
            } else {
                if (copied) {
                    blas::copy<T>(X, row_major(room.data(), count, n));
                    X = row_major<const T>(room.data(), count, n);
                }
                for (index c = 0; c < n; c += width) {
                    const index w = n - c < width ? n - c : width;
                    blas::gemm<T>(T(1), X.block(0, 0, count, c + w), S.block(0, c, c + w, w), T(0), Y.block(0, c, count, w));
                }
            }
            if (G.data) blas::add_products<T>(Matrix<const T>(Y), count, C, ldg, {});
            poll_interrupt();
        }
    });
    if (!G.data) return;
    for (index i = 0; i < n; ++i)
        for (index j = i; j < n; ++j) {
            T sum = 0;
            for (index g = 0; g < groups; ++g) sum += sums[(g * n + i) * ldg + j];
            G(i, j) = G(j, i) = sum;
        }
}

// || G - I || in the norm of Frobenius.
template <class T>
T distance_from_identity(Matrix<const T> G) noexcept {
    T squares = 0;
    for (index i = 0; i < G.rows; ++i)
        for (index j = 0; j < G.cols; ++j) {
            const T e = G(i, j) - T(i == j);
            squares += e * e;
        }
    return std::sqrt(squares);
}

}  // namespace

// A: m x n, m >= n. Q: m x n; R: n x n, with a positive diagonal.
template <class T>
bool cholesky_qr(MatrixIn<T> A, Matrix<T> Q, Matrix<T> R) {
    constexpr T eps = std::numeric_limits<T>::epsilon();
    const index n = A.cols;
    const T rounding = T(n) * eps, small = T(0.25), longest = T(2);
    Lease<T> gram(n * n), factor(n * n), inverse_room(n * n);
    const Matrix<T> G = row_major(gram.data(), n, n), C = row_major(factor.data(), n, n),
                    inverse = row_major(inverse_room.data(), n, n);

    blas::gram<T>(A, nullptr, nullptr, G);
    const Matrix<T> none{nullptr, 0, 0, 0, 1};
    bool last = false;
    for (int step = 0; step < largest_steps && !last; ++step) {
        if (interrupted()) return false;
        if (step > 0) {
            const T lost = distance_from_identity<T>(G);
            if (lost <= rounding) return true;
            for (index j = 0; j < n; ++j)
                if (!(G(j, j) <= longest)) return false;
            last = lost <= small;
        }
        const Division division = choose<T>(G, C, inverse);
        if (division == Division::impossible) return false;
        divide<T>(step == 0 ? A : Q, division, division == Division::by_inverse ? inverse : C, Q, last ? none : G);
        if (step == 0)
            blas::copy<T>(C, R);
        else
            blas::trmm<T>(blas::Side::left, blas::Triangle::upper, blas::Diagonal::stored, C, R);
    }
    return last;
}

template bool cholesky_qr<float>(Matrix<const float>, Matrix<float>, Matrix<float>);
template bool cholesky_qr<double>(Matrix<const double>, Matrix<double>, Matrix<double>);

}  // namespace mlcore::linalg
