// eigh_small: eigenvalues and eigenvectors of many symmetric matrices of small order, one in each SIMD lane, by Jacobi's method.
//
//     for each pair p < q, until every a_pq is small:     A <- J^T A J,   V <- V J,     J the rotation that makes a_pq zero
//
// Each rotation takes 2 a_pq^2 from the squares off the diagonal, and near the end every sweep over all pairs squares their
// sum: 4 or 5 sweeps for 3 x 3, 6 or 7 for 8 x 8. Lanes that have arrived are rotated by exactly nothing, so that a result does
// not depend on the neighbours. Only the lower triangle is read and kept.
//
// An element counts as zero if |a_pq| <= eps sqrt(|a_pp a_qq|), or if it is below the root of the smallest number (A is scaled
// to elements near 1 by a power of two, in each lane). So the small eigenvalues of a positive definite matrix with graded
// rows and columns have all their digits, where the reduction to tridiagonal form keeps only those of the largest.
//
// Flops for each sweep 8 n^3, and 2 square roots and 2 divisions for each of the n^2 / 2 rotations; 2 n^2 moves in and out.
//
// The limit of the order: which method is taken must not depend on the number of matrices, or a matrix would have other bits
// alone than in a stack. Alone it fills one lane of 8. At order 8 a stack is three times as fast as by tridiagonal form, and a
// single matrix nearly three times as slow; at order 16 the stack gains a fifth and the single matrix loses a factor of five.
//
// Source: G. Golub, C. Van Loan, "Matrix Computations", 4th ed., 8.5; the rotation: jacobi.hpp.
#include <limits>

#include "core/lease.hpp"
#include "linalg/interleaved.hpp"
#include "linalg/jacobi.hpp"
#include "linalg/linalg.hpp"

namespace mlcore::linalg {
namespace {

using namespace simd;

constexpr index most_pairs = eigh_small_order / 2;

// Returns the lanes that did not converge. V: identity, or without columns.
template <class T>
Mask<T> diagonalize(Interleaved<T>& A, Interleaved<T>& V) noexcept {
    constexpr index step = lanes<T>;  // to the next element of a row
    const index n = A.rows, row = n * step;
    const Vec<T> eps2 = broadcast(std::numeric_limits<T>::epsilon() * std::numeric_limits<T>::epsilon());
    const Vec<T> least = broadcast(T(sizeof(T) == 8 ? 0x1p-510 : 0x1p-62));
    Mask<T> moved{};
    for (int sweep = 0; sweep < jacobi_sweeps; ++sweep) {
        moved = Mask<T>{};
        for (index round = 0; round < number_of_rounds(n); ++round) {
            Pair pairs[most_pairs];
            Rotation<T> rotations[most_pairs];
            index count = 0;  // of the rotations that a lane wants: first all angles, whose roots and divisions overlap
            for (index all = pairs_of_round(n, round, pairs), i = 0; i < all; ++i) {
                const auto [p, q] = pairs[i];
                const Vec<T> a = A(q, p), app = A(p, p), aqq = A(q, q);
                const Mask<T> wanted = (simd::abs<T>(a) > least) & (a * a > eps2 * simd::abs<T>(app * aqq));
                if (!any<T>(wanted)) continue;
                moved |= wanted;
                const Rotation<T>& J = rotations[count];
                rotations[count].set(aqq - app, a + a, wanted);
                A.set(p, p, app - J.t * a);
                A.set(q, q, aqq + J.t * a);
                A.set(q, p, select<T>(wanted, Vec<T>{}, a));
                pairs[count++] = {p, q};
            }
            for (index i = 0; i < count; ++i) {
                const auto [p, q] = pairs[i];
                const Rotation<T> J = rotations[i];
                J.apply(A.at(p, 0), step, A.at(q, 0), step, p);
                J.apply(A.at(p + 1, p), row, A.at(q, p + 1), step, q - p - 1);
                J.apply(A.at(q + 1, p), row, A.at(q + 1, q), row, n - q - 1);
                J.apply(V.at(p, 0), step, V.at(q, 0), step, V.rows);
            }
        }
        if (!any<T>(moved)) break;
    }
    return moved;
}

}  // namespace

// For each entry of the stack; V.data may be null: no vectors. On failure `failed` is the number of the first one that did.
template <class T>
Status eigh_small(const Stack<3>& stack, MatrixIn<T> A, Vector<T> w, Matrix<T> V, index& failed) {
    const index n = A.rows;
    const bool vectors = V.data != nullptr;
    Lease<Status> outcome(stack.count);
    parallel_for_groups<T>(stack, 20 * double(n) * double(n) * double(n), [&](index first, const auto& offsets, index count) {
        Interleaved<T> group(n, n), columns(vectors ? n : 0, n);  // row j of `columns`: eigenvector j
        group.gather(A, offsets[0], count);
        Mask<T> finite;
        const Vec<T> power = scale_lanes(group, true, finite);
        for (index i = 0; i < columns.rows; ++i)
            for (index j = 0; j < n; ++j) columns.set(i, j, broadcast(T(i == j)));
        const Mask<T> moving = diagonalize(group, columns);

        Vec<T> values[small_order], order[small_order];
        for (index j = 0; j < n; ++j) values[j] = group(j, j);
        sort_lanes<T>(values, order, n);
        for (index j = 0; j < n; ++j) values[j] = values[j] * power + broadcast(T(0));

        for (index lane = 0; lane < count; ++lane) {
            outcome[first + lane] = !finite[lane] ? Status::not_finite : moving[lane] ? Status::not_converged : Status::ok;
            for (index j = 0; j < n; ++j) {
                w.data[offsets[1][lane] + j * w.stride] = values[j][lane];
                if (vectors) columns.copy_row(index(order[j][lane]), lane, V.shifted(offsets[2][lane]).col(j));
            }
        }
    });
    return first_failure(outcome.data(), stack.count, failed);
}

template Status eigh_small<float>(const Stack<3>&, Matrix<const float>, Vector<float>, Matrix<float>, index&);
template Status eigh_small<double>(const Stack<3>&, Matrix<const double>, Vector<double>, Matrix<double>, index&);

}  // namespace mlcore::linalg
