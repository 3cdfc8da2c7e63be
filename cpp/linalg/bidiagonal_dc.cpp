// bidiagonal_dc: singular values and vectors of an upper bidiagonal matrix by divide and conquer,  B = X diag(s) Y^T.
//
// START READING at `bidiagonal_dc` at the end of the file, then `Merge`. It is tridiagonal_dc for B^T B, which is never formed.
//
//         | B1      |        B1: k x (k + 1), one column more than rows;  row k = (a at column k, b at column k + 1)
//     B = |   a b   |        B2: likewise, but square where B ends; `wide` is 1 or 0
//         |      B2 |
//
//     B_i = X_i [ D_i 0 ] [ Y_i  y_i ]^T,       y_i: the unit vector with B_i y_i = 0
//
//         | .  X1 . |   | z_0  z^T   |   | y  Y1 .  y' |^T      z_0, z from row k: a times the last elements of y1 and of the
//     B = | 1  .  . | x |  .   D1    | x |             |        rows of Y1, b times the first ones of those of Y2 (and of y2)
//         | .  . X2 |   |  .      D2 |   | y  . Y2  y' |        y, y': y1 and y2 rotated so that z_0 belongs to y alone
//
// The matrix in the middle has the singular values of the secular equation with poles d_i^2, d_0 = 0 (secular.hpp). Vectors
// are rows (Xt, Yt), sorted for the product by where they are zero (row_groups.hpp); the first half of the columns of both is
// first ... middle, and row `middle` of Xt is a unit vector.
//
// Flops at most 8/3 n^3, nearly all in gemm; the more deflation the less.
// Contract: elements of B of order 1. An entry is negligible if it is 8 eps beside the norm of B. d, z and the roots are in
// double for float vectors too.
//
// Source: M. Gu, S. Eisenstat, "A Divide-and-Conquer Algorithm for the Bidiagonal SVD", SIAM J. Matrix Anal. Appl. 16(1),
// 1995; the tests for deflation are those of LAPACK's lasd2.
#include <algorithm>
#include <cmath>
#include <limits>

#include "blas/blas.hpp"
#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "linalg/bidiagonal.hpp"
#include "linalg/deflation.hpp"
#include "linalg/parts.hpp"
#include "linalg/row_groups.hpp"
#include "linalg/secular.hpp"

namespace mlcore::linalg {
namespace {

#ifdef MLCORE_TINY_BLOCKS
inline constexpr index leaf_size = 5;
#else
inline constexpr index leaf_size = 32;
#endif

// Rows first ... last - 1 of B, and its columns first ... last, or last - 1 where B ends.
struct Range {
    index first, last;
    index middle() const noexcept { return first + (last - first) / 2; }
};

// What all merges work on. order[first, last) of a part that is solved: its rows, counted from its own first, by ascending d.
template <class T>
struct Parts {
    double *d, *e;
    index* order;
    Matrix<T> Xt, Yt;
    T *spare, *factors;   // n (n + 1) each
    double* differences;  // n round_up(n, vector)
    double tolerance;
};

// Brings the block of order `count` at (first, first) from a matrix of its own to its place.
template <class T>
void place_block(Matrix<T> block, Matrix<T> Zt, index first) noexcept {
    blas::copy<T>(block, Zt.block(first, first, block.rows, block.cols));
}

// A leaf: an element outside the square is rotated away, from the last row up, into nothing; bidiagonal_qr does the rest.
template <class T>
Status solve_leaf(const Parts<T>& parts, Range range) {
    const index m = range.last - range.first, wide = range.last < parts.Xt.rows, stride = round_up(m + wide, simd::lanes<T>);
    double *d = parts.d + range.first, *e = parts.e + range.first;
    Lease<T> room((2 * m + 1) * stride);
    std::fill_n(room.data(), (2 * m + 1) * stride, T(0));
    const Matrix<T> Xt{room.data(), m, m, stride, 1}, Yt{room.data() + m * stride, m + wide, m + wide, stride, 1};
    for (index i = 0; i < m; ++i) Xt(i, i) = T(1);
    for (index i = 0; i < m + wide; ++i) Yt(i, i) = T(1);
    if (wide) {
        double outside = e[m - 1];
        for (index i = m - 1; i >= 0 && outside != 0; --i) {
            const double r = std::hypot(d[i], outside), c = d[i] / r, s = outside / r;
            rotate_rows(m + 1, &Yt(i, 0), &Yt(m, 0), T(c), T(s));
            d[i] = r;
            outside = i > 0 ? -s * e[i - 1] : 0;
            if (i > 0) e[i - 1] *= c;
        }
    }
    e[m - 1] = 0;
    const Status status = bidiagonal_qr<T>(m, d, e, Xt, Yt.block(0, 0, m, m + wide));
    place_block(Xt, parts.Xt, range.first);
    place_block(Yt, parts.Yt, range.first);
    sort_order(m, d, parts.order + range.first);
    return status;
}

// Puts the solved parts above and below row `middle` together.
template <class T>
class Merge {
public:
    Merge(const Parts<T>& parts, Range range)
        : parts_(parts), first_(range.first), n_(range.last - range.first), n1_(range.middle() - range.first),
          wide_(range.last < parts.Xt.rows), numbers_(4 * n_), indices_(4 * n_), places_(n_), roots_(n_),
          Xt_(parts.Xt.block(first_, first_, n_, n_)), Yt_(parts.Yt.block(first_, first_, n_ + wide_, n_ + wide_)) {
        d_ = numbers_.data(), w_ = d_ + n_, poles_ = w_ + n_, z_ = poles_ + n_;
        row_ = indices_.data(), kept_ = row_ + n_, deflated_ = kept_ + n_, position_ = deflated_ + n_;
        const index offset = first_ * (parts.Xt.rows + 1);
        spare_ = parts.spare + offset;
        factors_ = parts.factors + offset;
        differences_ = {parts.differences + first_ * round_up(parts.Xt.rows, simd::lanes<double>), 0, 0, 0, 1};
    }

    Status run() {
        sort_poles();
        deflate_poles();
        const Status status = solve_secular();
        if (status != Status::ok) return status;
        const index count = groups_.count;
        multiply_groups<T>(groups_, Xt_, n1_ + 1, left_factors(), spare_);
        multiply_groups<T>(groups_, Yt_.block(0, 0, n_, n_ + wide_), n1_ + 1, row_major(factors_, count, count), spare_);
        finish();
        return interrupted() ? Status::interrupted : Status::ok;
    }

private:
    // Pole 0 and the singular values of both parts in ascending order, and the row (z_0, z^T).
    void sort_poles() noexcept {
        index *order = parts_.order + first_, *below = order + n1_ + 1;
        for (index* i = below; i < order + n_; ++i) *i += n1_ + 1;
        const double *d = parts_.d + first_, a = d[n1_], b = parts_.e[first_ + n1_];
        row_[0] = n1_;
        std::merge(order, order + n1_, below, order + n_, row_ + 1, [d](index i, index j) { return d[i] < d[j]; });
        for (index i = 1; i < n_; ++i) {
            const index row = row_[i];
            places_[i] = row < n1_ ? Place::left : Place::right;
            d_[i] = d[row];
            w_[i] = row < n1_ ? a * double(Yt_(row, n1_)) : b * double(Yt_(row, n1_ + 1));
        }
        d_[0] = 0;
        places_[0] = Place::full;
        const double above = a * double(Yt_(n1_, n1_)), beside = wide_ ? b * double(Yt_(n_, n1_ + 1)) : 0;
        w_[0] = above;
        if (beside != 0) {
            w_[0] = std::hypot(above, beside);
            rotate_rows(n_ + 1, &Yt_(n1_, 0), &Yt_(n_, 0), T(above / w_[0]), T(beside / w_[0]));
        }
    }

    void deflate_poles() noexcept {
        const double tolerance = parts_.tolerance;
        const index width = n_ + wide_;
        for (index j = 1; j < n_ && d_[j] <= tolerance; ++j) {  // next to pole 0: its z goes there, and so it is negligible
            const double r = std::hypot(w_[0], w_[j]);
            if (r == 0) continue;
            rotate_rows(width, &Yt_(row_[0], 0), &Yt_(row_[j], 0), T(w_[0] / r), T(w_[j] / r));
            w_[0] = r;
            w_[j] = 0;
        }
        if (std::fabs(w_[0]) <= tolerance) w_[0] = std::copysign(tolerance, w_[0]);  // pole 0 must stay
        const auto join = [&](index p, index j, double c, double s) {
            ++p, ++j;
            const double dp = d_[p], dj = d_[j];
            if (std::fabs((dj - dp) * c * s) > tolerance) return false;
            rotate_rows(n_, &Xt_(row_[p], 0), &Xt_(row_[j], 0), T(c), T(s));
            rotate_rows(width, &Yt_(row_[p], 0), &Yt_(row_[j], 0), T(c), T(s));
            d_[p] = c * c * dp + s * s * dj;
            d_[j] = s * s * dp + c * c * dj;
            if (places_[p] != places_[j]) places_[j] = Place::full;
            return true;
        };
        kept_[0] = 0;
        const index count = 1 + deflate(n_ - 1, w_ + 1, tolerance, join, kept_ + 1, deflated_);
        for (index i = 1; i < count; ++i) ++kept_[i];
        for (index i = 0; i < n_ - count; ++i) ++deflated_[i];
        groups_ = {n_, row_, places_.data(), count, kept_, deflated_, position_};
        groups_.sort();
        for (index i = 0; i < count; ++i) {
            poles_[i] = d_[kept_[i]];
            z_[i] = w_[kept_[i]];
        }
    }

    // The left vectors' factors take the room of the differences.
    Matrix<T> left_factors() const noexcept {
        const index count = groups_.count, stride = differences_.row_stride * index(sizeof(double) / sizeof(T));
        return {reinterpret_cast<T*>(differences_.data), count, count, stride, 1};
    }

    Status solve_secular() {
        const index count = groups_.count;
        differences_.rows = differences_.cols = count;
        differences_.row_stride = round_up(count, simd::lanes<double>);
        const Status status = secular_roots<SingularValuePoles>(count, poles_, z_, roots_.data(), differences_);
        if (status != Status::ok) return status;
        corrected_vector<SingularValuePoles>(count, poles_, differences_, z_, z_);
        const Matrix<T> left = left_factors(), right = row_major(factors_, count, count);
        for_each_row(count, 8 * double(count), [&](index j) {
            Lease<double> room(2 * count);
            double *x = room.data(), *y = x + count, xx = 0, yy = 0;
            for (index i = 0; i < count; ++i) {
                y[i] = z_[i] / differences_(j, i);
                x[i] = poles_[i] * y[i];
            }
            x[0] = -1;
            for (index i = 0; i < count; ++i) {
                xx += x[i] * x[i];
                yy += y[i] * y[i];
            }
            const double x_scale = 1 / std::sqrt(xx), y_scale = 1 / std::sqrt(yy);
            for (index i = 0; i < count; ++i) {
                left(j, position_[i]) = T(x_scale * x[i]);
                right(j, position_[i]) = T(y_scale * y[i]);
            }
        });
        return Status::ok;
    }

    void finish() noexcept {
        double* d = parts_.d + first_;
        for (index j = 0; j < groups_.count; ++j) d[j] = singular_value(poles_[roots_[j].origin], roots_[j].offset);
        for (index i = groups_.count; i < n_; ++i) d[i] = d_[deflated_[i - groups_.count]];
        sort_order(n_, d, parts_.order + first_);
    }

    const Parts<T>& parts_;
    index first_, n_, n1_, wide_;
    Lease<double> numbers_;
    Lease<index> indices_;
    Lease<Place> places_;
    Lease<SecularRoot> roots_;
    RowGroups groups_{};
    Matrix<T> Xt_, Yt_;
    T *spare_, *factors_;
    Matrix<double> differences_;
    double *d_, *w_, *poles_, *z_;                // of all poles in ascending order; of those kept
    index *row_, *kept_, *deflated_, *position_;  // as in RowGroups
};

}  // namespace

template <class T>
Status bidiagonal_dc(index n, double* d, double* e, Matrix<T> Xt, Matrix<T> Yt) {
    index leaves = 1;
    for (index size = n; size > leaf_size; size /= 2) leaves *= 2;
    const auto range_of = [n, leaves](index part, index parts) {
        Range range{0, n};
        for (index bit = parts / 2; bit > 0; bit /= 2) {
            if (part & bit)
                range.first = range.middle() + 1;
            else
                range.last = range.middle();
        }
        return range;
    };
    double norm = 0;
    for (index i = 0; i < n; ++i) norm = std::max(norm, std::fabs(d[i]) + (i + 1 < n ? std::fabs(e[i]) : 0));
    for (index i = 0; i < n; ++i) {
        std::fill_n(&Xt(i, 0), n, T(0));
        std::fill_n(&Yt(i, 0), n, T(0));
        Xt(i, i) = T(1);  // stays so in the rows between leaves
    }
    const index size = leaves > 1 ? n * (n + 1) : 0;
    Lease<T> spare(size), factors(size);
    Lease<double> differences(leaves > 1 ? n * round_up(n, simd::lanes<double>) : 0);
    Lease<index> order(n);
    const Parts<T> parts{d, e, order.data(), Xt, Yt, spare.data(), factors.data(), differences.data(),
                         8 * double(std::numeric_limits<T>::epsilon()) * norm};
    if (norm == 0) {  // nothing to solve, and no scale to tell what is negligible
        for (index i = 0; i < n; ++i) Yt(i, i) = T(1);
        return Status::ok;
    }
    Status status = solve_parts(n, leaves, [&](index leaf) { return solve_leaf(parts, range_of(leaf, leaves)); });
    for (index merges = leaves / 2; merges > 0 && status == Status::ok; merges /= 2) {
        poll_interrupt();
        status = solve_parts(n, merges, [&](index merge) { return Merge<T>(parts, range_of(merge, merges)).run(); });
    }
    return status;
}

template Status bidiagonal_dc<float>(index, double*, double*, Matrix<float>, Matrix<float>);
template Status bidiagonal_dc<double>(index, double*, double*, Matrix<double>, Matrix<double>);

}  // namespace mlcore::linalg
