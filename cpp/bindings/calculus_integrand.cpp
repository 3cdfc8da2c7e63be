// A Python function as quadrature wants it.
//
// The common cases, a one-dimensional array of float64 and a float, go without a detour; whatever else f may return (integers,
// complex numbers, arrays of values, single precision) becomes a NumPy array and is converted by NumPy.
#include "bindings/calculus_integrand.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "bindings/once.hpp"

namespace mlcore::bindings {
namespace {

py::handle numpy_array() { return once([] { return from_numpy("array"); }); }

const auto* proxy(const py::object& y) noexcept { return py::detail::array_proxy(y.ptr()); }
char kind_of(const py::object& y) noexcept { return py::detail::array_descriptor1_proxy(proxy(y)->descr)->kind; }
bool has_points(const py::object& y, index n) noexcept {
    return is_ndarray(y) && proxy(y)->nd >= 1 && proxy(y)->dimensions[0] == n;
}

// A call that failed; but what is no Exception (KeyboardInterrupt), and what a second call would only meet again, passes through.
void forget(PyObject* kind) {
    const bool in_vain = PyErr_ExceptionMatches(PyExc_RecursionError) || PyErr_ExceptionMatches(PyExc_MemoryError);
    if (in_vain || !PyErr_ExceptionMatches(kind)) throw py::error_already_set();
    PyErr_Clear();
}

[[noreturn]] void throw_none() { throw py::type_error("f returned None; expected a number. Is a return missing?"); }

// A float, an int that fits into one, or a float64 array without axes.
bool as_number(PyObject* y, double* number) noexcept {
    if (PyFloat_Check(y)) {
        *number = PyFloat_AS_DOUBLE(y);
        return true;
    }
    if (is_ndarray(y)) {
        const auto* const array = py::detail::array_proxy(y);
        if (array->nd != 0 || !is_float64(y)) return false;
        std::memcpy(number, array->data, sizeof *number);
        return true;
    }
    if (!PyLong_CheckExact(y)) return false;
    *number = PyLong_AsDouble(y);
    if (*number == -1 && PyErr_Occurred()) {
        PyErr_Clear();
        return false;
    }
    return true;
}

}  // namespace

py::object Integrand::call_with_array(const double* x, index n, bool sample) {
    Array points = new_array(Type::float64, {n + sample});
    std::memcpy(points.data<double>(), x, std::size_t(n) * sizeof(double));
    if (sample) points.data<double>()[n] = sample_x_;
    count_ += n + sample;
    return py::reinterpret_steal<py::object>(PyObject_CallOneArg(f_.ptr(), points.object().ptr()));
}

py::object Integrand::call(double x) {
    ++count_;
    PyObject* const number = PyFloat_FromDouble(x);
    if (!number) throw py::error_already_set();
    PyObject* const y = PyObject_CallOneArg(f_.ptr(), number);
    Py_DECREF(number);
    return py::reinterpret_steal<py::object>(y);
}

bool Integrand::gives_number(double x) {
    if (ufunc_ != Ufunc::none) return false;
    sample_x_ = x;
    sample_ = call(x);
    if (!sample_) forget(PyExc_Exception);
    return sample_ && (PyFloat_CheckExact(sample_.ptr()) || PyLong_CheckExact(sample_.ptr()));
}

bool Integrand::takes_arrays(const std::vector<double>& x) {
    const index n = index(x.size()), before = count_;
    const bool sample = bool(sample_);
    held_ = call_with_array(x.data(), n, sample);
    if (!held_) forget(PyExc_Exception);  // if it fails for numbers too, that will be seen
    bool serves = held_ && has_points(held_, n + sample) && std::strchr("fciub", kind_of(held_));
    if (!serves) count_ = before;
    if (serves && ufunc_ == Ufunc::none) {
        // At the lowest point, or the sample next to it, the highest, and one between: a sum or an extreme value differs at one of
        // them, and so does a branch on any or all, if what it asks is the same at both ends, or changes once between them.
        const index lowest = sample ? n : std::min_element(x.begin(), x.end()) - x.begin();
        const index highest = std::max_element(x.begin(), x.end()) - x.begin();
        serves = (sample ? same(held_, n, sample_) : same_at(held_, lowest, x[std::size_t(lowest)])) &&
                 same_at(held_, n / 2 + 3, x[std::size_t(n / 2 + 3)]) && same_at(held_, highest, x[std::size_t(highest)]);
    }
    mode_ = serves ? Mode::arrays : Mode::numbers;
    first_ = serves;
    if (!serves) held_ = py::object();
    return serves;
}

// Whether value i is y.
bool Integrand::same(const py::object& found, index i, const py::object& y) const {
    if (is_doubles(found)) {
        const double a = static_cast<const double*>(static_cast<const void*>(proxy(found)->data))[i];
        double b;
        if (as_number(y.ptr(), &b)) return std::fabs(a - b) <= 1e-9 * std::fabs(b) || a == b || (std::isnan(a) && std::isnan(b));
    }
    const py::object a = found[py::int_(i)], b = numpy_array()(y);
    if (!py::object(a.attr("shape")).equal(b.attr("shape"))) return false;
    return py::cast<bool>(py::bool_(once([] { return from_numpy("allclose"); })(a, b, 1e-9, 0, true)));
}

bool Integrand::same_at(const py::object& found, index i, double x) {
    const py::object y = call(x);
    if (!y) forget(PyExc_Exception);
    return y && same(found, i, y);
}

const double* Integrand::values(const double* x, index n, bool forgiving) {
    if (mode_ != Mode::arrays) return one_by_one(x, n, forgiving);
    if (first_) {
        first_ = false;
        return rows(std::move(held_));
    }
    py::object y = call_with_array(x, n);
    if (!y) throw py::error_already_set();
    if (y.is_none()) throw_none();
    if (!is_ndarray(y)) y = numpy_array()(y);  // a list, or an array of a class of its own
    if (!has_points(y, n)) {
        const std::string points = std::to_string(n), shape = py::str(y.attr("shape"));
        throw py::value_error("f returned shape " + shape + " for " + points + " points; expected (" + points +
                              ", ...), an array with a value for each. Pass vectorized=False if it takes one number at a time.");
    }
    return rows(std::move(y));
}

const double* Integrand::one_by_one(const double* x, index n, bool forgiving) {
    numbers_.resize(std::size_t(n));
    py::object all;  // a list, as soon as one is no number
    bool plain = !complex_ && !shape_;
    for (index i = 0; i < n; ++i) {
        py::object y = sample_ && x[i] == sample_x_ ? sample_ : call(x[i]);
        if (!y) {
            if (!forgiving) throw py::error_already_set();
            forget(PyExc_ArithmeticError);
            y = py::float_(std::nan(""));
            if (shape_) y = once([] { return from_numpy("full"); })(shape_, y);
        }
        if (plain && as_number(y.ptr(), &numbers_[std::size_t(i)])) continue;
        if (y.is_none()) throw_none();
        if (!all) all = py::list();
        for (index j = 0; plain && j < i; ++j) all.attr("append")(numbers_[std::size_t(j)]);
        plain = false;
        if (PyList_Append(all.ptr(), y.ptr()) < 0) throw py::error_already_set();
    }
    if (!plain) return rows(numpy_array()(all));
    known_ = true;
    return numbers_.data();
}

// Any array of n values.
const double* Integrand::rows(py::object y) {
    if (is_doubles(y) && !complex_ && !shape_) {
        known_ = true;
        held_ = std::move(y);
        return static_cast<const double*>(static_cast<const void*>(proxy(held_)->data));
    }
    char kind = kind_of(y);
    if (kind == 'O') {
        y = y.attr("astype")("f8");
        kind = 'f';
    }
    if (!std::strchr("fciub", kind))
        throw py::type_error("f returned values of dtype " + std::string(py::str(y.attr("dtype"))) + "; expected numbers.");
    const index bytes = y.attr("itemsize").cast<index>();
    if ((kind == 'f' && bytes < 8) || (kind == 'c' && bytes < 16)) rounding_ = bytes == 2 ? 4 * 0x1p-10 : 4 * 0x1p-23;
    const py::tuple shape = y.attr("shape")[py::slice(1, py::ssize_t(PY_SSIZE_T_MAX), 1)];
    const bool now_complex = kind == 'c' && !complex_ && known_;
    complex_ = complex_ || kind == 'c';
    if (now_complex) {
        known_ = false;
        throw BecameComplex{};
    }
    y = y.attr("astype")(complex_ ? "c16" : "f8", "C", "unsafe", true, false);
    index width = complex_ ? 2 : 1;
    for (const py::handle length : shape) width *= length.cast<index>();
    const py::object before = shape_ ? shape_ : py::object(py::tuple());
    if (width == 0 || (known_ && (width != width_ || !shape.equal(before))))
        throw py::value_error("f returned values of shape " + std::string(py::str(shape)) + "; expected at least one number" +
                              (known_ ? ", and the shape " + std::string(py::str(before)) + " of the first." : "."));
    known_ = true;
    width_ = width;
    if (shape.size() > 0) shape_ = shape;
    held_ = std::move(y);
    return static_cast<const double*>(static_cast<const void*>(proxy(held_)->data));
}

py::object Integrand::shaped(const std::vector<double>& integrals) const {
    if (!shape_) {
        if (!complex_) return py::float_(integrals[0]);
        return py::reinterpret_steal<py::object>(PyComplex_FromDoubles(integrals[0], integrals[1]));
    }
    py::object value = vector_of(integrals.data(), index(integrals.size())).take();
    if (complex_) value = value.attr("view")("c16");
    return value.attr("reshape")(shape_);
}

}  // namespace mlcore::bindings
