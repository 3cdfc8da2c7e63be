// The rarer functions, element by element by the C++ library. Remainders have the sign of the divisor, as in NumPy.
#include <cmath>
#include <limits>

#include "calculus/kernels.hpp"

namespace mlcore::calculus {
namespace {

template <class T>
T remainder_of(T a, T b) noexcept {
    const T r = std::fmod(a, b);
    if (r == T(0)) return std::copysign(T(0), b);
    return (r < T(0)) != (b < T(0)) ? r + b : r;
}

template <class T>
T floor_of_quotient(T a, T b) noexcept {
    if (b == T(0)) return a / b;
    T r = std::fmod(a, b), q = (a - r) / b;
    if (r != T(0) && (r < T(0)) != (b < T(0))) q -= T(1);
    if (q == T(0)) return std::copysign(T(0), a / b);
    const T f = std::floor(q);
    return q - f > T(0.5) ? f + T(1) : f;
}

// log(exp(a) + exp(b)) = max + log1p(exp(-|a - b|))
template <class T>
T log_of_sum(T a, T b) noexcept {
    if (a == b) return a + T(0.693147180559945309417);
    const T d = a - b;
    return d > T(0) ? a + std::log1p(std::exp(-d)) : d <= T(0) ? b + std::log1p(std::exp(d)) : d;
}

template <class T>
T log2_of_sum(T a, T b) noexcept {
    constexpr T per_log = T(1.44269504088896340736);
    if (a == b) return a + T(1);
    const T d = a - b;
    return d > T(0) ? a + std::log1p(std::exp2(-d)) * per_log : d <= T(0) ? b + std::log1p(std::exp2(d)) * per_log : d;
}

#define MLCORE_UNARY(name, expression)                                      \
    template <class T>                                                      \
    void name##_kernel(index n, T* out, const T* a, const T*, const T*) {   \
        for (index i = 0; i < n; ++i) {                                     \
            const T x = a[i];                                               \
            out[i] = expression;                                            \
        }                                                                   \
    }
#define MLCORE_BINARY(name, expression)                                     \
    template <class T>                                                      \
    void name##_kernel(index n, T* out, const T* a, const T* b, const T*) { \
        for (index i = 0; i < n; ++i) {                                     \
            const T x = a[i], y = b[i];                                     \
            out[i] = expression;                                            \
        }                                                                   \
    }

MLCORE_UNARY(exp2, std::exp2(x))
MLCORE_UNARY(log2, std::log2(x))
MLCORE_UNARY(log10, std::log10(x))
MLCORE_UNARY(arcsin, std::asin(x))
MLCORE_UNARY(arccos, std::acos(x))
MLCORE_UNARY(arctan, std::atan(x))
MLCORE_UNARY(arcsinh, std::asinh(x))
MLCORE_UNARY(arccosh, std::acosh(x))
MLCORE_UNARY(arctanh, std::atanh(x))
MLCORE_UNARY(cbrt, std::cbrt(x))
MLCORE_UNARY(floor, std::floor(x))
MLCORE_UNARY(ceil, std::ceil(x))
MLCORE_UNARY(trunc, std::trunc(x))
MLCORE_UNARY(rint, std::nearbyint(x))
MLCORE_BINARY(power, std::pow(x, y))
MLCORE_BINARY(arctan2, std::atan2(x, y))
MLCORE_BINARY(hypot, std::hypot(x, y))
MLCORE_BINARY(copysign, std::copysign(x, y))
MLCORE_BINARY(fmod, std::fmod(x, y))
MLCORE_BINARY(remainder, remainder_of(x, y))
MLCORE_BINARY(floor_divide, floor_of_quotient(x, y))
MLCORE_BINARY(logaddexp, log_of_sum(x, y))
MLCORE_BINARY(logaddexp2, log2_of_sum(x, y))

#undef MLCORE_UNARY
#undef MLCORE_BINARY

}  // namespace

template <class T>
Kernel<T> scalar_kernel(int op) noexcept {
    static constexpr Kernel<T> table[] = {
        exp2_kernel<T>, log2_kernel<T>, log10_kernel<T>, arcsin_kernel<T>, arccos_kernel<T>, arctan_kernel<T>, arcsinh_kernel<T>,
        arccosh_kernel<T>, arctanh_kernel<T>, cbrt_kernel<T>, floor_kernel<T>, ceil_kernel<T>, trunc_kernel<T>, rint_kernel<T>,
        power_kernel<T>, arctan2_kernel<T>, hypot_kernel<T>, copysign_kernel<T>, fmod_kernel<T>, remainder_kernel<T>,
        floor_divide_kernel<T>, logaddexp_kernel<T>, logaddexp2_kernel<T>};
    static_assert(sizeof table / sizeof table[0] == op_count - first_scalar);
    return table[op - first_scalar];
}

template Kernel<float> scalar_kernel<float>(int) noexcept;
template Kernel<double> scalar_kernel<double>(int) noexcept;

}  // namespace mlcore::calculus
