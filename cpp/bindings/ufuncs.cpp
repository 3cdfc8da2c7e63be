// as_ufunc: whether a function of one argument is a ufunc, so that it need not be found out whether it takes arrays.
//
// A generalised ufunc, which has a signature, is not elementwise. NumPy's own are asked once, and kept in a table.
#include "bindings/ufuncs.hpp"

#include <unordered_map>

namespace mlcore::bindings {
namespace {

namespace py = pybind11;

Ufunc ask(py::handle f) {
    const bool one = f.attr("nin").cast<int>() == 1 && f.attr("nout").cast<int>() == 1;
    return one && f.attr("signature").is_none() ? Ufunc::elementwise : Ufunc::none;
}

const std::unordered_map<PyObject*, Ufunc>& numpy_own(PyObject* type) {
    static const auto* const all = [&] {  // kept for good, as the module keeps them
        const py::dict numpy = py::module_::import("numpy").attr("__dict__");
        auto* known = new std::unordered_map<PyObject*, Ufunc>;
        for (const auto& [name, value] : numpy)
            if ((PyObject*)Py_TYPE(value.ptr()) == type) (*known)[value.inc_ref().ptr()] = ask(value);
        for (const char* const name : {"exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "square",
                                       "reciprocal", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh",
                                       "arcsinh", "arccosh", "arctanh"})
            if (const auto found = known->find(numpy[name].ptr()); found != known->end()) found->second = Ufunc::analytic;
        return known;
    }();
    return *all;
}

}  // namespace

Ufunc as_ufunc(py::handle f) {
    static PyObject* const type = py::object(py::module_::import("numpy").attr("ufunc")).release().ptr();
    if ((PyObject*)Py_TYPE(f.ptr()) != type) return Ufunc::none;
    const auto& known = numpy_own(type);
    const auto found = known.find(f.ptr());
    return found != known.end() ? found->second : ask(f);
}

}  // namespace mlcore::bindings
