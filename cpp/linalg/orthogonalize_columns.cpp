// orthogonalize_columns: one-sided Jacobi rotations of long columns until all are orthogonal.
//
// START READING at `rotate_pair`.
//
// A sweep takes every pair once. The columns are sorted by falling length first, and a pair whose second column has become
// the longer one is exchanged (de Rijk): long columns are then soon free of the short ones, and the iteration converges faster.
//
//     block pairs    . 1 2 3 4        blocks of 8 columns: first the pairs inside each block, then the pairs of blocks by
//                    . . 3 4 5        antidiagonals. Those of one number share no block: one task each. Each block meets the
//                    . . . 5 6        others in the order in which it would row by row, and so the rotations are the same. A
//                    . . . . 7        tournament has fuller rounds, but needs a fifth more rotations.
//
// The 16 columns of a task stay in L2 while its 64 pairs are rotated. Which columns meet, and in what order, depends on the
// matrix alone: the same bits on any number of threads.
//
// A pair counts as orthogonal if  |x . y| <= sqrt(m) eps |x| |y|,  what rounding makes of a product of zero. It is this relative
// criterion that gives small singular values their digits. |x . y| is computed from columns scaled by powers of two
// where it would underflow.
//
// Flops for a sweep n^2 (m + 4 length): an inner product and a rotation for each pair. Lengths are brought up to date with each
// rotation, computed anew where that cancels, and all of them at the beginning of a sweep.
//
// Sources: P. de Rijk, "A One-Sided Jacobi Algorithm for Computing the Singular Value Decomposition on a Vector Computer", SIAM
// J. Sci. Stat. Comput. 10(2), 1989; Z. Drmac, "Implementation of Jacobi Rotations for Accurate Singular Value Computation in
// Floating Point Arithmetic", SIAM J. Sci. Comput. 18(4), 1997.
#include <algorithm>
#include <cmath>
#include <limits>

#include "blas/blas.hpp"
#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "core/parallel.hpp"
#include "linalg/jacobi.hpp"

namespace mlcore::linalg {
namespace {

using namespace simd;

#ifdef MLCORE_TINY_BLOCKS
constexpr index block_columns = 2;
#else
constexpr index block_columns = 8;
#endif

// sum (p x_i) (q y_i); n is a whole number of vectors.
template <class T>
T scaled_dot(const T* x, T p, const T* y, T q, index n) noexcept {
    constexpr index L = lanes<T>;
    Vec<T> sums[4]{};
    index i = 0;
    for (; i + 4 * L <= n; i += 4 * L)
#pragma GCC unroll 4
        for (int v = 0; v < 4; ++v) sums[v] += (p * load(x + i + v * L)) * (q * load(y + i + v * L));
    for (; i < n; i += L) sums[0] += (p * load(x + i)) * (q * load(y + i));
    return reduce_add<T>((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

template <class T>
void rotate(T* x, T* y, index n, T s, T tau) noexcept {
    constexpr index L = lanes<T>;
    index i = 0;
    for (; i + 2 * L <= n; i += 2 * L) {
        const Vec<T> a = load(x + i), b = load(y + i), p = load(x + i + L), q = load(y + i + L);
        store(x + i, a - s * (b + tau * a));
        store(x + i + L, p - s * (q + tau * p));
        store(y + i, b + s * (a - tau * b));
        store(y + i + L, q + s * (p - tau * q));
    }
    for (; i < n; i += L) {
        const Vec<T> a = load(x + i), b = load(y + i);
        store(x + i, a - s * (b + tau * a));
        store(y + i, b + s * (a - tau * b));
    }
}

template <class T>
struct Sweeper {
    Columns<T> columns;
    T* lengths;
    index* order;
    double tolerance;

    void measure(index j) const { lengths[j] = blas::nrm2<T>({columns[j], columns.rows}); }

    // Columns at two places of the order, the first the longer one. Whether they were rotated.
    bool rotate_pair(index first, index second) const {
        if (lengths[order[first]] < lengths[order[second]]) std::swap(order[first], order[second]);
        const index p = order[first], q = order[second];
        const double a = double(lengths[p]), b = double(lengths[q]);
        if (!(b > least_length<T>)) return false;
        constexpr double safe = double(std::numeric_limits<T>::min()) / double(std::numeric_limits<T>::epsilon());
        const bool scaled = a * b < safe;
        const T up_p = scaled ? std::scalbn(T(1), -std::ilogb(a)) : T(1);
        const T up_q = scaled ? std::scalbn(T(1), -std::ilogb(b)) : T(1);
        const double product = double(scaled_dot(columns[p], up_p, columns[q], up_q, columns.rows));
        const double cosine = product / ((a * double(up_p)) * (b * double(up_q)));
        if (!(std::fabs(cosine) > tolerance)) return false;

        // d = |b^2 - a^2| / (a b), h = 2 cosine; as in jacobi.hpp, where the sign of d would be negative
        const double ratio = b / a, d = 1 / ratio - ratio, h = 2 * cosine;
        const double t = -h / (d + (d < 1e100 ? std::sqrt(d * d + h * h) : d));
        const double c = 1 / std::sqrt(1 + t * t), s = t * c;
        rotate(columns[p], columns[q], columns.length, T(s), T(s / (1 + c)));
        const double left = 1 + t * cosine / ratio;  // of the square of b
        lengths[p] = T(a * std::sqrt(1 - t * cosine * ratio));
        if (left > 0.1)
            lengths[q] = T(b * std::sqrt(left));
        else
            measure(q);
        return true;
    }

    index end_of(index block) const noexcept { return std::min((block + 1) * block_columns, columns.count); }

    // All pairs inside a block, or between two; the number of rotations.
    index rotate_block(index block) const {
        index rotations = 0;
        for (index i = block * block_columns; i < end_of(block); ++i)
            for (index j = i + 1; j < end_of(block); ++j) rotations += rotate_pair(i, j);
        return rotations;
    }
    index rotate_blocks(index one, index other) const {
        index rotations = 0;
        for (index i = one * block_columns; i < end_of(one); ++i)
            for (index j = other * block_columns; j < end_of(other); ++j) rotations += rotate_pair(i, j);
        return rotations;
    }
};

}  // namespace

template <class T>
Status orthogonalize_columns(const Columns<T>& columns, T* lengths, index* order) {
    const index n = columns.count, blocks = ceil_div(n, block_columns);
    constexpr double eps = double(std::numeric_limits<T>::epsilon());
    const Sweeper<T> sweeper{columns, lengths, order, std::sqrt(double(columns.rows)) * eps};
    const double work = double(block_columns) * double(block_columns) * double(columns.rows + 2 * columns.length);
    Lease<index> rotations(blocks);
    for (int sweep = 0; sweep < jacobi_sweeps; ++sweep) {
        for (index j = 0; j < n; ++j) sweeper.measure(j);
        sort_descending(lengths, n, order);
        for (index b = 0; b < blocks; ++b) rotations[b] = 0;
        parallel_for_work(blocks, work / 2 * double(blocks), [&](index b, int) { rotations[b] += sweeper.rotate_block(b); });
        for (index sum = 1; sum < 2 * blocks - 2; ++sum) {
            poll_interrupt();
            if (interrupted()) return Status::interrupted;
            const index lowest = std::max(index(0), sum - blocks + 1), tasks = (sum + 1) / 2 - lowest;
            parallel_for_work(tasks, work * double(tasks), [&](index i, int) {
                const index block = lowest + i;
                rotations[block] += sweeper.rotate_blocks(block, sum - block);
            });
        }
        index all = 0;
        for (index b = 0; b < blocks; ++b) all += rotations[b];
        if (all == 0) return Status::ok;
    }
    return Status::not_converged;
}

template Status orthogonalize_columns<float>(const Columns<float>&, float*, index*);
template Status orthogonalize_columns<double>(const Columns<double>&, double*, index*);

}  // namespace mlcore::linalg
