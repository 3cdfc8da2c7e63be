// What NumPy's ufuncs are known to be. See ufuncs.cpp.
#pragma once

#include <pybind11/pybind11.h>

namespace mlcore::bindings {

// elementwise: f(array)[i] is f(array[i]). analytic: also one of NumPy's elementary functions, in which nothing narrow can hide.
enum class Ufunc { none, elementwise, analytic };

Ufunc as_ufunc(pybind11::handle f);

}  // namespace mlcore::bindings
