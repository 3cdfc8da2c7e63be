// NumPy arrays at the border: every check of type, alignment and overlap, and the way from an array to views.
//
// The pybind11 conveniences (array_t, request()) cost several hundred nanoseconds a call; products of 3 x 3 matrices take
// ten. So arrays are read through pybind11's own proxies of the ndarray structure, and made by NumPy's C function.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <string>

#include "core/types.hpp"

namespace mlcore::bindings {

namespace py = pybind11;

enum class Type { float32 = 11, float64 = 12 };  // NumPy's type numbers (NPY_FLOAT, NPY_DOUBLE)

inline Type common_type(Type a, Type b) noexcept { return a == Type::float64 || b == Type::float64 ? Type::float64 : Type::float32; }
inline index itemsize(Type type) noexcept { return type == Type::float64 ? 8 : 4; }

// A reference to an ndarray whose elements are native, aligned float32 or float64 and whose strides are whole elements.
class Array {
public:
    Array() = default;
    Array(py::object array, Type type) noexcept : object_(std::move(array)), type_(type) {}

    Type type() const noexcept { return type_; }
    int ndim() const noexcept { return proxy()->nd; }
    index shape(int axis) const noexcept { return proxy()->dimensions[axis < 0 ? axis + ndim() : axis]; }
    index stride(int axis) const noexcept { return proxy()->strides[axis < 0 ? axis + ndim() : axis] / itemsize(type_); }
    index size() const noexcept;
    bool c_contiguous() const noexcept { return proxy()->flags & py::detail::npy_api::NPY_ARRAY_C_CONTIGUOUS_; }
    bool f_contiguous() const noexcept { return proxy()->flags & py::detail::npy_api::NPY_ARRAY_F_CONTIGUOUS_; }
    const py::object& object() const noexcept { return object_; }
    py::object take() noexcept { return std::move(object_); }

    template <class T>
    T* data() const noexcept { return reinterpret_cast<T*>(proxy()->data); }
    template <class T>
    Vector<T> vector() const noexcept { return {data<T>(), shape(0), stride(0)}; }
    // The matrix in the last two axes, at the start of the stack.
    template <class T>
    Matrix<T> matrix() const noexcept { return {data<T>(), shape(-2), shape(-1), stride(-2), stride(-1)}; }

private:
    friend bool may_overlap(const Array&, const Array&) noexcept;
    const py::detail::PyArray_Proxy* proxy() const noexcept { return py::detail::array_proxy(object_.ptr()); }

    py::object object_;
    Type type_ = Type::float64;
};

// Whether it is an ndarray, and of no class of its own; false for null.
inline bool is_ndarray(py::handle value) noexcept {
    return value && Py_TYPE(value.ptr()) == py::detail::npy_api::get().PyArray_Type_;
}
// Whether the elements of an ndarray are float64 in native byte order ...
inline bool is_float64(py::handle array) noexcept {
    const auto* descr = py::detail::array_descriptor1_proxy(py::detail::array_proxy(array.ptr())->descr);
    return descr->type_num == int(Type::float64) && descr->byteorder != '>';
}
// ... and lie as in a C array: on one axis, one behind the other.
inline bool is_doubles(py::handle array) noexcept {
    constexpr int dense = py::detail::npy_api::NPY_ARRAY_C_CONTIGUOUS_ | py::detail::npy_api::NPY_ARRAY_ALIGNED_;
    const auto* proxy = py::detail::array_proxy(array.ptr());
    return proxy->nd == 1 && (proxy->flags & dense) == dense && is_float64(array);
}

// Any array-like as a float32 or float64 array: float arrays as they are (copied only if misaligned or byte-swapped),
// integers and booleans as float64. TypeError for complex, half and extended precision, objects and text.
Array as_array(py::handle value, const char* name);
// The same, converted to `type` if it is another one.
Array as_type(Array array, Type type);
// As as_array, and a ValueError unless it has `ndim` axes.
Array as_array_of(py::handle value, const char* name, int ndim);
inline Array as_vector(py::handle value, const char* name) { return as_array_of(value, name, 1); }
inline Array as_matrix(py::handle value, const char* name) { return as_array_of(value, name, 2); }

// A new contiguous array, uninitialised; by rows (C order) unless asked otherwise.
Array new_array(Type type, int ndim, const index* shape, bool column_major = false);
inline Array new_array(Type type, std::initializer_list<index> shape) { return new_array(type, int(shape.size()), shape.begin()); }
// A new float64 vector of these numbers.
Array vector_of(const double* numbers, index n);

// The value of `out=`: writeable, exactly of this type and shape; None gives a new array.
Array output_array(py::handle out, Type type, int ndim, const index* shape);
inline Array output_array(py::handle out, Type type, std::initializer_list<index> shape) {
    return output_array(out, type, int(shape.size()), shape.begin());
}

// True if the extents in memory of two arrays meet (they may still share no element).
bool may_overlap(const Array& a, const Array& b) noexcept;
// True if element i of one lies where element i of the other does: safe for elementwise work in place.
bool same_elements(const Array& a, const Array& b) noexcept;

// A NumPy scalar of this type.
py::object scalar(Type type, double value);

// "(3, 4)" and "0.5", for messages.
std::string shape_text(const Array& array);
std::string number_text(double value);
// "A" or "A[3, 0]": entry `number` of a stack whose entries have `core` axes.
std::string entry_name(const char* name, const Array& stack, int core, index number);

// Calls f with a float or a double: dispatch(type, [&](auto t) { using T = decltype(t); ... }).
template <class F>
auto dispatch(Type type, F&& f) {
    return type == Type::float64 ? f(double{}) : f(float{});
}

}  // namespace mlcore::bindings
