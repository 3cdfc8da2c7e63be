// Functions that simd/math_*.hpp computes for a register of doubles. float32 goes through double and is rounded once.
#include "calculus/kernels.hpp"
#include "simd/math_exp.hpp"
#include "simd/math_hyperbolic.hpp"
#include "simd/math_log.hpp"
#include "simd/math_trigonometric.hpp"

namespace mlcore::calculus {
namespace {

using namespace simd;

template <class T, class F>
MLCORE_INLINE void each(index n, T* out, const T* a, F f) noexcept {
    constexpr index L = lanes<double>;
    for (index i = 0; i < n; i += L) {
        if (i + L <= n) {
            store_as<T, double>(out + i, f(load_as<double>(a + i)));
            continue;
        }
        T padded[L] = {};
        for (index j = 0; j < n - i; ++j) padded[j] = a[i + j];
        store_as<T, double>(padded, f(load_as<double>(padded)));
        for (index j = 0; j < n - i; ++j) out[i + j] = padded[j];
    }
}

#define MLCORE_KERNEL(name)                                                  \
    template <class T>                                                       \
    void name##_kernel(index n, T* out, const T* a, const T*, const T*) {    \
        each(n, out, a, [](Doubles x) { return simd::name(x); });            \
    }

MLCORE_KERNEL(exp)
MLCORE_KERNEL(expm1)
MLCORE_KERNEL(log)
MLCORE_KERNEL(log1p)
MLCORE_KERNEL(sin)
MLCORE_KERNEL(cos)
MLCORE_KERNEL(tan)
MLCORE_KERNEL(tanh)
MLCORE_KERNEL(sinh)
MLCORE_KERNEL(cosh)
MLCORE_KERNEL(one_over_cosh_squared)

#undef MLCORE_KERNEL

}  // namespace

template <class T>
Kernel<T> transcendental_kernel(int op) noexcept {
    static constexpr Kernel<T> table[] = {exp_kernel<T>, expm1_kernel<T>, log_kernel<T>,  log1p_kernel<T>, sin_kernel<T>, cos_kernel<T>,
                                          tan_kernel<T>, tanh_kernel<T>,  sinh_kernel<T>, cosh_kernel<T>,
                                          one_over_cosh_squared_kernel<T>};
    static_assert(sizeof table / sizeof table[0] == first_scalar - first_transcendental);
    return table[op - first_transcendental];
}

template Kernel<float> transcendental_kernel<float>(int) noexcept;
template Kernel<double> transcendental_kernel<double>(int) noexcept;

}  // namespace mlcore::calculus
