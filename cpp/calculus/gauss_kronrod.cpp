// gauss_kronrod: the integral of f over an interval by Kronrod's rule of 21 points, with the error that it is likely to have:
//
//     K = h sum_j k_j y_j,     G = h sum_j g_j y_j,     r = h sum_j k_j |y_j - K / 2h|,     s = h sum_j k_j |y_j|,
//     c_n = sum_j k_j p_n(x_j) y_j,     A = |c_17| + ... + |c_20|,     B = |c_11| + ... + |c_14|,
//     error = max(r min(1, (200 |K - G| / r)^1.5), 4 h A min(1, (8 A / B)^2), noise),     noise = rounding s,
//
// where h is half the length and G is Gauss's rule, whose 10 nodes are among the 21. |K - G| is about the error of G, and K, of
// degree 31 instead of 19, is far better where f is smooth: that is what the power says [1]. But at a kink or a jump the sign
// of K - G depends on where between two nodes it lies, so there are places where |K - G| is small and K wrong. Hence the c_n,
// with p_n the polynomials that are orthonormal over the nodes with the weights k: each is a rule that is 0 for all degrees
// below n, and four of them are not small together by chance. From degree 12 to 18 they fall by A / B. If that is more than
// 1 / 8, f is not smooth on this scale, and K as wrong as A; if less, they go on falling up to degree 31, where K's error
// begins [2].
//
// Also the values at both ends of the polynomial through all points, for whoever knows those of f (see partition.cpp).
//
// The sums go over y_j + y_-j for the even functionals and y_j - y_-j for the odd ones, which halves the work and gives an odd f
// the integral 0. Contract: a NaN among the y makes all but noise NaN or infinite.
//
// Sources: [1] R. Piessens, E. de Doncker-Kapenga, C. Ueberhuber, D. Kahaner, "QUADPACK", Springer 1983, routine QK21.
// [2] J. Berntsen, T. O. Espelid, "Error estimation in automatic quadrature routines", ACM TOMS 17, 1991: null rules.
#include "calculus/gauss_kronrod.hpp"

#include <array>
#include <cmath>

#include "simd/vec.hpp"

namespace mlcore::calculus {
namespace {

using namespace simd;

constexpr index D = lanes<double>, padded = round_up(rule_points, 8);
static_assert(padded % D == 0);

MLCORE_INLINE Vec<double> magnitude(Vec<double> v) noexcept { return v < Vec<double>{} ? -v : v; }

}  // namespace

const double rule_nodes[] = {
    -0.995657163025808080735527280689003, -0.973906528517171720077964012084452, -0.930157491355708226001207180059508,
    -0.865063366688984510732096688423493, -0.780817726586416897063717578345042, -0.679409568299024406234327365114874,
    -0.562757134668604683339000099272694, -0.433395394129247190799265943165784, -0.294392862701460198131126603103866,
    -0.148874338981631210884826001129720, 0, 0.148874338981631210884826001129720, 0.294392862701460198131126603103866,
    0.433395394129247190799265943165784, 0.562757134668604683339000099272694, 0.679409568299024406234327365114874,
    0.780817726586416897063717578345042, 0.865063366688984510732096688423493, 0.930157491355708226001207180059508,
    0.973906528517171720077964012084452, 0.995657163025808080735527280689003};

const double kronrod_weights[padded] = {
    0.011694638867371874278064396062192, 0.032558162307964727478818972459390, 0.054755896574351996031381300244580,
    0.075039674810919952767043140916190, 0.093125454583697605535065465083366, 0.109387158802297641899210590325805,
    0.123491976262065851077958109585166, 0.134709217311473325928054001771707, 0.142775938577060080797094273138717,
    0.147739104901338491374841515972068, 0.149445554002916905664936468389821, 0.147739104901338491374841515972068,
    0.142775938577060080797094273138717, 0.134709217311473325928054001771707, 0.123491976262065851077958109585166,
    0.109387158802297641899210590325805, 0.093125454583697605535065465083366, 0.075039674810919952767043140916190,
    0.054755896574351996031381300244580, 0.032558162307964727478818972459390, 0.011694638867371874278064396062192};

const double gauss_weights[padded] = {
    0, 0.066671344308688137593568809893332, 0, 0.149451349150580593145863397657697, 0, 0.219086362515982043995534934228163,
    0, 0.269266719309996355091226921569469, 0, 0.295524224714752870173815619188769, 0, 0.295524224714752870173815619188769,
    0, 0.269266719309996355091226921569469, 0, 0.219086362515982043995534934228163, 0, 0.149451349150580593145863397657697,
    0, 0.066671344308688137593568809893332, 0};

namespace {

constexpr index pairs = rule_points / 2 + 1, functionals = 8;
constexpr double rough = 8, safety = 4;
enum Even { K, K_minus_G, c12, c14, c18, c20, even_end };
enum Odd { c11, c13, c17, c19, odd_end };

// What the sums and differences are multiplied by: even[j] and odd[j] belong to the nodes j and rule_points - 1 - j.
struct Weights {
    alignas(64) double even[pairs][functionals] = {}, odd[pairs][functionals] = {};

    Weights() noexcept {
        // Three terms: b_n p_n = x p_(n-1) - b_(n-1) p_(n-2), with b_n such that p_n has length 1; the last column is x = 1.
        double last[rule_points + 1] = {}, now[rule_points + 1], end[rule_points] = {}, b = 0;
        for (double& p : now) p = std::sqrt(0.5);
        for (int n = 0;; ++n) {
            for (index j = 0; j < rule_points; ++j) end[j] += kronrod_weights[j] * now[j] * now[rule_points];
            const int column = n == 12 ? c12 : n == 14 ? c14 : n == 18 ? c18 : n == 20 ? c20 : n == 11 ? c11 : n == 13 ? c13
                             : n == 17 ? c17 : n == 19 ? c19 : -1;
            for (index j = 0; column >= 0 && j < pairs; ++j) (n % 2 ? odd : even)[j][column] = kronrod_weights[j] * now[j];
            if (n == rule_points - 1) break;
            double next[rule_points + 1], length = 0;
            for (index j = 0; j <= rule_points; ++j) {
                next[j] = (j < rule_points ? rule_nodes[j] : 1) * now[j] - b * last[j];
                if (j < rule_points) length += kronrod_weights[j] * next[j] * next[j];
            }
            b = std::sqrt(length);
            for (index j = 0; j <= rule_points; ++j) {
                last[j] = now[j];
                now[j] = next[j] / b;
            }
        }
        for (index j = 0; j < pairs; ++j) {
            even[j][K] = kronrod_weights[j];
            even[j][K_minus_G] = kronrod_weights[j] - gauss_weights[j];
            even[j][even_end] = 0.5 * (end[rule_points - 1 - j] + end[j]);
            odd[j][odd_end] = 0.5 * (end[j] - end[rule_points - 1 - j]);
        }
        for (double& w : even[pairs - 1]) w *= 0.5;  // the middle is added to itself
    }
};

}  // namespace

Estimate gauss_kronrod(const double* y, index stride, double half, double rounding) noexcept {
    static const Weights weights;
    double dense[padded] = {};
    for (index j = 0; j < rule_points; ++j) dense[j] = y[j * stride];
    alignas(64) double even[functionals], odd[functionals];
    Vec<double> sums[functionals / D] = {}, differences[functionals / D] = {};
    for (index j = 0; j < pairs; ++j) {
        const double near = dense[j], far = dense[rule_points - 1 - j];
        const Vec<double> s = broadcast(near + far), d = broadcast(near - far);
        for (index i = 0; i < functionals / D; ++i) {
            sums[i] += s * load(weights.even[j] + i * D);
            differences[i] += d * load(weights.odd[j] + i * D);
        }
    }
    for (index i = 0; i < functionals / D; ++i) {
        store(even + i * D, sums[i]);
        store(odd + i * D, differences[i]);
    }
    const double mean = even[K];
    const Vec<double> level = broadcast(0.5 * mean);
    Vec<double> S = {}, R = {}, P = {};
    for (index j = 0; j < padded; j += D) {
        const Vec<double> v = load(dense + j), k = load(kronrod_weights + j), m = magnitude(v);
        S += k * m;
        R += k * magnitude(v - level);
        P = max<double>(P, m);
    }
    // The padding adds |0 - mean / 2| with weight 0.
    const double size = half * reduce_add<double>(S), spread = half * reduce_add<double>(R);
    const double apart = std::fabs(half * even[K_minus_G]), noise = rounding * size;
    double error = apart;
    if (spread > 0 && apart > 0) {
        const double relative = 200 * (apart / spread);
        error = relative < 1 ? spread * relative * std::sqrt(relative) : relative >= 1 ? spread : relative;
    }
    const double A = std::fabs(even[c18]) + std::fabs(even[c20]) + std::fabs(odd[c17]) + std::fabs(odd[c19]);
    const double B = std::fabs(even[c12]) + std::fabs(even[c14]) + std::fabs(odd[c11]) + std::fabs(odd[c13]);
    const double ratio = rough * A < B ? rough * A / B : 1, fall = ratio * ratio, unsmooth = safety * half * A * fall;
    if (unsmooth > error) error = unsmooth;
    return {half * mean, error < noise ? noise : error, noise, size, reduce_max<double>(P), fall, even[even_end] - odd[odd_end],
            even[even_end] + odd[odd_end]};
}

double polynomial(const double* y, index stride, double x) noexcept {
    static const auto weights = [] {  // barycentric: 1 / prod (x_j - x_k), as large as 1e7
        std::array<double, rule_points> w;
        for (index j = 0; j < rule_points; ++j) {
            w[std::size_t(j)] = 1;
            for (index k = 0; k < rule_points; ++k)
                if (k != j) w[std::size_t(j)] /= rule_nodes[j] - rule_nodes[k];
        }
        return w;
    }();
    double above = 0, below = 0;
    for (index j = 0; j < rule_points; ++j) {
        const double w = weights[std::size_t(j)] / (x - rule_nodes[j]);
        above += w * y[j * stride];
        below += w;
    }
    return above / below;
}

}  // namespace mlcore::calculus
