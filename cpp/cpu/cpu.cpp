// What this CPU can run. A module of its own because it is loaded before a build of the core has been chosen.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <string>
#include <vector>

PYBIND11_MODULE(_cpu, module) {
    module.doc() = "Instruction sets of this CPU.";
    // Names of the builds this CPU can run, best first.
    module.def("supported_builds", [] {
        std::vector<std::string> builds;
#if defined(__x86_64__)
        __builtin_cpu_init();
        if (__builtin_cpu_supports("x86-64-v4")) builds.push_back("x86-64-v4");
        if (__builtin_cpu_supports("x86-64-v3")) builds.push_back("x86-64-v3");
        if (__builtin_cpu_supports("x86-64-v2")) builds.push_back("x86-64-v2");
#else
        builds.push_back("baseline");
#endif
        return builds;
    });
}
