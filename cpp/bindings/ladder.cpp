// The ladder from Python: every step of every topic, and the loops that measure the machine's limits.
#include <cmath>
#include <string>

#include "bindings/call.hpp"
#include "bindings/errors.hpp"
#include "bindings/ndarray.hpp"
#include "bindings/rooms.hpp"
#include "blas/blas.hpp"
#include "ladder/ladder.hpp"
#include "ladder/power_iteration.hpp"

namespace mlcore::bindings {
namespace {

Type type_named(const std::string& dtype) {
    if (dtype == "float32") return Type::float32;
    if (dtype == "float64") return Type::float64;
    throw py::value_error("dtype is '" + dtype + "'; expected 'float32' or 'float64'.");
}

double fma_chains(const std::string& dtype, index tasks, index iterations) {
    double flops = 0;
    dispatch(type_named(dtype), [&](auto t) {
        run(double(tasks) * double(iterations) * 1e2, [&] { flops = ladder::fma_chains<decltype(t)>(tasks, iterations); });
    });
    return flops;
}

// A contiguous float64 vector; `size` < 0: of any length. What is read here was allocated for the measurement.
Vector<double> stream_vector(const Array& array, const char* name, index size = -1) {
    if (array.type() != Type::float64 || array.ndim() != 1 || !array.c_contiguous() || (size >= 0 && array.shape(0) != size))
        throw py::value_error(std::string(name) + " has shape " + shape_text(array) + "; expected a contiguous float64 vector" +
                              (size < 0 ? "." : " of " + std::to_string(size) + " elements."));
    return array.vector<double>();
}

Vector<double> written(py::handle value, const char* name) {
    const Array array = as_vector(value, name);
    return stream_vector(output_array(value, Type::float64, {array.shape(0)}), name);
}

void register_limits(py::module_& module) {
    module.def("fma_chains", &fma_chains, py::arg("dtype"), py::arg("tasks"), py::arg("iterations"));
    module.def("fill", [](double a, py::handle y) {
        const auto Y = written(y, "y");
        run(8.0 * double(Y.size), [&] { ladder::fill(a, Y); });
    }, py::arg("a"), py::arg("y"));
    module.def("read", [](py::handle x) {
        const Array array = as_vector(x, "x");
        const auto X = stream_vector(array, "x");
        double sum = 0;
        run(8.0 * double(X.size), [&] { sum = ladder::read(X); });
        return sum;
    }, py::arg("x"));
    module.def("copy", [](py::handle x, py::handle y) {
        const auto Y = written(y, "y");
        const Array array = as_vector(x, "x");
        const auto X = stream_vector(array, "x", Y.size);
        run(8.0 * double(Y.size), [&] { ladder::copy(X, Y); });
    }, py::arg("x"), py::arg("y"));
    module.def("update", [](double a, py::handle x, py::handle y) {
        const auto Y = written(y, "y");
        const Array array = as_vector(x, "x");
        const auto X = stream_vector(array, "x", Y.size);
        run(8.0 * double(Y.size), [&] { ladder::update(a, X, Y); });
    }, py::arg("a"), py::arg("x"), py::arg("y"));
    module.def("triad", [](double a, py::handle x, py::handle y, py::handle z) {
        const auto Z = written(z, "z");
        const Array x_array = as_vector(x, "x"), y_array = as_vector(y, "y");
        const auto X = stream_vector(x_array, "x", Z.size), Y = stream_vector(y_array, "y", Z.size);
        run(8.0 * double(Z.size), [&] { ladder::triad(a, X, Y, Z); });
    }, py::arg("a"), py::arg("x"), py::arg("y"), py::arg("z"));
}

// --- the steps: plain kernels for plain operands, so what has gaps or the wrong order is copied first ---------------------

Array dense(Array array) {
    if (array.c_contiguous()) return array;
    const Type type = array.type();
    return {array.object().attr("copy")("C"), type};
}

// A kernel for each type.
template <template <class> class Signature>
struct Both {
    Signature<float> f32;
    Signature<double> f64;

    template <class T>
    Signature<T> of() const noexcept {
        if constexpr (std::is_same_v<T, float>)
            return f32;
        else
            return f64;
    }
};

template <class T>
using Matmul = void (*)(Matrix<const T>, Matrix<const T>, Matrix<T>);
template <class T>
using GramSchmidt = void (*)(Matrix<const T>, Matrix<T>, Matrix<T>);
template <class T>
using PowerIteration = T (*)(Matrix<const T>, index, Vector<T>);

py::object matmul_step(Both<Matmul> kernel, py::handle A_, py::handle B_) {
    Array A = as_matrix(A_, "A"), B = as_matrix(B_, "B");
    if (A.shape(1) != B.shape(0))
        throw py::value_error("A has shape " + shape_text(A) + " and B has shape " + shape_text(B) +
                              "; expected as many columns in A as rows in B.");
    const Type type = common_type(A.type(), B.type());
    A = dense(as_type(std::move(A), type));
    B = dense(as_type(std::move(B), type));
    Array C = new_array(type, {A.shape(0), B.shape(1)});
    dispatch(type, [&](auto t) {
        using T = decltype(t);
        run(double(A.size()) * double(B.shape(1)), [&] { kernel.of<T>()(A.matrix<T>(), B.matrix<T>(), C.matrix<T>()); });
    });
    return C.take();
}

py::object gram_schmidt_step(Both<GramSchmidt> kernel, py::handle A_) {
    const Array A = dense(as_matrix(A_, "A"));
    const index m = A.shape(0), n = A.shape(1);
    if (m < n)
        throw py::value_error("A has shape " + shape_text(A) +
                              "; expected at least as many rows as columns, for more columns than that cannot be independent.");
    Array Q = new_array(A.type(), {m, n}), R = new_array(A.type(), {n, n});
    dispatch(A.type(), [&](auto t) {
        using T = decltype(t);
        run(double(m) * double(n) * double(n), [&] { kernel.of<T>()(A.matrix<T>(), Q.matrix<T>(), R.matrix<T>()); });
        const Vector<T> lengths = R.matrix<T>().diagonal();
        for (index j = 0; j < n; ++j)
            if (!(lengths[j] > 0 && std::isfinite(lengths[j])))
                throw_linalg_error("column " + std::to_string(j) +
                                   " of A has nothing left beside the columns before it, or holds NaN or infinity: its length is " +
                                   std::to_string(lengths[j]) + ". The steps of the ladder expect independent columns; " +
                                   "mlcore.linalg.gram_schmidt tells which ones are not.");
    });
    return py::make_tuple(Q.take(), R.take());
}

py::object power_iteration_step(Both<PowerIteration> kernel, py::handle A_, py::handle x_, index iterations) {
    Array A = as_matrix(A_, "A"), x = as_vector(x_, "x");
    const index n = A.shape(0);
    if (A.shape(1) != n) throw py::value_error("A has shape " + shape_text(A) + "; expected a square matrix.");
    if (x.shape(0) != n)
        throw py::value_error("x has shape " + shape_text(x) + "; expected (" + std::to_string(n) +
                              ",), one element for each row of A.");
    if (iterations < 1) throw py::value_error("iterations is " + std::to_string(iterations) + "; expected 1 or more.");
    const Type type = common_type(A.type(), x.type());
    A = dense(as_type(std::move(A), type));
    x = as_type(std::move(x), type);
    Array vector = new_array(type, {n});
    double value = 0;
    dispatch(type, [&](auto t) {
        using T = decltype(t);
        const Vector<T> start = x.vector<T>(), v = vector.vector<T>();
        bool zero = true;
        for (index i = 0; i < n; ++i) {
            v[i] = start[i];
            zero = zero && v[i] == T(0);
        }
        if (zero)
            throw py::value_error("x is the zero vector, which has no direction; expected a start with an element that is not 0.");
        run(double(n) * double(n) * double(iterations), [&] { value = double(kernel.of<T>()(A.matrix<T>(), iterations, v)); });
    });
    return py::make_tuple(scalar(type, value), vector.take());
}

// The last step: the production kernel, in the loop of the others.
template <class T>
T power_iteration_threaded(Matrix<const T> A, index iterations, Vector<T> x) {
    return ladder::power_iterate(iterations, x, [A](Vector<T> x, Vector<T> y) { blas::gemv<T>(T(1), A, x, T(0), y); });
}

}  // namespace

void register_ladder(py::module_ module) {
    using namespace ladder;
    register_limits(module);

    const auto def_matmul = [&](const char* name, Both<Matmul> kernel) {
        module.def(name, [kernel](py::handle A, py::handle B) { return matmul_step(kernel, A, B); }, py::arg("A"), py::arg("B"));
    };
    def_matmul("matmul_naive", {matmul_naive<float>, matmul_naive<double>});
    def_matmul("matmul_loop_order", {matmul_loop_order<float>, matmul_loop_order<double>});
    def_matmul("matmul_tiled", {matmul_tiled<float>, matmul_tiled<double>});
    def_matmul("matmul_vectorised", {matmul_vectorised<float>, matmul_vectorised<double>});
    def_matmul("matmul_register_blocked", {matmul_register_blocked<float>, matmul_register_blocked<double>});
    def_matmul("matmul_packed", {matmul_packed<float>, matmul_packed<double>});

    const auto def_gram_schmidt = [&](const char* name, Both<GramSchmidt> kernel) {
        module.def(name, [kernel](py::handle A) { return gram_schmidt_step(kernel, A); }, py::arg("A"));
    };
    def_gram_schmidt("gram_schmidt_classical", {gram_schmidt_classical<float>, gram_schmidt_classical<double>});
    def_gram_schmidt("gram_schmidt_modified", {gram_schmidt_modified<float>, gram_schmidt_modified<double>});
    def_gram_schmidt("gram_schmidt_contiguous", {gram_schmidt_contiguous<float>, gram_schmidt_contiguous<double>});
    def_gram_schmidt("gram_schmidt_vectorised", {gram_schmidt_vectorised<float>, gram_schmidt_vectorised<double>});
    def_gram_schmidt("gram_schmidt_twice", {gram_schmidt_twice<float>, gram_schmidt_twice<double>});

    const auto def_power_iteration = [&](const char* name, Both<PowerIteration> kernel) {
        const auto call = [kernel](py::handle A, py::handle x, index iterations) {
            return power_iteration_step(kernel, A, x, iterations);
        };
        module.def(name, call, py::arg("A"), py::arg("x"), py::arg("iterations"));
    };
    def_power_iteration("power_iteration_naive", {power_iteration_naive<float>, power_iteration_naive<double>});
    def_power_iteration("power_iteration_vectorised", {power_iteration_vectorised<float>, power_iteration_vectorised<double>});
    def_power_iteration("power_iteration_rows", {power_iteration_rows<float>, power_iteration_rows<double>});
    def_power_iteration("power_iteration_threaded", {power_iteration_threaded<float>, power_iteration_threaded<double>});
}

}  // namespace mlcore::bindings
