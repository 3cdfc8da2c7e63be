#include "bindings/ndarray.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>

namespace mlcore::bindings {
namespace {

using py::detail::npy_api;

const npy_api& numpy() { return npy_api::get(); }

const py::detail::PyArrayDescr1_Proxy* descr_of(PyObject* array) noexcept {
    return py::detail::array_descriptor1_proxy(py::detail::array_proxy(array)->descr);
}

bool is_real_type(int type_num) noexcept { return type_num == int(Type::float32) || type_num == int(Type::float64); }

// Native byte order, aligned, strides that are multiples of the element size.
bool is_plain(PyObject* array, index item) noexcept {
    const auto* a = py::detail::array_proxy(array);
    if (!(a->flags & npy_api::NPY_ARRAY_ALIGNED_) || descr_of(array)->byteorder == '>') return false;
    for (int axis = 0; axis < a->nd; ++axis)
        if (a->strides[axis] % item) return false;
    return true;
}

py::object cast(const py::object& array, Type type) {
    return array.attr("astype")(type == Type::float64 ? "f8" : "f4");
}

[[noreturn]] void refuse(const char* name, PyObject* array) {
    const std::string dtype = py::str(py::handle(py::detail::array_proxy(array)->descr));
    const char kind = descr_of(array)->kind;
    std::string remedy = "Pass real numbers, e.g. " + std::string(name) + ".astype(numpy.float64)";
    if (kind == 'c') remedy = "mlcore works on real numbers: pass the real and imaginary parts separately";
    const char* nearest = py::handle(array).attr("itemsize").cast<index>() < 4 ? "float32" : "float64";
    if (kind == 'f') remedy = "Convert it first, e.g. " + std::string(name) + ".astype(numpy." + nearest + ")";
    throw py::type_error(std::string(name) + " has dtype " + dtype + "; expected float32, float64 or integers. " + remedy + ".");
}

// The elements under a mask are there to be read, and mean nothing.
void refuse_masked_elements(py::handle array, const char* name) {
    if (!py::isinstance(array, py::module_::import("numpy.ma").attr("MaskedArray"))) return;
    if (!py::cast<bool>(py::bool_(array.attr("mask").attr("any")()))) return;
    throw py::value_error(std::string(name) + " has masked elements; expected numbers throughout. Fill them in first, e.g. " + name +
                          ".filled(0), or leave their rows out.");
}

}  // namespace

index Array::size() const noexcept {
    index n = 1;
    for (int axis = 0; axis < ndim(); ++axis) n *= shape(axis);
    return n;
}

Array as_array(py::handle value, const char* name) {
    py::object array = py::reinterpret_borrow<py::object>(value);
    if (!numpy().PyArray_Check_(value.ptr())) {
        array = py::reinterpret_steal<py::object>(
            numpy().PyArray_FromAny_(value.ptr(), nullptr, 0, 0, npy_api::NPY_ARRAY_ENSUREARRAY_, nullptr));
        if (!array) throw py::error_already_set();
    } else if (!is_ndarray(value)) {
        refuse_masked_elements(value, name);
    }
    const auto* descr = descr_of(array.ptr());
    if (is_real_type(descr->type_num)) {
        const Type type = Type(descr->type_num);
        if (!is_plain(array.ptr(), itemsize(type))) array = cast(array, type);
        return {std::move(array), type};
    }
    if (descr->kind == 'i' || descr->kind == 'u' || descr->kind == 'b') return {cast(array, Type::float64), Type::float64};
    refuse(name, array.ptr());
}

Array as_type(Array array, Type type) {
    if (array.type() == type) return array;
    return {cast(array.object(), type), type};
}

Array as_array_of(py::handle value, const char* name, int ndim) {
    Array array = as_array(value, name);
    if (array.ndim() != ndim)
        throw py::value_error(std::string(name) + " has shape " + shape_text(array) + "; expected " +
                              (ndim == 1 ? "a vector (1 axis)." : "a matrix (2 axes)."));
    return array;
}

Array new_array(Type type, int ndim, const index* shape, bool column_major) {
    static_assert(sizeof(index) == sizeof(Py_intptr_t));
    py::object array = py::reinterpret_steal<py::object>(numpy().PyArray_NewFromDescr_(
        numpy().PyArray_Type_, numpy().PyArray_DescrFromType_(int(type)), ndim, reinterpret_cast<const Py_intptr_t*>(shape),
        nullptr, nullptr, column_major ? npy_api::NPY_ARRAY_F_CONTIGUOUS_ : 0, nullptr));
    if (!array) throw py::error_already_set();
    return {std::move(array), type};
}

Array vector_of(const double* numbers, index n) {
    Array vector = new_array(Type::float64, {n});
    std::copy_n(numbers, n, vector.data<double>());
    return vector;
}

Array output_array(py::handle out, Type type, int ndim, const index* shape) {
    if (out.is_none()) return new_array(type, ndim, shape);
    const char* wanted = type == Type::float64 ? "float64" : "float32";
    if (!numpy().PyArray_Check_(out.ptr()))
        throw py::type_error(std::string("out is a ") + Py_TYPE(out.ptr())->tp_name + "; expected a numpy.ndarray of " + wanted + ".");
    if (descr_of(out.ptr())->type_num != int(type))
        throw py::type_error("out has dtype " + std::string(py::str(py::handle(py::detail::array_proxy(out.ptr())->descr))) +
                             "; expected " + wanted + ", the type of the result.");
    if (!is_plain(out.ptr(), itemsize(type)))
        throw py::value_error("out is misaligned or byte-swapped; expected an aligned array in native byte order.");
    if (!(py::detail::array_proxy(out.ptr())->flags & npy_api::NPY_ARRAY_WRITEABLE_))
        throw py::value_error("out is read-only; expected a writeable array.");
    Array array(py::reinterpret_borrow<py::object>(out), type);
    bool same = array.ndim() == ndim;
    std::string expected = "(";
    for (int axis = 0; axis < ndim; ++axis) {
        same = same && array.shape(axis) == shape[axis];
        expected += std::to_string(shape[axis]) + (axis + 1 < ndim ? ", " : ndim == 1 ? "," : "");
    }
    if (!same) throw py::value_error("out has shape " + shape_text(array) + "; expected " + expected + "), the shape of the result.");
    return array;
}

bool may_overlap(const Array& a, const Array& b) noexcept {
    const auto extent = [](const Array& x) {
        std::uintptr_t low = reinterpret_cast<std::uintptr_t>(x.proxy()->data), high = low + itemsize(x.type());
        for (int axis = 0; axis < x.ndim(); ++axis) {
            const index reach = (x.shape(axis) - 1) * x.proxy()->strides[axis];
            (reach < 0 ? low : high) += std::uintptr_t(reach);
        }
        return std::pair(low, high);
    };
    if (a.size() == 0 || b.size() == 0) return false;
    const auto [a_low, a_high] = extent(a);
    const auto [b_low, b_high] = extent(b);
    return a_low < b_high && b_low < a_high;
}

bool same_elements(const Array& a, const Array& b) noexcept {
    if (a.type() != b.type() || a.ndim() != b.ndim() || a.data<char>() != b.data<char>()) return false;
    for (int axis = 0; axis < a.ndim(); ++axis)
        if (a.shape(axis) != b.shape(axis) || a.stride(axis) != b.stride(axis)) return false;
    return true;
}

py::object scalar(Type type, double value) {
    py::object descr = py::reinterpret_steal<py::object>(numpy().PyArray_DescrFromType_(int(type)));
    float single = float(value);
    PyObject* result = numpy().PyArray_Scalar_(type == Type::float64 ? (void*)&value : (void*)&single, descr.ptr(), nullptr);
    if (!result) throw py::error_already_set();
    return py::reinterpret_steal<py::object>(result);
}

std::string shape_text(const Array& array) { return py::str(array.object().attr("shape")); }

std::string number_text(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", value);
    return text;
}

std::string entry_name(const char* name, const Array& stack, int core, index number) {
    if (stack.ndim() == core) return name;
    std::string place;
    for (int axis = stack.ndim() - core - 1; axis >= 0; --axis) {
        place = std::to_string(number % stack.shape(axis)) + (place.empty() ? "" : ", ") + place;
        number /= stack.shape(axis);
    }
    return std::string(name) + "[" + place + "]";
}

}  // namespace mlcore::bindings
