// secular_roots: the zeros of  f(x) = 1 + sum w_i / (p_i - x),  w_i = z_i^2, one between each two poles and one beyond the
// last.
//
// START READING at `find_root`.
//
//      f |      /|      /|        f rises from -infinity to infinity between two poles. The value in the middle says to
//        |     / |     / |        which pole the root is nearer; from there on x is that pole plus tau, and f is a function
//        |    /  |    /  |        of tau:
//     ---+---x---|---x---|---
//        |   /   |   /   |             base_i = p_i - p_k  (once),      terms  w_i / (base_i - tau)
//        |  |    |  |    |
//           p0      p1               so that base_i - tau is right to one rounding.
//
// A step of Newton's method would replace f by a line, which it does not resemble. Here it is replaced by
//
//     c + s / (P - x) + S / (Q - x),       P, Q: the poles on either side (the last two, for the last root)
//
// with value and slope as f has them; what is free is how the slope is divided between s and S:
//     fixed weight   the nearer pole keeps its own w, the other pole takes the rest           converges quadratically
//     middle way     poles on the left count for P, those on the right for Q                likewise, where the first is slow
// The zero is that of a quadratic. A bracket is kept: where a step leaves it, or two in a row gain less than a factor of ten,
// it is cut at the geometric mean of its ends. Three to five evaluations for each root, of 13 operations and a division for
// each pole; the cap is far beyond what bisection alone would take.
//
// It ends where f is its own rounding error, |f| <= 8 eps (1 + sum |terms|), which is what corrected_vector needs (Gu and
// Eisenstat: any small multiple of n eps).
//
// Source: R.-C. Li, "Solving Secular Equations Stably and Efficiently", LAPACK Working Note 89, 1993; Gu and Eisenstat
// (secular.hpp).
#include "linalg/secular.hpp"

#include <algorithm>
#include <limits>

#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "core/parallel.hpp"

namespace mlcore::linalg {
namespace {

using namespace simd;

inline constexpr int max_iterations = 120;
inline constexpr double tolerance = 8 * std::numeric_limits<double>::epsilon();
#ifdef MLCORE_TINY_BLOCKS
inline constexpr index roots_per_task = 2;
#else
inline constexpr index roots_per_task = 16;
#endif
inline constexpr int stripe_vectors = 4;  // poles whose products are kept in registers

// f, its slope, the part of the slope that poles left of x account for, and the sum of the absolute values of all terms.
struct Value {
    double f, slope, slope_left, magnitude;
};

// base, weights: whole vectors. Pads have base infinity and weight 0.
Value evaluate(index padded, const double* base, const double* weights, double tau) noexcept {
    constexpr index L = lanes<double>;
    const Vec<double> x = broadcast(tau), zero{}, one = broadcast(1.0);
    Vec<double> sum[2] = {}, size[2] = {}, slope[2] = {}, left[2] = {};
    const auto add = [&](index i, int chain) {
        const Vec<double> r = one / (load(base + i) - x), term = load(weights + i) * r, steepness = term * r;
        sum[chain] += term;
        size[chain] += abs<double>(term);
        slope[chain] += steepness;
        left[chain] += term < zero ? steepness : zero;
    };
    index i = 0;
    for (; i + 2 * L <= padded; i += 2 * L) add(i, 0), add(i + L, 1);
    if (i < padded) add(i, 0);
    const auto total = [](const Vec<double>(&chains)[2]) { return reduce_add<double>(chains[0] + chains[1]); };
    return {1 + total(sum), total(slope), total(left), total(size)};
}

// The bracket, and what is known of the root.
struct Search {
    double low, high;
    double tau;

    double middle() const noexcept { return std::copysign(std::sqrt(low * high), low); }
    void go_to(double next) noexcept { tau = next > low && next < high ? next : middle(); }
};

// The zero of c + s / (P - eta) + S / (Q - eta), with `value` and its slope at eta = 0: the one between P and Q, or beyond
// both.
double model_step(const Value& value, double P, double Q, double slope_P, bool last) noexcept {
    const double c = value.f - P * slope_P - Q * (value.slope - slope_P);
    const double a = (P + Q) * value.f - P * Q * value.slope, b = P * Q * value.f;
    const double root = std::sqrt(std::max(0.0, a * a - 4 * b * c));
    double eta;
    if (last)
        eta = a >= 0 ? (a + root) / (2 * c) : 2 * b / (a - root);
    else
        eta = a <= 0 ? (a - root) / (2 * c) : 2 * b / (a + root);
    return value.f * eta < 0 ? eta : -value.f / value.slope;
}

template <class Poles>
void set_origin(index n, index padded, const double* d, index k, double* base) noexcept {
    const Vec<double> origin = broadcast(d[k]);
    index i = 0;
    for (; i + lanes<double> <= n; i += lanes<double>) store(base + i, Poles::between(load(d + i), origin));
    for (; i < n; ++i) base[i] = Poles::between(d[i], d[k]);
    for (; i < padded; ++i) base[i] = std::numeric_limits<double>::infinity();
}

// Root j. `base` becomes the differences p_i - x. False if it is not found.
template <class Poles>
bool find_root(index n, const double* d, const double* weights, double total, index j, SecularRoot& root, double* base) noexcept {
    const index padded = round_up(n, lanes<double>);
    const bool last = j == n - 1;
    const index p = last ? std::max(j - 1, index(0)) : j, q = last ? j : j + 1;
    index k = j;
    Search search;
    set_origin<Poles>(n, padded, d, k, base);
    if (last) {  // all other terms are negative: tau >= w; and the sum is at least -total / tau
        search = {weights[j] / 2, 2 * total, total};
        search.tau = search.middle();
    } else {
        const double gap = base[q], half = gap / 2;
        const Value value = evaluate(padded, base, weights, half);
        // Of the nearer pole's term we know that it must outweigh the others, which change in one direction only.
        const double others = value.f + weights[p] / half - weights[q] / half;  // without either pole
        const double a = others * gap, wp = weights[p], wq = weights[q];
        if (value.f >= 0) {
            search = {wp / (value.f + wp / half) / 2, half * (1 + tolerance), half};
            const double b = a + wp + wq, r = std::sqrt(std::max(0.0, b * b - 4 * wp * gap * others));
            search.go_to(b > 0 ? 2 * wp * gap / (b + r) : (b - r) / (2 * others));
        } else {
            set_origin<Poles>(n, padded, d, k = q, base);
            search = {-half * (1 + tolerance), -wq / (wq / half - value.f) / 2, -half};
            const double b = a - wp - wq, r = std::sqrt(std::max(0.0, b * b + 4 * wq * gap * others));
            search.go_to(b < 0 ? 2 * wq * gap / (b - r) : -(b + r) / (2 * others));
        }
    }

    double before = std::numeric_limits<double>::infinity();
    int slow = 0;  // steps in a row that gained little
    bool found = false;
    for (int iteration = 0; iteration < max_iterations && !found; ++iteration) {
        const Value value = evaluate(padded, base, weights, search.tau);
        const double tau = search.tau, size = std::fabs(value.f);
        found = size <= tolerance * (1 + value.magnitude);
        if (found) break;
        (value.f < 0 ? search.low : search.high) = tau;
        slow = size > before / 10 ? (slow + 1) % 3 : 0;
        before = size;
        if (slow == 2) {
            search.tau = search.middle();
        } else {
            const double P = base[p] - tau, Q = base[q] - tau, own = base[k] - tau, slope_own = weights[k] / own / own;
            const double slope_P = slow == 1 && !last ? value.slope_left : k == p ? slope_own : value.slope - slope_own;
            search.go_to(tau + model_step(value, P, Q, slope_P, last));
        }
        found = search.tau == tau || search.tau == search.low || search.tau == search.high;  // no number is left between them
    }
    root = {k, search.tau};
    for (index i = 0; i < padded; i += lanes<double>) store(base + i, load(base + i) - broadcast(search.tau));
    return found;
}

}  // namespace

template <class Poles>
Status secular_roots(index n, const double* d, const double* z, SecularRoot* roots, Matrix<double> differences) {
    Lease<double> squares(round_up(n, lanes<double>));
    double* weights = squares.data();
    double total = 0;
    for (index i = 0; i < round_up(n, lanes<double>); ++i) total += weights[i] = i < n ? z[i] * z[i] : 0;
    parallel_for_work(ceil_div(n, roots_per_task), 8 * double(n) * double(n), [&](index task, int) {
        const index first = task * roots_per_task;
        for (index j = first; j < std::min(first + roots_per_task, n) && !interrupted(); ++j) {
            double* row = differences.data + j * differences.row_stride;
            if (!find_root<Poles>(n, d, weights, total, j, roots[j], row)) roots[j].origin = -1;
        }
    });
    if (interrupted()) return Status::interrupted;
    for (index j = 0; j < n; ++j)
        if (roots[j].origin < 0) return Status::not_converged;
    return Status::ok;
}

// z_i^2 = (x_i - p_i)  prod over j != i of (p_i - x_j) / (p_i - p_j). All quotients are positive, by interlacing.
template <class Poles>
void corrected_vector(index n, const double* d, Matrix<const double> differences, const double* z, double* corrected) {
    constexpr index L = lanes<double>, width = stripe_vectors * L;
    parallel_for_work(ceil_div(n, width), 4 * double(n) * double(n), [&](index task, int) {
        const index first = task * width;
        Vec<double> product[stripe_vectors], pole[stripe_vectors];
        for (int v = 0; v < stripe_vectors; ++v) {
            const index left = n - first - v * L;
            pole[v] = left > 0 ? load_partial(d + first + v * L, std::min(left, L)) : Vec<double>{};
            product[v] = broadcast(1.0);
        }
        const int vectors = int(std::min(ceil_div(n - first, L), index(stripe_vectors)));
        for (index j = 0; j < n; ++j) {
            const double* row = differences.data + j * differences.row_stride + first;
            const Vec<double> other = broadcast(d[j]), zero{}, minus_one = broadcast(-1.0);
            for (int v = 0; v < vectors; ++v) {
                const Vec<double> between = Poles::between(pole[v], other);
                product[v] *= load(row + v * L) / (between == zero ? minus_one : between);  // zero: j = i
            }
        }
        for (int v = 0; v < vectors; ++v)
            for (index i = first + v * L; i < std::min(first + (v + 1) * L, n); ++i)
                corrected[i] = std::copysign(std::sqrt(product[v][i - first - v * L]), z[i]);
    });
}

template Status secular_roots<EigenvaluePoles>(index, const double*, const double*, SecularRoot*, Matrix<double>);
template Status secular_roots<SingularValuePoles>(index, const double*, const double*, SecularRoot*, Matrix<double>);
template void corrected_vector<EigenvaluePoles>(index, const double*, Matrix<const double>, const double*, double*);
template void corrected_vector<SingularValuePoles>(index, const double*, Matrix<const double>, const double*, double*);

}  // namespace mlcore::linalg
