// gauss_kronrod: the integral of f over an interval by Kronrod's rule of 21 points, with the error that it is likely to have:
//
//     K = h sum_j k_j y_j,     G = h sum_j g_j y_j,     r = h sum_j k_j |y_j - K / 2h|,     s = h sum_j k_j |y_j|,
//     error = max(r min(1, (200 |K - G| / r)^1.5), noise),     noise = rounding s,
//
// where h is half the length and G is Gauss's rule, whose 10 nodes are among the 21. |K - G| is about the error of G, and K, of
// degree 31 instead of 19, is far better where f is smooth: that is what the power says. For rough f the error comes out too
// large.
//
// Nodes and weights lie padded with zeros to whole registers. Contract: a NaN among the y makes all but noise NaN or infinite.
//
// Source: R. Piessens, E. de Doncker-Kapenga, C. Ueberhuber, D. Kahaner, "QUADPACK", Springer 1983, routine QK21.
#include "calculus/gauss_kronrod.hpp"

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

Estimate gauss_kronrod(const double* y, index stride, double half, double rounding) noexcept {
    double dense[padded] = {};
    for (index j = 0; j < rule_points; ++j) dense[j] = y[j * stride];
    Vec<double> K = {}, difference = {}, S = {}, R = {};
    for (index j = 0; j < padded; j += D) {
        const Vec<double> v = load(dense + j), k = load(kronrod_weights + j);
        K += k * v;
        difference += (k - load(gauss_weights + j)) * v;
        S += k * magnitude(v);
    }
    const double mean = reduce_add<double>(K);
    const Vec<double> level = broadcast(0.5 * mean);
    for (index j = 0; j < padded; j += D) R += load(kronrod_weights + j) * magnitude(load(dense + j) - level);
    // The padding adds |0 - mean / 2| with weight 0.
    const double size = half * reduce_add<double>(S), spread = half * reduce_add<double>(R);
    const double apart = std::fabs(half * reduce_add<double>(difference)), noise = rounding * size;
    double error = apart;
    if (spread > 0 && apart > 0) {
        const double relative = 200 * (apart / spread);
        error = relative < 1 ? spread * relative * std::sqrt(relative) : relative >= 1 ? spread : relative;
    }
    return {half * mean, error < noise ? noise : error, noise, size};
}

}  // namespace mlcore::calculus
