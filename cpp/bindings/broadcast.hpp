// Broadcasting: the leading axes of two operands against each other, as NumPy has it.
#pragma once

#include <string>

#include "bindings/ndarray.hpp"
#include "core/stack.hpp"

namespace mlcore::bindings {

// The shape common to the leading axes of a and b (all but the last `core_a`, `core_b`), written to `shape`; returns how many.
inline int broadcast_shape(const Array& a, int core_a, const Array& b, int core_b, index* shape) {
    const int na = a.ndim() - core_a, nb = b.ndim() - core_b, n = na > nb ? na : nb;
    for (int axis = 0; axis < n; ++axis) {
        const index sa = axis - (n - na) < 0 ? 1 : a.shape(axis - (n - na)), sb = axis - (n - nb) < 0 ? 1 : b.shape(axis - (n - nb));
        if (sa != sb && sa != 1 && sb != 1)
            throw py::value_error("arrays of shapes " + shape_text(a) + " and " + shape_text(b) + " cannot be broadcast: their " +
                                  (core_a + core_b > 0 ? "leading " : "") + "axes, counted from the right, must be equal or 1.");
        shape[axis] = sa == 1 ? sb : sa;
    }
    return n;
}

// The step of leading axis `axis` (of `axes` in the common shape): 0 where the array has no such axis or is broadcast along it.
inline index stack_stride(const Array& array, int core, int axis, int axes) noexcept {
    const int own = axis - (axes - (array.ndim() - core));
    return own < 0 || array.shape(own) == 1 ? 0 : array.stride(own);
}

}  // namespace mlcore::bindings
