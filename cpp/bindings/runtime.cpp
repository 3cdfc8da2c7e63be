// What is running: the build, its compiler, its threads. The two C functions at the end are for threadpoolctl.
#include <pybind11/pybind11.h>

#include <string>

#include "bindings/call.hpp"
#include "bindings/rooms.hpp"
#include "core/thread_pool.hpp"
#include "simd/vec.hpp"

namespace mlcore::bindings {

namespace py = pybind11;

void register_runtime(py::module_ module) {
    main_thread();  // while the GIL is held
    if (const char* problem = num_threads_env_error()) throw py::value_error(problem);

    module.attr("version") = MLCORE_VERSION;
    module.attr("isa") = MLCORE_BUILD;
    module.attr("compiler") = MLCORE_COMPILER;
    module.attr("vector_bytes") = simd::vector_bytes;
    module.attr("vector_registers") = simd::vector_registers;
#if defined(__FMA__) || defined(__aarch64__)
    module.attr("fma") = true;
#else
    module.attr("fma") = false;
#endif
#ifdef MLCORE_TINY_BLOCKS
    module.attr("tiny_blocks") = true;
#else
    module.attr("tiny_blocks") = false;
#endif
    module.def("get_num_threads", &num_threads);
    module.def("default_num_threads", &default_num_threads);
    module.def("set_num_threads", [](py::handle n_) {
        const std::string text = py::str(n_);
        const py::object n = py::reinterpret_steal<py::object>(PyNumber_Index(n_.ptr()));
        if (!n) {
            PyErr_Clear();
            throw py::type_error("the number of threads is " + text + "; expected an integer.");
        }
        const long value = PyLong_AsLong(n.ptr());
        PyErr_Clear();  // of the overflow: then value is -1
        if (value < 1 || value > max_num_threads)
            throw py::value_error("the number of threads is " + text + "; expected 1 to " + std::to_string(max_num_threads) + ".");
        set_num_threads(int(value));
    }, py::arg("n"));
}

}  // namespace mlcore::bindings

extern "C" {
[[gnu::visibility("default"), gnu::used]] int mlcore_get_num_threads() { return mlcore::num_threads(); }
[[gnu::visibility("default"), gnu::used]] void mlcore_set_num_threads(int n) {
    if (n >= 1) mlcore::set_num_threads(n);
}
}
