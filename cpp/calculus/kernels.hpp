// The elementwise operations of a program: out_i = op(a_i, b_i, c_i) for n contiguous elements.
//
// Every element goes through the same instructions, wherever in an array it stands: what is left over at the end is computed by
// whole vectors too. `out` may be one of the operands. The numbers are known to python/mlcore/calculus/_native.py.
#pragma once

#include "core/types.hpp"

namespace mlcore::calculus {

template <class T>
using Kernel = void (*)(index n, T* out, const T* a, const T* b, const T* c);

enum Op : int {
    op_copy, op_add, op_subtract, op_multiply, op_divide, op_negative, op_absolute, op_square, op_reciprocal, op_sqrt,
    op_maximum, op_minimum, op_fmax, op_fmin, op_sign, op_less, op_less_equal, op_greater, op_greater_equal, op_equal,
    op_not_equal, op_and, op_or, op_not, op_xor, op_isnan, op_isinf, op_isfinite, op_where,
    first_transcendental,
    op_exp = first_transcendental, op_expm1, op_log, op_log1p, op_sin, op_cos, op_tan, op_tanh, op_sinh, op_cosh,
    op_one_over_cosh_squared,
    first_scalar,
    op_exp2 = first_scalar, op_log2, op_log10, op_arcsin, op_arccos, op_arctan, op_arcsinh, op_arccosh, op_arctanh, op_cbrt,
    op_floor, op_ceil, op_trunc, op_rint, op_power, op_arctan2, op_hypot, op_copysign, op_fmod, op_remainder, op_floor_divide,
    op_logaddexp, op_logaddexp2,
    op_count
};

// kernels_arithmetic.cpp, kernels_transcendental.cpp, kernels_scalar.cpp; each its part of the list.
template <class T>
Kernel<T> arithmetic_kernel(int op) noexcept;
template <class T>
Kernel<T> transcendental_kernel(int op) noexcept;
template <class T>
Kernel<T> scalar_kernel(int op) noexcept;

template <class T>
Kernel<T> kernel(int op) noexcept {
    return op < first_transcendental ? arithmetic_kernel<T>(op) : op < first_scalar ? transcendental_kernel<T>(op) : scalar_kernel<T>(op);
}

}  // namespace mlcore::calculus
