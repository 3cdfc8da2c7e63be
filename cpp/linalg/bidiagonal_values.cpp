// bidiagonal_values: the singular values of an upper bidiagonal matrix by bisection, as many at a time as a register has lanes.
//
// How many singular values lie below x is read off the signs of the pivots of B^T B - x^2 I, which is factored without being
// formed (differential stationary qd transformation):
//
//     s = -x^2;     for i = 0, ..., n-1:     pivot = d_i^2 + s;     s = e_i^2 s / pivot - x^2          count the negative pivots
//
// Value k lies in [low, high] as long as count(low) <= k < count(high); the middle replaces one end. Each lane looks for a value
// of its own, several vectors run at once to hide the latency of the division, and groups of values are shared between threads.
//
// Nothing is subtracted but x^2 from terms of one sign, so the count is that of a matrix whose d and e differ by a few eps of
// themselves: small singular values come out as accurately as large ones. Bisection stops when no number is left between the
// ends, or below 1e-40 ||B||; a pivot that is exactly zero counts as negative, so that a diagonal B gives its elements exactly.
// Flops: 5 n for each value and halving, 53 of them and one for each power of two below ||B||. Cap: 200.
//
// Source: K. Fernando, "Accurately Counting Singular Values of Bidiagonal Matrices and Eigenvalues of Skew-Symmetric Tridiagonal
// Matrices", SIAM J. Matrix Anal. Appl. 20(2), 1998; J. Demmel, I. Dhillon, H. Ren, "On the Correctness of Some Bisection-like
// Parallel Eigenvalue Algorithms in Floating Point Arithmetic", ETNA 3, 1995 (the count never decreases in x).
#include <algorithm>
#include <cmath>

#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "core/parallel.hpp"
#include "linalg/bidiagonal.hpp"
#include "simd/vec.hpp"

namespace mlcore::linalg {
namespace {

using namespace simd;

inline constexpr int most_vectors = 4;  // chains of divisions
inline constexpr index L = lanes<double>, group = most_vectors * L;
inline constexpr int max_halvings = 200;
// A pivot of 0 would make 0 / 0 of the next: pivot and s give way to a number that is tiny beside any x^2 of interest and
// negative, both of them, so that their quotient 1 + d^2 / tiny is that of a matrix nearby, and in range.
inline constexpr double tiny = 1e-200;

// below[v]: how many singular values are less than x[v], in each lane.
template <int vectors>
void count_below(index n, const double* d2, const double* e2, const Vec<double> (&x)[vectors], Vec<double> (&below)[vectors]) noexcept {
    Vec<double> s[vectors], x2[vectors];
    for (int v = 0; v < vectors; ++v) {
        x2[v] = x[v] * x[v];
        s[v] = -x2[v];
        below[v] = Vec<double>{};
    }
    for (index i = 0; i < n; ++i) {
        const Vec<double> square = broadcast(d2[i]), coupling = broadcast(e2[i]);
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v) {
            Vec<double> pivot = square + s[v];
            const Mask<double> lost = simd::abs<double>(pivot) < broadcast(tiny);
            pivot = lost ? broadcast(-tiny) : pivot;
            s[v] = lost ? -tiny - square : s[v];
            below[v] += pivot < Vec<double>{} ? broadcast(1.0) : Vec<double>{};
            s[v] = coupling * (s[v] / pivot) - x2[v];
        }
    }
}

// Values [first, first + vectors L) counted from the smallest, as far as there are so many, into s, which is descending.
template <int vectors>
void bisect(index n, const double* d2, const double* e2, double norm, index first, double* s) noexcept {
    const Vec<double> floor = broadcast(1e-40 * norm);
    Vec<double> low[vectors], high[vectors], middle[vectors], below[vectors], wanted[vectors];
    for (int v = 0; v < vectors; ++v) {
        low[v] = Vec<double>{}, high[v] = broadcast(2 * norm);
        for (index lane = 0; lane < L; ++lane) wanted[v][lane] = double(std::min(first + v * L + lane, n - 1));
    }
    for (int halving = 0; halving < max_halvings && !interrupted(); ++halving) {
        bool wide = false;
        for (int v = 0; v < vectors; ++v) {
            middle[v] = (low[v] + high[v]) / 2;
            wide |= any<double>((middle[v] > low[v]) & (middle[v] < high[v]) & (high[v] > floor));
        }
        if (!wide) break;
        count_below<vectors>(n, d2, e2, middle, below);
        for (int v = 0; v < vectors; ++v) {
            const Mask<double> above = below[v] > wanted[v];
            high[v] = above ? middle[v] : high[v];
            low[v] = above ? low[v] : middle[v];
        }
    }
    for (int v = 0; v < vectors; ++v)
        for (index lane = 0; lane < L; ++lane) {
            const index k = first + v * L + lane;
            if (k < n) s[n - 1 - k] = low[v][lane] == 0 ? 0.0 : high[v][lane];
        }
}

}  // namespace

// Contract: the largest |d|, |e| between 1e-50 and 1e25, or all zero; e[n - 1] = 0.
void bidiagonal_values(index n, const double* d, const double* e, double* s) {
    Lease<double> squares(2 * n);
    double *d2 = squares.data(), *e2 = d2 + n, norm = 0;
    for (index i = 0; i < n; ++i) {
        d2[i] = d[i] * d[i], e2[i] = e[i] * e[i];
        norm = std::max(norm, std::fabs(d[i]) + std::fabs(e[i]));  // ||B|| <= sqrt(||B||_1 ||B||_inf) <= twice the largest
    }
    parallel_for_work(ceil_div(n, group), 60.0 * double(n) * double(n), [&](index task, int) {
        static_assert(most_vectors == 4);
        const index first = task * group, vectors = ceil_div(n - first, L);
        const auto run = vectors == 1 ? &bisect<1> : vectors == 2 ? &bisect<2> : vectors == 3 ? &bisect<3> : &bisect<4>;
        run(n, d2, e2, norm, first, s);
    });
}

}  // namespace mlcore::linalg
