// integrate, as Python calls it: its arguments, and the result.
//
// A small integral takes a microsecond and a half, so what is around it counts: the arguments come as the interpreter has them,
// those in their usual form are checked here and all others by Python; the result is made without a call.
#include <pybind11/pybind11.h>

#include <structmember.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>

#include "bindings/calculus_quadrature.hpp"
#include "bindings/once.hpp"
#include "bindings/rooms.hpp"

namespace mlcore::bindings {
namespace {

// The class of the result, of which there is one for good. Its instances are made without __init__, which costs as much as a
// small integral, and which a frozen dataclass needs only since it refuses setattr: the slots are written directly.
class Result {
public:
    explicit Result(py::handle type) : type_(reinterpret_cast<PyTypeObject*>(type.inc_ref().ptr())) {
        const char* const names[fields] = {"value", "error", "n_evaluations", "status", "method"};
        for (int i = 0; i < fields; ++i) {
            const py::object slot = type.attr(names[i]);
            if (Py_TYPE(slot.ptr()) != &PyMemberDescr_Type) throw py::type_error("the result needs slots.");
            offsets_[i] = reinterpret_cast<PyMemberDescrObject*>(slot.ptr())->d_member->offset;
        }
        const char* const statuses[] = {"converged", "max_evaluations", "roundoff", "not_finite", "divergent"};
        for (int i = 0; i < 5; ++i) statuses_[i] = PyUnicode_InternFromString(statuses[i]);
        methods_[0] = PyUnicode_InternFromString("gauss-kronrod");
        methods_[1] = PyUnicode_InternFromString("tanh-sinh");
    }

    py::object operator()(const py::object& value, const Found& found, index count) const {
        const py::object made = py::reinterpret_steal<py::object>(type_->tp_alloc(type_, 0));
        if (!made) throw py::error_already_set();
        PyObject* const error = PyFloat_FromDouble(found.error);
        PyObject* const evaluations = PyLong_FromSsize_t(count);
        PyObject* const of[fields] = {value.inc_ref().ptr(), error, evaluations,
                                      py::handle(statuses_[int(found.status)]).inc_ref().ptr(),
                                      py::handle(methods_[found.by_tanh_sinh]).inc_ref().ptr()};
        for (int i = 0; i < fields; ++i)  // slots of a new object are empty
            *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(made.ptr()) + offsets_[i]) = of[i];
        if (!error || !evaluations) throw py::error_already_set();
        return made;
    }

private:
    static constexpr int fields = 5;

    PyTypeObject* type_;
    Py_ssize_t offsets_[fields];
    PyObject *statuses_[5], *methods_[2];
};

// low and high: different, not NaN. atol: -1 for the rounding error. vectorized: None, True or False itself. result: the class.
py::object integrate(py::handle f, double low, double high, py::handle points, double rtol, double atol, py::handle vectorized,
                     index most, py::handle result) {
    const Result& make = once([&] { return Result(result); });
    Range range{std::min(low, high), std::max(low, high), {}};
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(points.ptr()); ++i)
        range.inner.push_back(py::handle(PyTuple_GET_ITEM(points.ptr(), i)).cast<double>());
    Integrand integrand(f, vectorized.is_none()          ? Integrand::Mode::unknown
                           : vectorized.ptr() == Py_True ? Integrand::Mode::arrays
                                                         : Integrand::Mode::numbers);
    std::optional<Found> found;
    for (int attempt = 0; !found; ++attempt) try {
            found = quadrature(integrand, range, rtol, atol, most);
        } catch (const Integrand::BecameComplex&) {
            if (attempt > 0) throw py::type_error("f returned complex values after real ones; expected one kind of number.");
        }
    if (low > high)
        for (double& v : found->value) v = -v;
    return make(integrand.shaped(found->value), *found, integrand.count());
}

// A float, or an int that fits into one; else NaN.
double number(PyObject* value) noexcept {
    if (PyFloat_Check(value)) return PyFloat_AS_DOUBLE(value);
    if (!PyLong_CheckExact(value)) return std::numeric_limits<double>::quiet_NaN();
    const double found = PyLong_AsDouble(value);
    if (found != -1 || !PyErr_Occurred()) return found;
    PyErr_Clear();
    return std::numeric_limits<double>::quiet_NaN();
}

// f, a, b, points, rtol, atol or None, vectorized, max_evaluations, the class of the result, and whether points are checked: a
// tuple of floats, in order between a and b. None if Python has to check the arguments, or the limits are the same.
py::object integrate_if_plain(PyObject* const* a) {
    const double low = number(a[1]), high = number(a[2]), rtol = number(a[4]), atol = a[5] == Py_None ? -1 : number(a[5]);
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const bool plain = (low < high || low > high) && rtol >= 0 && rtol < infinity && (a[5] == Py_None || atol >= 0) &&
                       atol < infinity && PyTuple_CheckExact(a[3]) && (a[9] == Py_True || PyTuple_GET_SIZE(a[3]) == 0);
    if (!plain || !PyIndex_Check(a[7]) || PyBool_Check(a[7]) || (a[6] != Py_None && !PyBool_Check(a[6]))) return py::none();
    const Py_ssize_t most = PyNumber_AsSsize_t(a[7], nullptr);  // the largest there is if it is larger
    if (most == -1 && PyErr_Occurred()) {
        PyErr_Clear();
        return py::none();
    }
    return integrate(a[0], low, high, a[3], rtol, atol, a[6], most, a[8]);
}

// As pybind11 would call it, which takes as long as a tenth of a small integral.
PyObject* call_integrate(PyObject*, PyObject* const* a, Py_ssize_t count) noexcept {
    try {
        if (count != 10) throw py::type_error("integrate takes 10 arguments, " + std::to_string(count) + " given.");
        return integrate_if_plain(a).release().ptr();
    } catch (py::error_already_set& error) {
        error.restore();
    } catch (const py::builtin_exception& error) {
        error.set_error();
    } catch (const std::bad_alloc&) {
        PyErr_NoMemory();
    } catch (const std::exception& error) {
        PyErr_SetString(PyExc_RuntimeError, error.what());
    }
    return nullptr;
}

}  // namespace

void register_quadrature(py::module_ module) {
    static PyMethodDef method = {"integrate", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&call_integrate)),
                                 METH_FASTCALL, nullptr};
    PyObject* const function = PyCFunction_New(&method, nullptr);
    if (!function) throw py::error_already_set();
    module.attr("integrate") = py::reinterpret_steal<py::object>(function);
}

}  // namespace mlcore::bindings
