// Recorded programs: how Python builds one, and calls with arguments checked against what was recorded.
#include <pybind11/stl.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "bindings/call.hpp"
#include "bindings/ndarray.hpp"
#include "bindings/once.hpp"
#include "bindings/rooms.hpp"
#include "calculus/tape.hpp"

namespace mlcore::bindings {
namespace {

using calculus::Kind;
using calculus::View;
using Shape = std::vector<index>;
using ViewTuple = std::tuple<int, index, Shape>;

View view_of(const ViewTuple& v) { return {std::get<0>(v), std::get<1>(v), std::get<2>(v)}; }

constexpr int number_of_type(Kind kind) noexcept { return kind == Kind::f64 ? 12 : kind == Kind::f32 ? 11 : 7; }  // 7: NPY_LONG

struct Spec {
    Kind kind;
    Shape shape;
    bool truth = false;  // an argument of booleans, held as numbers 0 and 1
};

index product_of(const Shape& shape) noexcept {
    index n = 1;
    for (index size : shape) n *= size;
    return n;
}

std::vector<std::byte> bytes_of(const py::bytes& bytes) {
    const std::string_view text = bytes;
    const auto* first = reinterpret_cast<const std::byte*>(text.data());
    return {first, first + text.size()};
}

bool is_numpy_scalar(py::handle value) {
    return PyObject_IsInstance(value.ptr(), once([] { return from_numpy("generic"); }).ptr()) == 1;
}

class TapeProgram {
public:
    // kind 3: booleans
    int add_argument(int kind, Shape shape) {
        arguments_.push_back({kind == 3 ? Kind::f64 : Kind(kind), std::move(shape), kind == 3});
        return program_.add_argument();
    }
    // Results come after all arguments.
    int add_result(int kind, Shape shape) {
        results_.push_back({Kind(kind), std::move(shape)});
        return program_.add_argument();
    }
    int add_constant(const py::bytes& bytes) {
        return program_.add_constant(bytes_of(bytes));
    }
    int add_work(index offset) { return program_.add_work(offset); }
    void set_work_bytes(index bytes) { program_.set_work_bytes(bytes); }

    void add_loop(int kind, const Shape& shape, const std::vector<ViewTuple>& views, int registers, const std::vector<std::array<int, 5>>& code) {
        std::vector<View> given;
        for (const auto& v : views) given.push_back(view_of(v));
        std::vector<calculus::Instruction> lines;
        for (const auto& i : code) lines.push_back({i[0], i[1], i[2], i[3], i[4]});
        program_.add_step(calculus::loop_step(Kind(kind), shape, std::move(given), registers, std::move(lines)),
                          4.0 * double(product_of(shape)) * double(code.size()));
    }
    void add_reduction(int kind, int reduction, const Shape& kept, const Shape& kept_strides, const Shape& reduced,
                       const Shape& reduced_strides, const ViewTuple& x, const ViewTuple& result) {
        program_.add_step(calculus::reduce_step(Kind(kind), calculus::Reduction(reduction), kept, kept_strides, reduced, reduced_strides,
                                                view_of(x), view_of(result)),
                          double(product_of(kept)) * double(product_of(reduced)));
    }
    void add_copy(const Shape& shape, const ViewTuple& from, int from_kind, const ViewTuple& to, int to_kind) {
        program_.add_step(calculus::copy_step(shape, view_of(from), Kind(from_kind), view_of(to), Kind(to_kind)), double(product_of(shape)));
    }
    void add_zeros(int kind, const ViewTuple& to, index count) {
        program_.add_step(calculus::zero_step(Kind(kind), view_of(to), count), double(count));
    }
    void add_gather(int kind, const ViewTuple& from, const Shape& places, const ViewTuple& to) {
        program_.add_step(calculus::gather_step(Kind(kind), view_of(from), places, view_of(to)), 2.0 * double(places.size()));
    }
    void add_add_at(int kind, const ViewTuple& from, const Shape& places, const ViewTuple& to) {
        program_.add_step(calculus::add_at_step(Kind(kind), view_of(from), places, view_of(to)), 2.0 * double(places.size()));
    }
    void add_product(int kind, const Shape& stack, index m, index n, index k, const ViewTuple& a, const ViewTuple& b, const ViewTuple& c) {
        program_.add_step(calculus::product_step(Kind(kind), stack, m, n, k, view_of(a), view_of(b), view_of(c)),
                          double(product_of(stack)) * double(m) * double(n) * double(k));
    }
    void add_guard(int kind, const ViewTuple& x, const py::bytes& expected) {
        program_.add_step(calculus::guard_step(Kind(kind), view_of(x), bytes_of(expected)), 0);
    }
    // function(list of arrays) -> list of arrays of the kinds and shapes given; for what has no step of its own.
    void add_python(py::function function, const std::vector<std::tuple<int, int, Shape>>& read,
                    const std::vector<std::tuple<int, int, Shape>>& written);

    index steps() const { return program_.steps(); }

    // The results; None if the arguments are not those recorded; the number of the step whose guard failed.
    py::object run(const py::tuple& arguments) const {
        if (arguments.size() != arguments_.size()) return py::none();
        std::vector<std::byte*> addresses;
        addresses.reserve(arguments_.size() + results_.size());
        std::vector<py::object> held;
        std::vector<double> numbers(arguments_.size());  // Python's numbers lie here
        for (std::size_t i = 0; i < arguments_.size(); ++i) {
            std::byte* address = argument(arguments[i], arguments_[i], numbers[i], held);
            if (!address) return py::none();
            addresses.push_back(address);
        }
        const std::size_t first = held.size();
        for (const Spec& spec : results_) {
            Array array = new_array(Type(number_of_type(spec.kind)), int(spec.shape.size()), spec.shape.data());
            addresses.push_back(array.data<std::byte>());
            held.push_back(array.take());
        }
        index stopped = -1;
        bindings::run(python_ ? 0.0 : program_.work(), [&] { stopped = program_.run(addresses.data()); });
        if (stopped >= 0) return py::int_(stopped);
        py::list results(results_.size());
        for (std::size_t i = 0; i < results_.size(); ++i) {
            py::object result = std::move(held[first + i]);
            if (results_[i].shape.empty()) {
                const std::byte* at = addresses[arguments_.size() + i];
                if (results_[i].kind == Kind::f64)
                    result = scalar(Type::float64, *reinterpret_cast<const double*>(at));
                else if (results_[i].kind == Kind::f32)
                    result = scalar(Type::float32, double(*reinterpret_cast<const float*>(at)));
            }
            PyList_SET_ITEM(results.ptr(), Py_ssize_t(i), result.release().ptr());
        }
        return results;
    }

private:
    static std::byte* argument(py::handle value, const Spec& spec, double& number, std::vector<py::object>& held) {
        using py::detail::npy_api;
        const npy_api& numpy = npy_api::get();
        if (!numpy.PyArray_Check_(value.ptr())) {
            if (!spec.shape.empty()) return nullptr;
            const bool whole = PyLong_CheckExact(value.ptr());
            if (spec.kind == Kind::f64 && !spec.truth && (PyFloat_Check(value.ptr()) || whole)) {
                number = PyFloat_AsDouble(value.ptr());
                if (number == -1.0 && PyErr_Occurred()) throw py::error_already_set();
                return reinterpret_cast<std::byte*>(&number);
            }
            if (!whole && !PyBool_Check(value.ptr()) && !is_numpy_scalar(value)) return nullptr;
            py::object array = py::reinterpret_steal<py::object>(
                numpy.PyArray_FromAny_(value.ptr(), nullptr, 0, 0, npy_api::NPY_ARRAY_ENSUREARRAY_, nullptr));
            if (!array) throw py::error_already_set();
            held.push_back(array);
            return argument(array, spec, number, held);
        }
        const auto* array = py::detail::array_proxy(value.ptr());
        const auto* descr = py::detail::array_descriptor1_proxy(array->descr);
        if (!is_ndarray(value) && py::isinstance(value, py::module_::import("numpy.ma").attr("MaskedArray")))
            return nullptr;
        if (array->nd != int(spec.shape.size())) return nullptr;
        for (int axis = 0; axis < array->nd; ++axis)
            if (array->dimensions[axis] != spec.shape[std::size_t(axis)]) return nullptr;
        if (spec.truth) {
            if (descr->kind != 'b') return nullptr;
            held.push_back(py::reinterpret_borrow<py::object>(value).attr("astype")("f8"));
            return reinterpret_cast<std::byte*>(py::detail::array_proxy(held.back().ptr())->data);
        }
        const char wanted = spec.kind == Kind::i64 ? 'i' : 'f';
        if (descr->kind != wanted || py::handle(value).attr("itemsize").cast<index>() != calculus::bytes_of(spec.kind)) return nullptr;
        constexpr int plain = npy_api::NPY_ARRAY_C_CONTIGUOUS_ | npy_api::NPY_ARRAY_ALIGNED_;
        if ((array->flags & plain) == plain && descr->byteorder != '>') return reinterpret_cast<std::byte*>(array->data);
        const char* type = spec.kind == Kind::f64 ? "f8" : spec.kind == Kind::f32 ? "f4" : "i8";
        held.push_back(py::reinterpret_borrow<py::object>(value).attr("astype")(type, "C"));
        return reinterpret_cast<std::byte*>(py::detail::array_proxy(held.back().ptr())->data);
    }

    calculus::Program program_;
    std::vector<Spec> arguments_, results_;
    bool python_ = false;
};

// A step that calls Python, with the GIL held: a program with one never gives it up.
class PythonStep final : public calculus::Step {
public:
    using Values = std::vector<std::tuple<int, int, Shape>>;
    PythonStep(py::function function, Values read, Values written)
        : function_(std::move(function)), read_(std::move(read)), written_(std::move(written)) {}
    bool run(calculus::Slots slots) const override {
        py::list arguments;
        for (const auto& [slot, kind, shape] : read_) arguments.append(array_of(slots, slot, Kind(kind), shape));
        const py::list found = function_(arguments);
        for (std::size_t i = 0; i < written_.size(); ++i) {
            const auto& [slot, kind, shape] = written_[i];
            // Shape and type are proven by the function itself.
            const auto* array = py::detail::array_proxy(py::object(found[i]).ptr());
            std::memcpy(slots[slot], array->data, std::size_t(product_of(shape) * calculus::bytes_of(Kind(kind))));
        }
        return true;
    }

private:
    static py::object array_of(calculus::Slots slots, int slot, Kind kind, const Shape& shape) {
        Array array = new_array(Type(number_of_type(kind)), int(shape.size()), shape.data());
        std::memcpy(array.data<std::byte>(), slots[slot], std::size_t(product_of(shape) * calculus::bytes_of(kind)));
        return array.take();
    }
    py::function function_;
    Values read_, written_;
};

void TapeProgram::add_python(py::function function, const std::vector<std::tuple<int, int, Shape>>& read,
                             const std::vector<std::tuple<int, int, Shape>>& written) {
    python_ = true;
    program_.add_step(std::make_unique<PythonStep>(std::move(function), read, written), 0);
}

}  // namespace

void register_tape(py::module_ module) {
    py::class_<TapeProgram>(module, "Program")
        .def(py::init<>())
        .def("add_argument", &TapeProgram::add_argument)
        .def("add_result", &TapeProgram::add_result)
        .def("add_constant", &TapeProgram::add_constant)
        .def("add_work", &TapeProgram::add_work)
        .def("set_work_bytes", &TapeProgram::set_work_bytes)
        .def("add_loop", &TapeProgram::add_loop)
        .def("add_reduction", &TapeProgram::add_reduction)
        .def("add_copy", &TapeProgram::add_copy)
        .def("add_zeros", &TapeProgram::add_zeros)
        .def("add_gather", &TapeProgram::add_gather)
        .def("add_add_at", &TapeProgram::add_add_at)
        .def("add_product", &TapeProgram::add_product)
        .def("add_guard", &TapeProgram::add_guard)
        .def("add_python", &TapeProgram::add_python)
        .def_property_readonly("steps", &TapeProgram::steps)
        .def("run", &TapeProgram::run);
}

}  // namespace mlcore::bindings
