// acts_elementwise: whether f(array)[i] is f(array[i]) for all i, by reading the code of f.
//
// A function of one argument is seen to be elementwise if its code runs straight through (no branch, no loop), and all that it
// does is to apply + - * / // % ** and elementwise ufuncs of NumPy's kind to its argument, to numbers and to what came out
// before: lambda x: np.exp(-a * x**2), say. Anything else is not seen: a comparison (of numbers it gives bools that add up, of
// arrays bools that do not), a subscript, an operation in place, a method, any other function. So the answer "no" is always safe.
//
// Even of these, Python's floats and NumPy's arrays differ where Python raises or turns complex and NumPy gives infinity or NaN:
// 1 / 0, 10.0 ** 400, (-1) ** 0.5. The caller has to look whether all values are finite.
//
// The code is followed with a stack of kinds. The numbers of the instructions are those of the running interpreter, by name;
// what their arguments mean is known for Python 3.11 to 3.14, and for a later version nothing is seen.
#include "bindings/acts_elementwise.hpp"

#include <array>
#include <cstdint>
#include <unordered_map>

namespace mlcore::bindings {
namespace {

namespace py = pybind11;

#if PY_VERSION_HEX < 0x030F0000 && !defined(PYPY_VERSION)

enum class Action : std::uint8_t { refuse, nothing, null, local, two_locals, constant, small_int, global, free, attribute, method,
                                   unary, binary, call, store, store_and_load, give };

const std::array<Action, 256>& actions() {
    static const std::array<Action, 256> table = [] {
        const std::pair<const char*, Action> known[] = {
            {"CACHE", Action::nothing}, {"RESUME", Action::nothing}, {"NOP", Action::nothing},
            {"PRECALL", Action::nothing}, {"COPY_FREE_VARS", Action::nothing}, {"PUSH_NULL", Action::null},
            {"LOAD_FAST", Action::local}, {"LOAD_FAST_CHECK", Action::local}, {"LOAD_FAST_BORROW", Action::local},
            {"LOAD_FAST_LOAD_FAST", Action::two_locals}, {"LOAD_FAST_BORROW_LOAD_FAST_BORROW", Action::two_locals},
            {"LOAD_CONST", Action::constant}, {"LOAD_SMALL_INT", Action::small_int}, {"LOAD_GLOBAL", Action::global},
            {"LOAD_DEREF", Action::free}, {"LOAD_ATTR", Action::attribute}, {"LOAD_METHOD", Action::method},
            {"UNARY_NEGATIVE", Action::unary}, {"UNARY_POSITIVE", Action::unary}, {"BINARY_OP", Action::binary},
            {"CALL", Action::call}, {"STORE_FAST", Action::store},
            {"STORE_FAST_LOAD_FAST", Action::store_and_load}, {"RETURN_VALUE", Action::give}};
        std::array<Action, 256> found{};
        const py::dict numbers = py::module_::import("opcode").attr("opmap");
        for (const auto& [name, action] : known)
            if (numbers.contains(name))
                if (const int code = numbers[name].cast<int>(); code < 256) found[std::size_t(code)] = action;
        return found;
    }();
    return table;
}

// Of BINARY_OP's argument: + // * % ** - /.
constexpr bool is_arithmetic(int operation) noexcept {
    return operation == 0 || operation == 2 || operation == 5 || operation == 6 || operation == 8 || operation == 10 ||
           operation == 11;
}

#endif

struct Ufunc {
    int arguments = 0;  // if it is elementwise with one result; 0 for anything else
    bool analytic = false;
};

Ufunc ask(py::handle f) {  // a generalised ufunc has a signature
    return {f.attr("signature").is_none() && f.attr("nout").cast<int>() == 1 ? f.attr("nin").cast<int>() : 0};
}

// NumPy's own, which is asked once.
const std::unordered_map<PyObject*, Ufunc>& numpy_own(PyObject* type) {
    static const auto* const all = [&] {  // kept for good, as the module keeps them
        const py::dict numpy = py::module_::import("numpy").attr("__dict__");
        auto* known = new std::unordered_map<PyObject*, Ufunc>;
        for (const auto& [name, value] : numpy)
            if ((PyObject*)Py_TYPE(value.ptr()) == type) (*known)[value.inc_ref().ptr()] = ask(value);
        for (const char* const name : {"exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "square",
                                       "reciprocal", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh",
                                       "arcsinh", "arccosh", "arctanh"})
            if (const auto found = known->find(numpy[name].ptr()); found != known->end()) found->second.analytic = true;
        return known;
    }();
    return *all;
}

Ufunc as_ufunc(PyObject* object) {
    static PyObject* const type = py::object(py::module_::import("numpy").attr("ufunc")).release().ptr();
    if ((PyObject*)Py_TYPE(object) != type) return {};
    const auto& known = numpy_own(type);
    const auto found = known.find(object);
    return found != known.end() ? found->second : ask(object);
}

#if PY_VERSION_HEX < 0x030F0000 && !defined(PYPY_VERSION)

struct Entry {
    enum Kind : std::uint8_t { unknown, value, null, module, ufunc } kind = unknown;
    PyObject* dict = nullptr;  // of a module
    int arguments = 0;         // of a ufunc
};

Entry classify(PyObject* o) {
    if (!o) return {};
    if (PyModule_CheckExact(o)) return {Entry::module, PyModule_GetDict(o)};
    if (const int arguments = as_ufunc(o).arguments; arguments > 0) return {Entry::ufunc, nullptr, arguments};
    return {PyLong_CheckExact(o) || PyFloat_Check(o) || PyComplex_CheckExact(o) ? Entry::value : Entry::unknown};
}

class Reader {
public:
    explicit Reader(PyObject* f) : f_(f), code_(reinterpret_cast<PyCodeObject*>(PyFunction_GET_CODE(f))) {}

    Elementwise operator()() {
        if (!begin()) return Elementwise::no;
        const py::object bytes = py::reinterpret_steal<py::object>(PyCode_GetCode(code_));
        if (!bytes) throw py::error_already_set();
        const auto* const code = reinterpret_cast<const unsigned char*>(PyBytes_AS_STRING(bytes.ptr()));
        const auto& table = actions();
        for (Py_ssize_t i = 0; i + 1 < PyBytes_GET_SIZE(bytes.ptr()); i += 2) {
            const Action action = table[code[i]];
            if (action == Action::give)
                return depth_ == 1 && top().kind == Entry::value ? functions_ ? Elementwise::functions : Elementwise::arithmetic
                                                                 : Elementwise::no;
            if (!step(action, code[i + 1])) return Elementwise::no;
        }
        return Elementwise::no;
    }

private:
    static constexpr int most = 16;  // entries of the stack, locals

    // The locals as a call with one argument leaves them: other arguments have their defaults.
    bool begin() {
        constexpr int others = CO_VARARGS | CO_VARKEYWORDS | CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR;
        PyObject* const defaults = PyFunction_GET_DEFAULTS(f_);
        const Py_ssize_t given = defaults ? PyTuple_GET_SIZE(defaults) : 0, count = code_->co_argcount;
        if ((code_->co_flags & others) || code_->co_kwonlyargcount > 0 || count < 1 || count - given > 1 || count > most)
            return false;
        for (Py_ssize_t i = 1; i < count; ++i) locals_[i] = classify(PyTuple_GET_ITEM(defaults, given - count + i));
        locals_[0] = {Entry::value};
        return true;
    }

    Entry& top() noexcept { return stack_[depth_ - 1]; }
    bool push(Entry e) noexcept {
        if (e.kind == Entry::unknown || depth_ == most) return false;
        stack_[depth_++] = e;
        return true;
    }
    bool values(int count) const noexcept {  // whether as many are on top
        if (depth_ < count) return false;
        for (int i = depth_ - count; i < depth_; ++i)
            if (stack_[i].kind != Entry::value) return false;
        return true;
    }
    bool push_local(int i) noexcept { return i < most && push(locals_[i]); }
    bool store(int i) noexcept {
        if (!values(1) || i >= most) return false;
        locals_[i] = stack_[--depth_];
        return true;
    }
    bool push_global(PyObject* name) { return push(classify(PyDict_GetItemWithError(PyFunction_GET_GLOBALS(f_), name))); }
    bool push_free(int i) {
        PyObject* const cells = PyFunction_GET_CLOSURE(f_);
        i -= code_->co_nlocalsplus - code_->co_nfreevars;
        return cells && i >= 0 && i < PyTuple_GET_SIZE(cells) && push(classify(PyCell_GET(PyTuple_GET_ITEM(cells, i))));
    }
    bool replace_by_attribute(PyObject* name, bool method) {
        if (depth_ == 0 || top().kind != Entry::module) return false;
        const Entry found = classify(PyDict_GetItemWithError(top().dict, name));
        --depth_;
        return (!method || push({Entry::null})) && push(found);
    }
    // Callee and null, in the order of this version of Python, then `count` arguments. With more than it needs, one is written.
    bool call(int count) {
        if (!values(count) || depth_ < count + 2) return false;
        const Entry a = stack_[depth_ - count - 2], b = stack_[depth_ - count - 1];
        const Entry& callee = a.kind == Entry::null ? b : a;
        if (callee.kind != Entry::ufunc || callee.arguments != count) return false;
        if (a.kind != Entry::null && b.kind != Entry::null) return false;
        functions_ = true;
        depth_ -= count + 2;
        return push({Entry::value});
    }

    bool step(Action action, int argument) {
        const auto name = [&](int i) { return PyTuple_GET_ITEM(code_->co_names, i); };
        constexpr bool flagged = PY_VERSION_HEX >= 0x030C0000;  // whether LOAD_ATTR takes the part of LOAD_METHOD
        switch (action) {
            case Action::nothing: return true;
            case Action::null: return push({Entry::null});
            case Action::local: return push_local(argument);
            case Action::two_locals: return push_local(argument >> 4) && push_local(argument & 15);
            case Action::constant: return push(classify(PyTuple_GET_ITEM(code_->co_consts, argument)));
            case Action::small_int: return push({Entry::value});
            case Action::global: {
                const bool also_null = argument & 1, before = PY_VERSION_HEX < 0x030D0000;
                return (!also_null || !before || push({Entry::null})) && push_global(name(argument >> 1)) &&
                       (!also_null || before || push({Entry::null}));
            }
            case Action::free: return push_free(argument);
            case Action::attribute:
                return replace_by_attribute(name(flagged ? argument >> 1 : argument), flagged && (argument & 1));
            case Action::method: return replace_by_attribute(name(argument), true);
            case Action::unary: return values(1);
            case Action::binary:
                if (!values(2) || !is_arithmetic(argument)) return false;
                --depth_;
                return true;
            case Action::call: return call(argument);
            case Action::store: return store(argument);
            case Action::store_and_load: return store(argument >> 4) && push_local(argument & 15);
            default: return false;
        }
    }

    PyObject* const f_;
    PyCodeObject* const code_;
    std::array<Entry, most> stack_{}, locals_{};
    int depth_ = 0;
    bool functions_ = false;
};

#endif

}  // namespace

Elementwise acts_elementwise(py::handle f) noexcept {
    try {
#if PY_VERSION_HEX < 0x030F0000 && !defined(PYPY_VERSION)
        if (PyFunction_Check(f.ptr())) {
            const Elementwise found = Reader(f.ptr())();
            PyErr_Clear();  // of a lookup
            return found;
        }
#endif
        const Ufunc found = as_ufunc(f.ptr());
        return found.analytic ? Elementwise::analytic : found.arguments > 0 ? Elementwise::ufunc : Elementwise::no;
    } catch (py::error_already_set&) {
        return Elementwise::no;
    } catch (...) {
        PyErr_Clear();
        return Elementwise::no;
    }
}

}  // namespace mlcore::bindings
