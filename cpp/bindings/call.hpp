// Running a kernel from Python: with the GIL released and Ctrl-C watched when the work is long enough to matter.
#pragma once

#include <pybind11/pybind11.h>

#include "core/interrupt.hpp"

namespace mlcore::bindings {

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
    bool stopped;
    {
        pybind11::gil_scoped_release release;
        InterruptScope scope(poll_signals);
        kernel();
        stopped = scope.interrupted();
    }
    if (stopped) throw pybind11::error_already_set();
}

}  // namespace mlcore::bindings
