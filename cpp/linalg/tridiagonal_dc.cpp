// tridiagonal_dc: eigenvalues and eigenvectors of a symmetric tridiagonal matrix by divide and conquer,  T = S diag(d') S^T.
//
// START READING at `tridiagonal_dc` at the end of the file, then `Merge`.
//
//         | T1 .    |       b couples the halves; |b| is taken from the corners of T1 and T2, so that what remains has rank one
//     T = |  . b    |
//         |    b .  |   =   diag(Z1, Z2) (D + w w^T) diag(Z1, Z2)^T
//         |     . T2|
//                           D: the eigenvalues of T1 and T2;  w = sqrt|b| (last row of Z1, sign(b) first row of Z2)
//
// and D + w w^T is the secular equation's matrix (secular.hpp): its eigenvectors U, multiplied by those of the halves, are
// those of T. T is cut down to leaves of about 32, which tridiagonal_ql solves, and put together level by level, all merges of
// a level at once as long as they are many.
//
// Vectors are rows (Zt), sorted for the product by where they are zero (row_groups.hpp).
//
// Flops at most 4/3 n^3, nearly all in gemm; the more deflation the less: almost none where eigenvalues are clustered.
// Contract: elements of T of order 1. An entry is negligible if it is 8 eps beside the norm of all of T; that bounds the
// residual and keeps products of the secular equation in range. d, z and the roots are in double for float vectors too.
//
// Source: J. Cuppen, "A Divide and Conquer Method for the Symmetric Tridiagonal Eigenproblem", Numer. Math. 36, 1981; Gu and
// Eisenstat (secular.hpp).
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "core/parallel.hpp"
#include "linalg/deflation.hpp"
#include "linalg/parts.hpp"
#include "linalg/row_groups.hpp"
#include "linalg/secular.hpp"
#include "linalg/tridiagonal.hpp"

namespace mlcore::linalg {
namespace {

#ifdef MLCORE_TINY_BLOCKS
template <class T>
inline constexpr index leaf_size = 2 * symmetric_block<T>;
#else
template <class T>
inline constexpr index leaf_size = 32;
#endif

// What all merges work on. order[first, last) of a part that is solved: its rows, counted from its own first, by ascending d.
template <class T>
struct Parts {
    double *d, *e;
    index* order;
    Matrix<T> Zt;
    Matrix<T> spare;
    double* differences;  // as large as Zt
    double tolerance;
};

// Puts the solved parts [first, middle) and [middle, last) together.
template <class T>
class Merge {
public:
    Merge(const Parts<T>& parts, index first, index middle, index last)
        : parts_(parts), first_(first), n_(last - first), n1_(middle - first), numbers_(4 * n_), indices_(4 * n_), places_(n_),
          roots_(n_), Zt_(parts.Zt.block(first, first, n_, n_)), spare_(parts.spare.data + first * parts.spare.row_stride),
          differences_{parts.differences + first * parts.Zt.row_stride, 0, 0, 0, 1} {
        d_ = numbers_.data(), w_ = d_ + n_, poles_ = w_ + n_, z_ = poles_ + n_;
        row_ = indices_.data(), kept_ = row_ + n_, deflated_ = kept_ + n_, position_ = deflated_ + n_;
    }

    Status run() {
        sort_poles();
        deflate_poles();
        const Status status = solve_secular();
        if (status != Status::ok) return status;
        multiply_groups<T>(groups_, Zt_, n1_, vectors(), spare_);
        finish();
        return interrupted() ? Status::interrupted : Status::ok;
    }

private:
    // The eigenvalues of both halves in ascending order, and w.
    void sort_poles() noexcept {
        index *order = parts_.order + first_, *middle = order + n1_;
        for (index i = n1_; i < n_; ++i) order[i] += n1_;
        const double* d = parts_.d + first_;
        std::merge(order, middle, middle, order + n_, row_, [d](index i, index j) { return d[i] < d[j]; });
        const double coupling = parts_.e[first_ + n1_], root = std::sqrt(std::fabs(coupling));
        for (index i = 0; i < n_; ++i) {
            const index row = row_[i];
            places_[i] = row < n1_ ? Place::left : Place::right;
            d_[i] = d[row];
            w_[i] = row < n1_ ? root * double(Zt_(row, n1_ - 1)) : std::copysign(root, coupling) * double(Zt_(row, n1_));
        }
    }

    void deflate_poles() noexcept {
        double squares = 0;
        for (index i = 0; i < n_; ++i) squares += w_[i] * w_[i];
        const double negligible = squares > 0 ? parts_.tolerance / std::sqrt(squares) : 1;
        const auto join = [this](index p, index j, double c, double s) {
            const double dp = d_[p], dj = d_[j];
            if (std::fabs((dj - dp) * c * s) > parts_.tolerance) return false;
            rotate_rows(n_, &Zt_(row_[p], 0), &Zt_(row_[j], 0), T(c), T(s));
            d_[p] = c * c * dp + s * s * dj;
            d_[j] = s * s * dp + c * c * dj;
            if (places_[p] != places_[j]) places_[j] = Place::full;
            return true;
        };
        groups_ = {n_, row_, places_.data(), deflate(n_, w_, negligible, join, kept_, deflated_), kept_, deflated_, position_};
        groups_.sort();
        for (index i = 0; i < groups_.count; ++i) {
            poles_[i] = d_[kept_[i]];
            z_[i] = w_[kept_[i]];
        }
    }

    // U^T, its columns sorted by place, takes the room of the differences.
    Matrix<T> vectors() const noexcept {
        const index count = groups_.count, stride = differences_.row_stride * index(sizeof(double) / sizeof(T));
        return {reinterpret_cast<T*>(differences_.data), count, count, stride, 1};
    }

    Status solve_secular() {
        const index count = groups_.count;
        differences_.rows = differences_.cols = count;
        differences_.row_stride = round_up(count, simd::lanes<double>);
        const Status status = secular_roots<EigenvaluePoles>(count, poles_, z_, roots_.data(), differences_);
        if (status != Status::ok) return status;
        corrected_vector<EigenvaluePoles>(count, poles_, differences_, z_, z_);
        const Matrix<T> Ut = vectors();
        for_each_row(count, 4 * double(count), [&](index j) {
            Lease<double> room(count);
            double *v = room.data(), squares = 0;
            for (index i = 0; i < count; ++i) v[i] = z_[i] / differences_(j, i);
            for (index i = 0; i < count; ++i) squares += v[i] * v[i];
            const double scale = 1 / std::sqrt(squares);
            for (index i = 0; i < count; ++i) Ut(j, position_[i]) = T(scale * v[i]);
        });
        return Status::ok;
    }

    void finish() noexcept {
        double* d = parts_.d + first_;
        index* order = parts_.order + first_;
        for (index j = 0; j < groups_.count; ++j) d[j] = poles_[roots_[j].origin] + roots_[j].offset;
        for (index i = groups_.count; i < n_; ++i) d[i] = d_[deflated_[i - groups_.count]];
        sort_order(n_, d, order);
    }

    const Parts<T>& parts_;
    index first_, n_, n1_;
    Lease<double> numbers_;
    Lease<index> indices_;
    Lease<Place> places_;
    Lease<SecularRoot> roots_;
    RowGroups groups_{};
    Matrix<T> Zt_;
    T* spare_;
    Matrix<double> differences_;
    double *d_, *w_, *poles_, *z_;                  // of all poles in ascending order; of those kept
    index *row_, *kept_, *deflated_, *position_;  // as in RowGroups
};

}  // namespace

// d, e: as tridiagonal_ql has them. order: the rows of Zt by ascending eigenvalue. Zt: n x n, rows padded to whole vectors.
template <class T>
Status tridiagonal_dc(index n, double* d, double* e, Matrix<T> Zt, index* order, Matrix<T> spare) {
    index leaves = 1;
    while (ceil_div(n, leaves) > leaf_size<T>) leaves *= 2;
    // Whole vectors: a leaf's rotations reach no further than its own rows.
    const auto begin = [&](index part, index parts) { return std::min(round_up(part * n / parts, symmetric_block<T>), n); };

    double norm = 0;
    for (index i = 0; i < n; ++i) norm = std::max(norm, std::fabs(d[i]) + (i > 0 ? std::fabs(e[i]) : 0));
    for (index leaf = 1; leaf < leaves; ++leaf) {
        const index i = begin(leaf, leaves);
        d[i - 1] -= std::fabs(e[i]);
        d[i] -= std::fabs(e[i]);
    }
    Lease<double> differences(leaves > 1 ? n * Zt.row_stride : 0);
    const Parts<T> parts{d, e, order, Zt, spare, differences.data(), 8 * double(std::numeric_limits<T>::epsilon()) * norm};

    Status status = solve_parts(n, leaves, [&](index leaf) {
        const index first = begin(leaf, leaves), count = begin(leaf + 1, leaves) - first;
        for (index i = first; i < first + count; ++i) {
            std::fill_n(&Zt(i, 0), Zt.row_stride, T(0));
            Zt(i, i) = T(1);
        }
        const Status result = tridiagonal_ql<T>(count, d + first, e + first, Zt.block(first, first, count, count));
        sort_order(count, d + first, order + first);
        return result;
    });
    for (index merges = leaves / 2; merges > 0 && status == Status::ok; merges /= 2) {
        poll_interrupt();
        status = solve_parts(n, merges, [&](index merge) {
            return Merge<T>(parts, begin(merge, merges), begin(2 * merge + 1, 2 * merges), begin(merge + 1, merges)).run();
        });
    }
    return status;
}

template Status tridiagonal_dc<float>(index, double*, double*, Matrix<float>, index*, Matrix<float>);
template Status tridiagonal_dc<double>(index, double*, double*, Matrix<double>, index*, Matrix<double>);

}  // namespace mlcore::linalg
