// svd_small: singular values and vectors of many small matrices, one in each SIMD lane, by one-sided Jacobi rotations.
//
//     for each pair p < q of columns, until all are orthogonal:     A <- A J,   V <- V J,     J makes a_p and a_q orthogonal
//
//     A V = (s_1 u_1, ..., s_n u_n):   the lengths of the columns are the singular values, their directions U
//
// It is Jacobi's method for A^T A, which is never formed: so the small singular values of a matrix with columns of very
// different lengths keep all their digits. Matrices with more columns than rows are taken as their transposes.
//
//     m x n, m >= n     the columns of A as rows of `columns`, those of V as rows of `right`; element k of all lanes a vector
//
// A pair counts as orthogonal if |a_p . a_q| <= sqrt(m) eps |a_p| |a_q|, or if one of them is so short (|a|^2 below the root of
// the smallest number, the elements of A being near 1) that it is of no account beside the rounding of the others. The squares
// of the lengths follow the rotations and are computed anew in each sweep; the last sweep, which finds nothing to rotate, does so
// with fresh ones. Directions of columns of no account, and those beyond the n-th of a square U, complete the basis.
//
// Flops for each sweep n^2 (5 m + 4 n), and 2 square roots and 2 divisions for each of the n^2 / 2 rotations; 5 to 8 sweeps.
//
// Tried, and no gain: QR with column pivoting first saves one sweep of seven at 8 x 8 and costs as much; sorting the columns and
// exchanging a pair whose second column is the longer one, which helps in jacobi_svd, makes the order of rounds converge later.
//
// Sources: M. Hestenes, "Inversion of Matrices by Biorthogonalization and Related Results", J. SIAM 6(1), 1958; J. Demmel,
// K. Veselic, "Jacobi's Method is More Accurate than QR", SIAM J. Matrix Anal. Appl. 13(4), 1992; the rotation: jacobi.hpp.
#include <cmath>
#include <limits>
#include <utility>

#include "core/lease.hpp"
#include "linalg/interleaved.hpp"
#include "linalg/jacobi.hpp"
#include "linalg/linalg.hpp"

namespace mlcore::linalg {
namespace {

using namespace simd;

constexpr index most = small_order;

// Columns not longer than this are of no account: their squares are still normal numbers.
template <class T>
constexpr T least_small_length = T(sizeof(T) == 8 ? 0x1p-255 : 0x1p-31);

template <class T>
Vec<T> dot(const T* x, const T* y, index m) noexcept {
    Vec<T> sum{};
    for (index k = 0; k < m * lanes<T>; k += lanes<T>) sum += load(x + k) * load(y + k);
    return sum;
}

// Returns the lanes that did not converge. squares: of the lengths. right: identity, or without rows.
template <class T>
Mask<T> orthogonalize(Interleaved<T>& columns, Interleaved<T>& right, Vec<T>* squares) noexcept {
    const index n = columns.rows, m = columns.cols;
    const Vec<T> tolerance = broadcast(T(m) * std::numeric_limits<T>::epsilon() * std::numeric_limits<T>::epsilon());
    constexpr T least = least_small_length<T> * least_small_length<T>;
    Mask<T> moved{};
    for (int sweep = 0; sweep < jacobi_sweeps; ++sweep) {
        moved = Mask<T>{};
        for (index j = 0; j < n; ++j) squares[j] = dot(columns.at(j, 0), columns.at(j, 0), m);
        for (index round = 0; round < number_of_rounds(n); ++round) {
            Pair pairs[most / 2];
            Rotation<T> rotations[most / 2];
            index count = 0;  // of the rotations that a lane wants: first all angles, whose roots and divisions overlap
            for (index all = pairs_of_round(n, round, pairs), i = 0; i < all; ++i) {
                const auto [p, q] = pairs[i];
                const Vec<T> unit = inverse_power<T>(squares[p] + squares[q]);
                const Vec<T> inner = dot(columns.at(p, 0), columns.at(q, 0), m), product = unit * inner;
                const Vec<T> pp = unit * squares[p], qq = unit * squares[q];
                const Mask<T> wanted =
                    (squares[p] > least) & (squares[q] > least) & (product * product > tolerance * (pp * qq));
                if (!any<T>(wanted)) continue;
                moved |= wanted;
                const Rotation<T>& J = rotations[count];
                rotations[count].set(qq - pp, product + product, wanted);
                const Vec<T> change = select<T>(wanted, J.t * inner, Vec<T>{});
                squares[p] -= change;
                squares[q] += change;
                pairs[count++] = {p, q};
            }
            for (index i = 0; i < count; ++i) {
                const auto [p, q] = pairs[i];
                const Rotation<T> J = rotations[i];
                J.apply(columns.at(p, 0), lanes<T>, columns.at(q, 0), lanes<T>, m);
                J.apply(right.at(p, 0), lanes<T>, right.at(q, 0), lanes<T>, right.cols);
            }
        }
        if (!any<T>(moved)) break;
    }
    return moved;
}

}  // namespace

// For each entry of the stack, which has svd_is_small(m, n). U: m x k, Vt: l x n, k = m or min(m, n), l = n or min(m, n).
template <class T>
Status svd_small(const Stack<4>& stack, MatrixIn<T> A, Matrix<T> U, Vector<T> s, Matrix<T> Vt, index& failed) {
    const index m = A.rows, n = A.cols;
    if (m < n) {  // A^T = V diag(s) U^T
        Stack<4> swapped = stack;
        for (int axis = 0; axis < stack.axes; ++axis) std::swap(swapped.stride[1][axis], swapped.stride[3][axis]);
        return svd_small<T>(swapped, A.transposed(), Vt.transposed(), s, U.transposed(), failed);
    }
    const bool vectors = U.data != nullptr;
    Lease<Status> outcome(stack.count);
    parallel_for_groups<T>(stack, 20 * double(m) * double(n) * double(n), [&](index first, const auto& offsets, index count) {
        Interleaved<T> columns(n, m), right(n, vectors ? n : 0);
        columns.gather(A.transposed(), offsets[0], count);
        Mask<T> finite;
        const Vec<T> power = scale_lanes(columns, false, finite);
        for (index i = 0; i < right.rows; ++i)
            for (index j = 0; j < right.cols; ++j) right.set(i, j, broadcast(T(i == j)));
        Vec<T> values[most], keys[most], order[most], known{};  // order: longest first; known: how many are not zero
        const Mask<T> moving = orthogonalize(columns, right, values);
        for (index j = 0; j < n; ++j) {
            values[j] = simd::sqrt<T>(values[j]);
            keys[j] = -values[j];
            const Mask<T> counts = values[j] > least_small_length<T>;
            known += select<T>(counts, broadcast(T(1)), Vec<T>{});
            const Vec<T> inverse = T(1) / select<T>(counts, values[j], broadcast(T(1)));
            for (index i = 0; i < m && vectors; ++i) columns.set(j, i, columns(j, i) * inverse);
        }
        sort_lanes<T>(keys, order, n);
        for (index j = 0; j < n; ++j) values[j] = power * -keys[j];

        for (index lane = 0; lane < count; ++lane) {
            outcome[first + lane] = !finite[lane] ? Status::not_finite : moving[lane] ? Status::not_converged : Status::ok;
            for (index j = 0; j < n; ++j) s.data[offsets[2][lane] + j * s.stride] = values[j][lane];
            if (!vectors) continue;
            const Matrix<T> left = U.shifted(offsets[1][lane]), out = Vt.shifted(offsets[3][lane]);
            for (index j = 0; j < n; ++j) right.copy_row(index(order[j][lane]), lane, out.row(j));
            const index nonzero = index(known[lane]);
            for (index j = 0; j < nonzero; ++j) columns.copy_row(index(order[j][lane]), lane, left.col(j));
            complete_basis<T>(left, nonzero);
        }
    });
    return first_failure(outcome.data(), stack.count, failed);
}

template Status svd_small<float>(const Stack<4>&, Matrix<const float>, Matrix<float>, Vector<float>, Matrix<float>, index&);
template Status svd_small<double>(const Stack<4>&, Matrix<const double>, Matrix<double>, Vector<double>, Matrix<double>, index&);

}  // namespace mlcore::linalg
