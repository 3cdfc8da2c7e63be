// chebyshev_values: sums of Chebyshev series by Clenshaw's recurrence, one point in each lane:
//
//     b_k = c_k + 2 t b_(k+1) - b_(k+2),     sum_k c_k T_k(t) = c_0 + t b_1 - b_2
//
// One multiply-add and one subtraction for each term. A step waits for the one before, so four vectors of points go side by
// side. Points are looked up among the pieces one by one, from the piece of the point before; where all points of a group lie
// in one piece, as those of a sorted array mostly do, each coefficient is loaded once for all of them.
//
// The error is at most some n eps sum |c_k|; near t = -1 and 1 that is reached, elsewhere it is less.
//
// Source: C. W. Clenshaw, "A note on the summation of Chebyshev series", Mathematics of Computation 9, 1955.
#include "calculus/chebyshev.hpp"

#include <algorithm>
#include <limits>

#include "core/parallel.hpp"
#include "simd/vec.hpp"

namespace mlcore::calculus {
namespace {

using namespace simd;

constexpr index L = lanes<double>, vectors = 4, group = vectors * L;
#ifdef MLCORE_TINY_BLOCKS
constexpr index task_points = 2 * group;
#else
constexpr index task_points = 64 * group;
#endif

// The sums at `group` points; coefficient(k, v) gives c_k for the points of vector v.
template <class Coefficient>
MLCORE_INLINE void clenshaw(index terms, const double* t, double* y, Coefficient&& coefficient) noexcept {
    Vec<double> twice[vectors], b[vectors] = {}, before[vectors] = {};
    for (index v = 0; v < vectors; ++v) twice[v] = 2 * load(t + v * L);
    for (index k = terms - 1; k > 0; --k)
#pragma GCC unroll 4
        for (index v = 0; v < vectors; ++v) {
            const Vec<double> next = twice[v] * b[v] + (coefficient(k, v) - before[v]);
            before[v] = b[v];
            b[v] = next;
        }
    // c_0 comes last, so that a constant which is minus the rest gives 0.
    for (index v = 0; v < vectors; ++v) store(y + v * L, coefficient(0, v) + (0.5 * twice[v] * b[v] - before[v]));
}

// body(from, to) for groups of points, copied to and from a full one where fewer are left.
template <class Body>
void for_each_group(index n, const double* x, double* y, Body&& body) {
    index i = 0;
    for (; i + group <= n; i += group) body(x + i, y + i);
    if (i == n) return;
    double from[group], to[group];
    for (index j = 0; j < group; ++j) from[j] = x[i + j < n ? i + j : n - 1];
    body(from, to);
    std::copy(to, to + (n - i), y + i);
}

// Tasks of points.
template <class Body>
void share(index n, index terms, const double* x, double* y, Body&& body) {
    parallel_for_work(ceil_div(n, task_points), double(n) * double(terms), [&](index task, int) {
        const index first = task * task_points;
        body(std::min(task_points, n - first), x + first, y + first);
    });
}

class Lookup {
public:
    explicit Lookup(const ChebyshevPieces& f) noexcept : breaks_(f.breaks), pieces_(f.series.rows) {}

    // The piece of x, which is in the interval.
    index operator()(double x) noexcept {
        if (!(breaks_[i_] <= x && x < breaks_[i_ + 1]))
            i_ = std::min<index>(std::upper_bound(breaks_ + 1, breaks_ + pieces_, x) - breaks_ - 1, pieces_ - 1);
        return i_;
    }

private:
    const double* breaks_;
    index pieces_, i_ = 0;
};

void values_in_pieces(const ChebyshevPieces& f, index n, const double* x, double* y) noexcept {
    const double low = f.breaks[0], high = f.breaks[f.series.rows];
    Lookup piece_of(f);
    for_each_group(n, x, y, [&](const double* from, double* to) {
        alignas(64) double t[group];
        const double* series[group];
        bool outside[group], alone = true;
        for (index j = 0; j < group; ++j) {
            outside[j] = !(low <= from[j] && from[j] <= high);
            const double at = outside[j] ? low : from[j];
            const index i = piece_of(at);
            const double l = f.breaks[i], r = f.breaks[i + 1];
            // Neither the width nor the sum of the ends need be finite.
            t[j] = std::clamp(((at / 2 - l / 2) - (r / 2 - at / 2)) / (r / 2 - l / 2), -1.0, 1.0);
            series[j] = &f.series(i, 0);
            alone &= series[j] == series[0];
        }
        if (alone)
            clenshaw(f.series.cols, t, to, [&](index k, index) { return broadcast(series[0][k]); });
        else
            clenshaw(f.series.cols, t, to, [&](index k, index v) {
                Vec<double> c;
                for (index j = 0; j < L; ++j) c[j] = series[v * L + j][k];
                return c;
            });
        for (index j = 0; j < group; ++j)
            if (outside[j]) to[j] = std::numeric_limits<double>::quiet_NaN();
    });
}

}  // namespace

void chebyshev_values(index terms, const double* c, index n, const double* t, double* y) {
    share(n, terms, t, y, [&](index count, const double* from, double* to) {
        for_each_group(count, from, to, [&](const double* points, double* sums) {
            clenshaw(terms, points, sums, [&](index k, index) { return broadcast(c[k]); });
        });
    });
}

void chebyshev_values(const ChebyshevPieces& f, index n, const double* x, double* y) {
    share(n, f.series.cols + 8, x, y, [&](index count, const double* from, double* to) { values_in_pieces(f, count, from, to); });
}

}  // namespace mlcore::calculus
