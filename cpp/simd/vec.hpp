// Vec<T>: one SIMD register of T, in the width this build was compiled for.
//
// The GCC/Clang vector extension gives + - * / and comparisons; `a * b + c` becomes one fused multiply-add where the
// instruction set has it. This file adds the dozen operations the language lacks. Intrinsics appear nowhere else.
//
//     build        register   float   double   registers
//     x86-64-v4    64 bytes     16       8        32        AVX-512
//     x86-64-v3    32 bytes      8       4        16        AVX2, FMA
//     x86-64-v2    16 bytes      4       2        16        SSE4.2, no FMA
//     aarch64      16 bytes      4       2        32        NEON
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#if defined(__AVX__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#include "core/types.hpp"

#define MLCORE_INLINE [[gnu::always_inline]] inline

namespace mlcore::simd {

#if defined(__AVX512F__)
inline constexpr int vector_bytes = 64;
inline constexpr int vector_registers = 32;
#elif defined(__AVX__)
inline constexpr int vector_bytes = 32;
inline constexpr int vector_registers = 16;
#elif defined(__aarch64__)
inline constexpr int vector_bytes = 16;
inline constexpr int vector_registers = 32;
#else
inline constexpr int vector_bytes = 16;
inline constexpr int vector_registers = 16;
#endif

template <class T, int Bytes = vector_bytes>
struct VecOf {
    typedef T type [[gnu::vector_size(Bytes)]];
};
template <class T>
using Vec = typename VecOf<T>::type;
template <class T>
using Mask = typename VecOf<std::conditional_t<sizeof(T) == 8, std::int64_t, std::int32_t>>::type;  // a < b gives 0 or -1
template <class T>
inline constexpr int lanes = vector_bytes / int(sizeof(T));

template <class T>
MLCORE_INLINE Vec<T> load(const T* p) noexcept {
    Vec<T> v;
    __builtin_memcpy(&v, p, sizeof v);  // one unaligned move
    return v;
}

// Makes the compiler load v once: GCC would rather fold a load into each of the multiply-adds that use it, and the load ports, not
// the multiplier, would then set the pace.
template <class V>
MLCORE_INLINE void keep_in_register(V& v) noexcept {
#if defined(__aarch64__)
    asm("" : "+w"(v));
#elif defined(__AVX512F__)
    asm("" : "+v"(v));
#elif defined(__SSE2__)
    asm("" : "+x"(v));
#else
    (void)v;
#endif
}

template <class T>
MLCORE_INLINE void store(T* p, std::type_identity_t<Vec<T>> v) noexcept {
    __builtin_memcpy(p, &v, sizeof v);
}

template <class T>
MLCORE_INLINE Vec<T> broadcast(T x) noexcept {
    return x - Vec<T>{};  // x - 0 is x for every x, signed zeros and NaN payloads included; compiles to one broadcast
}

// The first n lanes from memory, zeros in the rest; memory past p + n is not touched. 0 <= n <= lanes<T>.
template <class T>
MLCORE_INLINE Vec<T> load_partial(const T* p, index n) noexcept {
#if defined(__AVX512F__)
    if constexpr (sizeof(T) == 8)
        return (Vec<T>)_mm512_maskz_loadu_pd(__mmask8((1u << n) - 1), p);
    else
        return (Vec<T>)_mm512_maskz_loadu_ps(__mmask16((1u << n) - 1), p);
#elif defined(__AVX2__)
    if constexpr (sizeof(T) == 8) {
        const __m256i mask = _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), _mm256_setr_epi64x(0, 1, 2, 3));
        return (Vec<T>)_mm256_maskload_pd(p, mask);
    } else {
        const __m256i mask = _mm256_cmpgt_epi32(_mm256_set1_epi32(int(n)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
        return (Vec<T>)_mm256_maskload_ps(p, mask);
    }
#else
    Vec<T> v{};
    for (int i = 0; i < lanes<T>; ++i)
        if (i < n) v[i] = p[i];
    return v;
#endif
}

template <class T>
MLCORE_INLINE void store_partial(T* p, std::type_identity_t<Vec<T>> v, index n) noexcept {
#if defined(__AVX512F__)
    if constexpr (sizeof(T) == 8)
        _mm512_mask_storeu_pd(p, __mmask8((1u << n) - 1), (__m512d)v);
    else
        _mm512_mask_storeu_ps(p, __mmask16((1u << n) - 1), (__m512)v);
#elif defined(__AVX2__)
    if constexpr (sizeof(T) == 8) {
        const __m256i mask = _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), _mm256_setr_epi64x(0, 1, 2, 3));
        _mm256_maskstore_pd(p, mask, (__m256d)v);
    } else {
        const __m256i mask = _mm256_cmpgt_epi32(_mm256_set1_epi32(int(n)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
        _mm256_maskstore_ps(p, mask, (__m256)v);
    }
#else
    for (int i = 0; i < lanes<T>; ++i)
        if (i < n) p[i] = v[i];
#endif
}

// lanes<To> elements of another type, converted: float data feeding double accumulators.
template <class To, class From>
MLCORE_INLINE Vec<To> load_as(const From* p) noexcept {
    if constexpr (std::is_same_v<To, From>) {
        return load(p);
    } else {
        typename VecOf<From, lanes<To> * int(sizeof(From))>::type v;
        __builtin_memcpy(&v, p, sizeof v);
        return __builtin_convertvector(v, Vec<To>);
    }
}

// The first n of lanes<To> elements converted, zeros in the rest; memory past p + n is not touched. 0 <= n <= lanes<To>.
template <class To, class From>
MLCORE_INLINE Vec<To> load_partial_as(const From* p, index n) noexcept {
    static_assert(sizeof(To) >= sizeof(From));
    if constexpr (std::is_same_v<To, From>) {
        return load_partial(p, n);
    } else {
        const Vec<From> wide = load_partial(p, n);
        typename VecOf<From, lanes<To> * int(sizeof(From))>::type low;
        __builtin_memcpy(&low, &wide, sizeof low);  // the lower half of the register
        return __builtin_convertvector(low, Vec<To>);
    }
}

// The opposite: lanes<From> values stored as another type.
template <class To, class From>
MLCORE_INLINE void store_as(To* p, Vec<From> v) noexcept {
    const auto converted = __builtin_convertvector(v, typename VecOf<To, lanes<From> * int(sizeof(To))>::type);
    __builtin_memcpy(p, &converted, sizeof converted);
}

template <class T>
MLCORE_INLINE Vec<T> select(Mask<T> mask, Vec<T> yes, Vec<T> no) noexcept {
    return mask ? yes : no;
}

// Whether a lane is set.
template <class T>
MLCORE_INLINE bool any(Mask<T> mask) noexcept {
#if defined(__AVX512F__)
    return _mm512_test_epi64_mask((__m512i)mask, (__m512i)mask) != 0;
#elif defined(__AVX__)
    return !_mm256_testz_si256((__m256i)mask, (__m256i)mask);
#else
    typename VecOf<std::int64_t>::type words;
    __builtin_memcpy(&words, &mask, sizeof words);
    return (words[0] | words[1]) != 0;
#endif
}

// NaN in b is returned (comparison false), NaN in a is not: callers that must see NaN test for it themselves.
template <class T>
MLCORE_INLINE Vec<T> min(Vec<T> a, Vec<T> b) noexcept {
    return a < b ? a : b;
}
template <class T>
MLCORE_INLINE Vec<T> max(Vec<T> a, Vec<T> b) noexcept {
    return a > b ? a : b;
}

template <class T>
MLCORE_INLINE Vec<T> abs(Vec<T> v) noexcept {
    using M = Mask<T>;
    constexpr auto sign = std::conditional_t<sizeof(T) == 8, std::int64_t, std::int32_t>(
        sizeof(T) == 8 ? INT64_MIN : std::int64_t(INT32_MIN));
    return (Vec<T>)((M)v & ~(sign - M{}));
}

template <class T>
MLCORE_INLINE Vec<T> sqrt(Vec<T> v) noexcept {
    constexpr bool wide = sizeof(T) == 8;
#if defined(__AVX512F__)
    if constexpr (wide)
        return (Vec<T>)_mm512_maskz_sqrt_pd(__mmask8(-1), (__m512d)v);
    else
        return (Vec<T>)_mm512_maskz_sqrt_ps(__mmask16(-1), (__m512)v);
#elif defined(__AVX__)
    if constexpr (wide)
        return (Vec<T>)_mm256_sqrt_pd((__m256d)v);
    else
        return (Vec<T>)_mm256_sqrt_ps((__m256)v);
#elif defined(__SSE2__)
    if constexpr (wide)
        return (Vec<T>)_mm_sqrt_pd((__m128d)v);
    else
        return (Vec<T>)_mm_sqrt_ps((__m128)v);
#else
    if constexpr (wide)
        return (Vec<T>)vsqrtq_f64((float64x2_t)v);
    else
        return (Vec<T>)vsqrtq_f32((float32x4_t)v);
#endif
}

// 2^floor(log2 |v|): the exponent alone. Zero for zero and subnormal numbers, infinity for infinity and NaN.
template <class T>
MLCORE_INLINE Vec<T> leading_power(Vec<T> v) noexcept {
    using M = Mask<T>;
    constexpr auto exponent = std::conditional_t<sizeof(T) == 8, std::int64_t, std::int32_t>(
        sizeof(T) == 8 ? 0x7FF0000000000000 : std::int64_t(0x7F800000));
    return (Vec<T>)((M)v & (exponent - M{}));
}

// 1 / leading_power(v) for normal numbers below half the largest, by subtracting exponents; without meaning for others.
template <class T>
MLCORE_INLINE Vec<T> inverse_power(Vec<T> v) noexcept {
    using M = Mask<T>;
    constexpr auto exponents = std::conditional_t<sizeof(T) == 8, std::int64_t, std::int32_t>(
        sizeof(T) == 8 ? 0x7FE0000000000000 : std::int64_t(0x7F000000));  // twice that of 1
    return (Vec<T>)((exponents - M{}) - (M)leading_power<T>(v));
}

template <class T, int half, int... lane>
MLCORE_INLINE void exchange_halves(Vec<T>& a, Vec<T>& b, std::integer_sequence<int, lane...>) noexcept {
#if defined(__SSE2__) && !defined(__AVX__)
    if constexpr (half * sizeof(T) == 8) {  // the same, but GCC 12 would take halves from memory by way of an MMX register
        const Vec<T> low = (Vec<T>)_mm_unpacklo_epi64((__m128i)a, (__m128i)b);
        b = (Vec<T>)_mm_unpackhi_epi64((__m128i)a, (__m128i)b);
        a = low;
        return;
    }
#endif
    const Vec<T> first = __builtin_shufflevector(a, b, ((lane & half) ? lanes<T> + lane - half : lane)...);
    b = __builtin_shufflevector(a, b, ((lane & half) ? lanes<T> + lane : lane + half)...);
    a = first;
}

// Lane j of vector i goes to lane i of vector j: the off-diagonal halves change places, then those of each quarter, and so on.
template <class T, int half = lanes<T> / 2>
MLCORE_INLINE void transpose(Vec<T> (&v)[lanes<T>]) noexcept {
#pragma GCC unroll 16
    for (int i = 0; i < lanes<T>; ++i)
        if (!(i & half)) exchange_halves<T, half>(v[i], v[i + half], std::make_integer_sequence<int, lanes<T>>());
    if constexpr (half > 1) transpose<T, half / 2>(v);
}

// Half a register from each of two places, and back.
template <class T>
MLCORE_INLINE Vec<T> load_halves(const T* low, const T* high) noexcept {
#if defined(__AVX512F__)
    const __m512d first = _mm512_castpd256_pd512(_mm256_loadu_pd(reinterpret_cast<const double*>(low)));
    return (Vec<T>)_mm512_insertf64x4(first, _mm256_loadu_pd(reinterpret_cast<const double*>(high)), 1);
#elif defined(__AVX__)
    const __m256d first = _mm256_castpd128_pd256(_mm_loadu_pd(reinterpret_cast<const double*>(low)));
    return (Vec<T>)_mm256_insertf128_pd(first, _mm_loadu_pd(reinterpret_cast<const double*>(high)), 1);
#elif defined(__SSE2__)  // not by way of an MMX register, which would spoil the x87 stack
    const __m128i first = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(low));
    return (Vec<T>)_mm_unpacklo_epi64(first, _mm_loadl_epi64(reinterpret_cast<const __m128i*>(high)));
#else
    double halves[2];
    __builtin_memcpy(halves, low, 8);
    __builtin_memcpy(halves + 1, high, 8);
    return (Vec<T>)(Vec<double>{halves[0], halves[1]});
#endif
}
template <class T>
MLCORE_INLINE void store_halves(T* low, T* high, std::type_identity_t<Vec<T>> v) noexcept {
#if defined(__AVX512F__)
    _mm256_storeu_pd(reinterpret_cast<double*>(low), _mm512_castpd512_pd256((__m512d)v));
    _mm256_storeu_pd(reinterpret_cast<double*>(high), _mm512_extractf64x4_pd((__m512d)v, 1));
#elif defined(__AVX__)
    _mm_storeu_pd(reinterpret_cast<double*>(low), _mm256_castpd256_pd128((__m256d)v));
    _mm_storeu_pd(reinterpret_cast<double*>(high), _mm256_extractf128_pd((__m256d)v, 1));
#elif defined(__SSE2__)
    _mm_storel_epi64(reinterpret_cast<__m128i*>(low), (__m128i)v);
    _mm_storel_epi64(reinterpret_cast<__m128i*>(high), _mm_unpackhi_epi64((__m128i)v, (__m128i)v));
#else
    const double halves[2] = {((Vec<double>)v)[0], ((Vec<double>)v)[1]};
    __builtin_memcpy(low, halves, 8);
    __builtin_memcpy(high, halves + 1, 8);
#endif
}

// transpose() of L vectors in memory, at `offset` from each pointer: the halves change places on the way, which saves the first
// of log2(L) rounds of shuffles.
template <class T>
MLCORE_INLINE void load_transposed(const T* const* from, index offset, Vec<T> (&v)[lanes<T>]) noexcept {
    constexpr int half = lanes<T> / 2;
#pragma GCC unroll 8
    for (int i = 0; i < half; ++i) {
        const T *low = from[i] + offset, *high = from[i + half] + offset;
        v[i] = load_halves(low, high);
        v[i + half] = load_halves(low + half, high + half);
    }
    if constexpr (half > 1) transpose<T, half / 2>(v);
}
template <class T>
MLCORE_INLINE void store_transposed(T* const* to, index offset, Vec<T> (&v)[lanes<T>]) noexcept {
    constexpr int half = lanes<T> / 2;
    if constexpr (half > 1) transpose<T, half / 2>(v);
#pragma GCC unroll 8
    for (int i = 0; i < half; ++i) {
        T *low = to[i] + offset, *high = to[i + half] + offset;
        store_halves(low, high, v[i]);
        store_halves(low + half, high + half, v[i + half]);
    }
}

// Folds the upper half onto the lower until one lane is left: log2(lanes) steps in a fixed order. By shuffles, for taking
// the address of a half would force the vector, and the array of sums it belongs to, out of its register.
template <class T, int Bytes, class Fold, std::size_t... I>
MLCORE_INLINE T fold_halves(typename VecOf<T, Bytes>::type v, Fold fold, std::index_sequence<I...>) noexcept {
    constexpr int half = sizeof...(I);
    if constexpr (half == 1)
        return fold(T(v[0]), T(v[1]));
    else
        return fold_halves<T, Bytes / 2>(fold(__builtin_shufflevector(v, v, int(I)...), __builtin_shufflevector(v, v, half + int(I)...)),
                                         fold, std::make_index_sequence<half / 2>());
}

template <class T>
MLCORE_INLINE T reduce_add(Vec<T> v) noexcept {
    return fold_halves<T, vector_bytes>(v, [](auto a, auto b) { return a + b; }, std::make_index_sequence<lanes<T> / 2>());
}

template <class T>
MLCORE_INLINE T reduce_max(Vec<T> v) noexcept {
    return fold_halves<T, vector_bytes>(v, [](auto a, auto b) { return a > b ? a : b; }, std::make_index_sequence<lanes<T> / 2>());
}

}  // namespace mlcore::simd
