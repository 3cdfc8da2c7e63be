// as_ufunc: whether a function of one argument is a ufunc, so that it need not be found out whether it takes arrays.
//
// A generalised ufunc, which has a signature, is not elementwise. NumPy's own are asked once, and kept in a table.
#include "bindings/ufuncs.hpp"

#include <unordered_map>

#include "bindings/once.hpp"

namespace mlcore::bindings {
namespace {

namespace py = pybind11;

Ufunc ask(py::handle f) {
    const bool one = f.attr("nin").cast<int>() == 1 && f.attr("nout").cast<int>() == 1;
    return one && f.attr("signature").is_none() ? Ufunc::elementwise : Ufunc::none;
}

using Table = std::unordered_map<PyObject*, Ufunc>;

const Table& numpy_own(py::handle type) {
    return once([&] {
        const py::dict numpy = from_numpy("__dict__");
        Table known;
        for (const auto& [name, value] : numpy)
            if ((PyObject*)Py_TYPE(value.ptr()) == type.ptr()) known[value.inc_ref().ptr()] = ask(value);
        for (const char* const name : {"exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "square",
                                       "reciprocal", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh",
                                       "arcsinh", "arccosh", "arctanh"})
            if (const auto found = known.find(numpy[name].ptr()); found != known.end()) found->second = Ufunc::analytic;
        return known;
    });
}

}  // namespace

Ufunc as_ufunc(py::handle f) {
    const py::object& type = once([] { return from_numpy("ufunc"); });
    if ((PyObject*)Py_TYPE(f.ptr()) != type.ptr()) return Ufunc::none;
    const Table& known = numpy_own(type);
    const auto found = known.find(f.ptr());
    return found != known.end() ? found->second : ask(f);
}

}  // namespace mlcore::bindings
