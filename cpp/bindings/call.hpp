// Running a kernel from Python: with the GIL released and Ctrl-C watched when the work is long enough to matter.
#pragma once

#include <pybind11/pybind11.h>

#include <exception>
#include <optional>

#include "bindings/once.hpp"
#include "core/interrupt.hpp"

namespace mlcore::bindings {

// Identifier of Python's main thread; asked for once, when the module is imported.
inline unsigned long main_thread() {
    return once([] { return pybind11::module_::import("threading").attr("main_thread")().attr("ident").cast<unsigned long>(); });
}

// The thread which runs the kernel takes the GIL back for a moment and lets Python look at its signals. True: stop, an
// exception is set.
inline bool poll_signals() noexcept {
    const PyGILState_STATE state = PyGILState_Ensure();
    const bool stop = PyErr_CheckSignals() != 0;
    PyGILState_Release(state);
    return stop;
}

// `work`: multiply-adds or bytes, roughly. Below about 20 microseconds the kernel keeps the GIL: giving it up and taking
// it back would cost more than other threads could gain.
template <class Kernel>
void run(double work, Kernel&& kernel) {
    if (work < 1e5) {
        kernel();
        return;
    }
    // At exit Python ends a daemon thread that asks for the GIL by unwinding its stack, which no destructor and no noexcept
    // function may stand in the way of: hence no gil_scoped_release, and signals are looked for in the main thread alone,
    // which is the only one where Python handles them.
    PyThreadState* const state = PyEval_SaveThread();
    std::exception_ptr error;
    bool stopped = false;
    try {
        std::optional<InterruptScope> scope;
        if (PyThread_get_thread_ident() == main_thread()) scope.emplace(poll_signals);
        kernel();
        stopped = scope && scope->interrupted();
    } catch (...) {
        error = std::current_exception();
    }
    PyEval_RestoreThread(state);
    if (error) std::rethrow_exception(error);
    if (stopped) throw pybind11::error_already_set();
}

}  // namespace mlcore::bindings
