// Whether a Python function can be seen to act on each number of an array by itself. See acts_elementwise.cpp.
#pragma once

#include <pybind11/pybind11.h>

namespace mlcore::bindings {

// no: it may, but that cannot be seen. arithmetic: operators alone. functions: ufuncs too. ufunc: it is one itself. analytic: it
// is one of NumPy's elementary functions, such as np.exp, in which nothing narrow can hide.
enum class Elementwise { no, arithmetic, functions, ufunc, analytic };

// Never calls f, and never fails.
Elementwise acts_elementwise(pybind11::handle f) noexcept;

}  // namespace mlcore::bindings
