// The floating-point control word of a thread: rounding mode, flush to zero.
//
// It belongs to the thread, and other people's shared objects (-ffast-math start-up code) change it in the thread that
// loads them. Workers take over the caller's, or else the bits of a result would depend on which thread computed it.
#pragma once

#if defined(__x86_64__)
#include <xmmintrin.h>
#else
#include <cstdint>
#endif

namespace mlcore {

#if defined(__x86_64__)
using FpControl = unsigned;
inline constexpr FpControl fp_status_bits = 0x3f;  // MXCSR[5:0]: sticky exception flags, not control
inline FpControl fp_control() noexcept { return _mm_getcsr() & ~fp_status_bits; }
inline void set_fp_control(FpControl control) noexcept { _mm_setcsr(control | (_mm_getcsr() & fp_status_bits)); }
#elif defined(__aarch64__)
using FpControl = std::uint64_t;
inline FpControl fp_control() noexcept {
    FpControl control;
    asm volatile("mrs %0, fpcr" : "=r"(control));
    return control;
}
inline void set_fp_control(FpControl control) noexcept { asm volatile("msr fpcr, %0" : : "r"(control)); }
#else
using FpControl = unsigned;
inline FpControl fp_control() noexcept { return 0; }
inline void set_fp_control(FpControl) noexcept {}
#endif

}  // namespace mlcore
