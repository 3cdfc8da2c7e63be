// triangular_eigenvectors: S X = X W by back-substitution, S quasi-triangular (n x n), and V = Q X.
//
// START READING at `triangular_eigenvectors` at the end of the file.
//
// For the eigenvalue w of row p, x_p = 1, x_i = 0 below, and above, from the bottom up,
//
//     (s_ii - w) x_i = - sum over j > i of s_ij x_j           (a 2 x 2 block of S: two equations at once)
//
// All eigenvectors are computed together. Column p of X belongs to row p of S; a conjugate pair has its real part in the first
// column and its imaginary part in the second, so that the sums are one matrix product for all columns, whatever they are:
//
//           i0    i1
//        | x    g g g  |        rows [i0, i1): solved column by column, from the bottom up
//        |   x  g g g  |        above:  X[:i0, i0:] -= S[:i0, i0:i1] X[i0:i1, i0:]        gemm
//     i0 |      * s s  |
//        |        * s  |
//     i1 |          .. |
//
// A divisor nearer to zero than eps |w| is replaced by that: for a defective matrix the vectors are then those of a matrix eps
// away. Quotients can grow without bound. As soon as an element exceeds `highest`, its column is scaled by a
// power of two; the constants leave room for the sums and the one division until then.
//
// Flops n^3 / 3 for X, n^3 for Q X. Source: Golub and Van Loan, "Matrix Computations", 4th ed., 7.6.4; LAPACK's trevc3 and
// laln2; the column-wise scaling of a blocked back-substitution: A. Schwarz, C. Kjelgaard Mikkelsen, L. Karlsson, "Robust
// Parallel Eigenvector Computation for the Non-symmetric Eigenvalue Problem", Parallel Computing 100, 2020.
#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <utility>

#include "blas/blas.hpp"
#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "core/parallel.hpp"
#include "linalg/complex_arithmetic.hpp"
#include "linalg/nonsymmetric.hpp"
#include "simd/vec.hpp"

namespace mlcore::linalg {
namespace {

#ifdef MLCORE_TINY_BLOCKS
inline constexpr index block_rows = 3, stripe_cols = 4;
#else
inline constexpr index block_rows = 32, stripe_cols = 64;
#endif

// highest * |S| n / smallest does not overflow, |S| being what `balance` allows.
template <class T>
struct Bounds {
    static constexpr T highest = sizeof(T) == 8 ? T(0x1p300) : T(0x1p30f);
    static constexpr T smallest = sizeof(T) == 8 ? T(0x1p-500) : T(0x1p-60f);
};

// [a - w, b; c, d - w] x = r in place of r, by elimination with complete pivoting. N: T, or complex for a complex w.
template <class T, class N>
void solve_two(T a, T b, T c, T d, N w, T smallest, N (&r)[2]) noexcept {
    N m[2][2] = {{a - w, N(b)}, {N(c), d - w}};
    int row = 0, col = 0;
    for (int i = 0; i < 2; ++i)
        for (int j = 0; j < 2; ++j)
            if (size_of(m[i][j]) > size_of(m[row][col])) row = i, col = j;
    if (row == 1) std::swap(m[0], m[1]), std::swap(r[0], r[1]);
    if (col == 1) std::swap(m[0][0], m[0][1]), std::swap(m[1][0], m[1][1]);
    const N pivot = at_least(m[0][0], smallest), multiplier = quotient(m[1][0], pivot);
    const N last = at_least(N(m[1][1] - product(multiplier, m[0][1])), smallest);
    r[1] = quotient(N(r[1] - product(multiplier, r[0])), last);
    r[0] = quotient(N(r[0] - product(m[0][1], r[1])), pivot);
    if (col == 1) std::swap(r[0], r[1]);
}

template <class T>
class BackSubstitution {
public:
    BackSubstitution(Matrix<const T> S, const T* re, const T* im, Matrix<T> X) noexcept : S_(S), re_(re), im_(im), X_(X) {}

    // Rows [i0, i1) of the columns [first, end), the sums over rows from i1 on having been subtracted.
    void solve_rows(index i0, index i1, index first, index end) const noexcept {
        for (index i = i1 - 1; i >= i0; --i) {
            const bool two = im_[i] != T(0);
            if (two) --i;
            const index rows = two ? 2 : 1, next = i + rows, from = first > next ? first : next;
            if (first <= i && i < end) start(i, two);
            for (index r = i; r < next; ++r)
                for (index j = next; j < i1; ++j) subtract(r, j, from > j ? from : j - (im_[j] < T(0)), end);
            for (index c = from; c < end; c += im_[c] != T(0) ? 2 : 1) two ? divide_two(i, c) : divide_one(i, c);
        }
    }

private:
    Matrix<const T> S_;
    const T *re_, *im_;
    Matrix<T> X_;

    // The elements of the eigenvector that belong to its own rows.
    void start(index i, bool two) const noexcept {
        if (!two) {
            X_(i, i) = T(1);
            return;
        }
        const T above = S_(i, i + 1), below = S_(i + 1, i);
        const bool first = std::fabs(above) >= std::fabs(below);
        X_(i, i) = first ? T(1) : -im_[i] / below;
        X_(i + 1, i + 1) = first ? im_[i] / above : T(1);
    }
    // X(r, c) -= S(r, j) X(j, c) for c in [first, end).
    void subtract(index r, index j, index first, index end) const noexcept {
        using namespace simd;
        T* to = X_.data + r * X_.row_stride;
        const T* from = X_.data + j * X_.row_stride;
        const Vec<T> s = broadcast(S_(r, j));
        index c = first;
        for (; c + lanes<T> <= end; c += lanes<T>) store(to + c, load(to + c) - s * load(from + c));
        if (c < end) store_partial(to + c, load_partial(to + c, end - c) - s * load_partial(from + c, end - c), end - c);
    }
    T smallest(index c) const noexcept {
        return std::fmax(std::numeric_limits<T>::epsilon() * (std::fabs(re_[c]) + std::fabs(im_[c])), Bounds<T>::smallest);
    }
    std::complex<T> value(index c) const noexcept { return {re_[c], im_[c]}; }
    std::complex<T> element(index i, index c) const noexcept { return {X_(i, c), X_(i, c + 1)}; }
    void set(index i, index c, std::complex<T> x) const noexcept { X_(i, c) = x.real(), X_(i, c + 1) = x.imag(); }

    void divide_one(index i, index c) const noexcept {
        if (im_[c] == T(0)) {
            X_(i, c) /= at_least(S_(i, i) - re_[c], smallest(c));
            limit(c, std::fabs(X_(i, c)));
        } else {
            set(i, c, quotient(element(i, c), at_least(S_(i, i) - value(c), smallest(c))));
            limit(c, size_of(element(i, c)));
        }
    }
    void divide_two(index i, index c) const noexcept {
        const T a = S_(i, i), b = S_(i, i + 1), below = S_(i + 1, i), d = S_(i + 1, i + 1);
        if (im_[c] == T(0)) {
            T r[2] = {X_(i, c), X_(i + 1, c)};
            solve_two(a, b, below, d, re_[c], smallest(c), r);
            X_(i, c) = r[0], X_(i + 1, c) = r[1];
            limit(c, std::fmax(std::fabs(r[0]), std::fabs(r[1])));
        } else {
            std::complex<T> r[2] = {element(i, c), element(i + 1, c)};
            solve_two(a, b, below, d, value(c), smallest(c), r);
            set(i, c, r[0]), set(i + 1, c, r[1]);
            limit(c, std::fmax(size_of(r[0]), size_of(r[1])));
        }
    }
    void limit(index c, T largest) const noexcept {
        if (!(largest > Bounds<T>::highest)) return;
        const T scale = std::scalbn(T(1), -std::ilogb(largest));
        for (index j = c; j <= c + (im_[c] != T(0)); ++j)
            for (index i = 0; i < X_.rows; ++i) X_(i, j) *= scale;
    }
};

}  // namespace

// V: contiguous rows. A pair has im > 0 in its first place, im < 0 in its second.
template <class T>
Status triangular_eigenvectors(MatrixIn<T> S, const T* re, const T* im, MatrixIn<T> Qt, Matrix<T> V) {
    const index n = S.rows;
    Lease<T> room(n * n);
    const Matrix<T> X = row_major(room.data(), n, n);
    for (index i = 0; i < n * n; ++i) room[i] = T(0);
    const BackSubstitution<T> substitution(S, re, im, X);
    const auto beside_pairs = [&](index c) { return c < n && im[c] < T(0) ? c + 1 : c; };

    for (index i1 = n, i0; i1 > 0; i1 = i0) {
        i0 = i1 > block_rows ? i1 - block_rows : 0;
        i0 -= im[i0] < T(0);
        const index stripes = ceil_div(n - i0, stripe_cols);
        parallel_for_work(stripes, double(n - i0) * double(i1 - i0) * double(block_rows), [&](index task, int) {
            const index first = i0 + task * stripe_cols, end = first + stripe_cols < n ? first + stripe_cols : n;
            substitution.solve_rows(i0, i1, beside_pairs(first), beside_pairs(end));
        });
        blas::gemm<T>(T(-1), S.block(0, i0, i0, i1 - i0), X.block(i0, i0, i1 - i0, n - i0), T(1), X.block(0, i0, i0, n - i0));
        poll_interrupt();
        if (interrupted()) return Status::interrupted;
    }
    for (index c0 = 0, c1; c0 < n; c0 = c1) {  // X is triangular: columns by the hundred, each with the rows that it has
        c1 = beside_pairs(c0 + 4 * block_rows < n ? c0 + 4 * block_rows : n);
        blas::gemm<T>(T(1), Qt.block(0, 0, c1, n).transposed(), X.block(0, c0, c1, c1 - c0), T(0), V.block(0, c0, n, c1 - c0));
    }
    normalise_eigenvectors(im, V);
    return interrupted() ? Status::interrupted : Status::ok;
}

// Norm 1; the largest element of a complex vector is made real and positive. Row by row, as V lies in memory:
//
//     v <- (p v + q v') / 2^e          v' the other part of a pair; (p, q) / 2^e = (cos, sin) / ||v||, or 1 / ||v|| and 0
template <class T>
void normalise_eigenvectors(const T* im, Matrix<T> V) {
    const index n = V.rows;
    Lease<T> largest(n);
    Lease<double> unit(n), squares(n), longest(n);
    Lease<index> place(n);
    for (index j = 0; j < n; ++j) largest[j] = T(0), squares[j] = 0, longest[j] = -1, place[j] = 0;
    for (index i = 0; i < n; ++i)
        for (index j = 0; j < n; ++j) largest[j] = std::max(largest[j], std::fabs(V(i, j)));
    for (index j = 0; j < n; ++j) {
        const bool pair = im[j] != T(0);
        const T size = pair ? std::max(largest[j], largest[j + 1]) : largest[j];
        unit[j] = std::scalbn(1.0, size > T(0) ? -std::ilogb(size) : 0);
        if (pair) unit[j + 1] = unit[j], ++j;
    }
    for (index i = 0; i < n; ++i)
        for (index j = 0; j < n; ++j) {
            const double x = unit[j] * double(V(i, j));
            squares[j] += x * x;
            if (im[j] <= T(0)) continue;
            const double y = unit[j] * double(V(i, j + 1)), square = x * x + y * y;
            if (square > longest[j]) longest[j] = square, place[j] = i;
        }
    double *p = squares.data(), *q = longest.data();
    for (index j = 0; j < n; ++j) {
        if (im[j] == T(0)) {
            p[j] = squares[j] > 0 ? unit[j] / std::sqrt(squares[j]) : 0;
            continue;
        }
        const double scale = unit[j] / std::sqrt(squares[j] + squares[j + 1]), root = std::sqrt(longest[j]);
        const double x = unit[j] * double(V(place[j], j)), y = unit[j] * double(V(place[j], j + 1));
        p[j] = p[j + 1] = scale * (x / root);
        q[j] = scale * (y / root);
        ++j;
    }
    for (index i = 0; i < n; ++i)
        for (index j = 0; j < n; ++j) {
            const double x = double(V(i, j));
            V(i, j) = T(p[j] * x);
            if (im[j] == T(0)) continue;
            const double y = double(V(i, j + 1));
            V(i, j) = T(p[j] * x + q[j] * y);
            V(i, j + 1) = i == place[j] ? T(0) : T(p[j] * y - q[j] * x);
            ++j;
        }
}

template Status triangular_eigenvectors<float>(Matrix<const float>, const float*, const float*, Matrix<const float>,
                                               Matrix<float>);
template Status triangular_eigenvectors<double>(Matrix<const double>, const double*, const double*, Matrix<const double>,
                                                Matrix<double>);
template void normalise_eigenvectors<float>(const float*, Matrix<float>);
template void normalise_eigenvectors<double>(const double*, Matrix<double>);

}  // namespace mlcore::linalg
