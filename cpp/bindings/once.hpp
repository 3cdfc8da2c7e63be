// once: what is asked of Python a single time and kept for good, such as an object of NumPy's. It is never freed, for an object
// destroyed at exit would outlive the interpreter.
//
// A static variable initialised by Python code would not do. That code may give up the GIL; another thread then takes it,
// comes to the same variable and waits, with the GIL, for the first thread, which waits for the GIL. Here none waits: the GIL
// guards a plain pointer, and where two threads make a value at the same time, that of the first is kept. (pybind11's
// gil_safe_call_once_and_store gives up the GIL itself, in a destructor: see run in call.hpp for why that will not do.)
#pragma once

#include <pybind11/pybind11.h>

#include <memory>
#include <type_traits>

namespace mlcore::bindings {

template <class T, class Make>
[[gnu::cold, gnu::noinline]] void keep(const T*& kept, Make& make) {
    auto made = std::make_unique<const T>(make());
    if (!kept) kept = made.release();  // else another thread was first
}

// What make() gives; each lambda has its own.
template <class Make>
const auto& once(Make&& make) {
    using T = std::invoke_result_t<Make>;
    static const T* kept = nullptr;
    if (!kept) keep(kept, make);
    return *kept;
}

inline pybind11::object from_numpy(const char* name) { return pybind11::module_::import("numpy").attr(name); }

}  // namespace mlcore::bindings
