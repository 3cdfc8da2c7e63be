// Arithmetic, comparisons, choices: what a register does in a few instructions. Truth is 1 or 0. NaN goes through maximum and
// minimum as in NumPy.
#include <limits>

#include "calculus/kernels.hpp"
#include "simd/vec.hpp"

namespace mlcore::calculus {
namespace {

using namespace simd;

template <class T, class F>
MLCORE_INLINE void each(index n, T* out, const T* a, const T* b, const T* c, F f) noexcept {
    constexpr index L = lanes<T>;
    index i = 0;
    for (; i + L <= n; i += L) store(out + i, f(load(a + i), load(b + i), load(c + i)));
    if (i < n) store_partial(out + i, f(load_partial(a + i, n - i), load_partial(b + i, n - i), load_partial(c + i, n - i)), n - i);
}

template <class T>
MLCORE_INLINE Vec<T> truth(Mask<T> mask) noexcept {
    return mask ? broadcast(T(1)) : Vec<T>{};
}

#define MLCORE_KERNEL(name, expression)                                                                             \
    template <class T>                                                                                              \
    void name(index n, T* out, const T* a_, const T* b_, const T* c_) {                                             \
        each(n, out, a_, b_, c_, []([[maybe_unused]] Vec<T> a, [[maybe_unused]] Vec<T> b, [[maybe_unused]] Vec<T> c) \
                                     -> Vec<T> { return expression; });                                             \
    }

template <class T>
inline constexpr T infinity = std::numeric_limits<T>::infinity();

MLCORE_KERNEL(copy, a)
MLCORE_KERNEL(add, a + b)
MLCORE_KERNEL(subtract, a - b)
MLCORE_KERNEL(multiply, a * b)
MLCORE_KERNEL(divide, a / b)
MLCORE_KERNEL(negative, -a)
MLCORE_KERNEL(absolute, simd::abs<T>(a))
MLCORE_KERNEL(square, a * a)
MLCORE_KERNEL(reciprocal, T(1) / a)
MLCORE_KERNEL(root, simd::sqrt<T>(a))
MLCORE_KERNEL(maximum, (a >= b) ? a : (a == a ? b : a))
MLCORE_KERNEL(minimum, (a <= b) ? a : (a == a ? b : a))
MLCORE_KERNEL(fmax, (a >= b) ? a : (b == b ? b : a))
MLCORE_KERNEL(fmin, (a <= b) ? a : (b == b ? b : a))
MLCORE_KERNEL(sign, a > T(0) ? broadcast(T(1)) : (a < T(0) ? broadcast(T(-1)) : (a == T(0) ? Vec<T>{} : a)))
MLCORE_KERNEL(less, truth<T>(a < b))
MLCORE_KERNEL(less_equal, truth<T>(a <= b))
MLCORE_KERNEL(greater, truth<T>(a > b))
MLCORE_KERNEL(greater_equal, truth<T>(a >= b))
MLCORE_KERNEL(equal, truth<T>(a == b))
MLCORE_KERNEL(not_equal, truth<T>(a != b))
MLCORE_KERNEL(both, truth<T>((a != T(0)) & (b != T(0))))
MLCORE_KERNEL(either, truth<T>((a != T(0)) | (b != T(0))))
MLCORE_KERNEL(not_, truth<T>(a == T(0)))
MLCORE_KERNEL(one_of, truth<T>((a != T(0)) ^ (b != T(0))))
MLCORE_KERNEL(isnan, truth<T>(a != a))
MLCORE_KERNEL(isinf, truth<T>(simd::abs<T>(a) == infinity<T>))
MLCORE_KERNEL(isfinite, truth<T>(simd::abs<T>(a) < infinity<T>))
MLCORE_KERNEL(where, a != T(0) ? b : c)

#undef MLCORE_KERNEL

}  // namespace

template <class T>
Kernel<T> arithmetic_kernel(int op) noexcept {
    static constexpr Kernel<T> table[] = {
        copy<T>, add<T>, subtract<T>, multiply<T>, divide<T>, negative<T>, absolute<T>, square<T>, reciprocal<T>, root<T>,
        maximum<T>, minimum<T>, fmax<T>, fmin<T>, sign<T>, less<T>, less_equal<T>, greater<T>, greater_equal<T>, equal<T>,
        not_equal<T>, both<T>, either<T>, not_<T>, one_of<T>, isnan<T>, isinf<T>, isfinite<T>, where<T>};
    static_assert(sizeof table / sizeof table[0] == first_transcendental);
    return table[op];
}

template Kernel<float> arithmetic_kernel<float>(int) noexcept;
template Kernel<double> arithmetic_kernel<double>(int) noexcept;

}  // namespace mlcore::calculus
