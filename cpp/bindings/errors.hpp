// Exceptions that pybind11 has no name for.
#pragma once

#include <pybind11/pybind11.h>

#include <string>

namespace mlcore::bindings {

// numpy.linalg.LinAlgError: the matrix is at fault, or the iteration did not converge.
[[noreturn]] inline void throw_linalg_error(const std::string& message) {
    const pybind11::object error = pybind11::module_::import("numpy.linalg").attr("LinAlgError");
    PyErr_SetString(error.ptr(), message.c_str());
    throw pybind11::error_already_set();
}

}  // namespace mlcore::bindings
