// Triangular solve and product: argument checks, broadcasting, results.
#include <string>

#include "bindings/call.hpp"
#include "bindings/linear_system.hpp"
#include "bindings/rooms.hpp"
#include "blas/blas.hpp"

namespace mlcore::bindings {
namespace {

blas::Triangle triangle_of(bool lower, bool transposed) noexcept {
    return lower != transposed ? blas::Triangle::lower : blas::Triangle::upper;
}
blas::Diagonal diagonal_of(bool unit) noexcept { return unit ? blas::Diagonal::unit : blas::Diagonal::stored; }

// body(A, X) for each pair of matrices.
template <class Body>
void for_each(const LinearSystem& s, bool transposed, Body&& body) {
    dispatch(s.a.type(), [&](auto t) {
        using T = decltype(t);
        Matrix<const T> A = s.a.matrix<T>();
        if (transposed) A = A.transposed();
        run(double(s.stack.count) * double(s.n) * double(s.n) * double(s.columns), [&] {
            for_each_entry(s.stack, 0, s.stack.count, [&](const index (&at)[2]) { body(A.shifted(at[0]), s.right_side<T>().shifted(at[1])); });
        });
    });
}

py::object solve_triangular(py::handle a, py::handle b, bool lower, bool transposed, bool unit_diagonal) {
    LinearSystem problem("solve_triangular", a, b);
    index entry = 0, bad_entry = -1, bad_pivot = -1;
    for_each(problem, transposed, [&]<class T>(Matrix<const T> A, Matrix<T> X) {
        const index pivot = bad_entry >= 0 ? -1 : blas::trsm<T>(blas::Side::left, triangle_of(lower, transposed), diagonal_of(unit_diagonal), A, X);
        if (pivot >= 0) bad_entry = entry, bad_pivot = pivot;
        ++entry;
    });
    if (bad_entry >= 0) {
        const std::string at = std::to_string(bad_pivot);
        throw_singular("its diagonal element [" + at + ", " + at + "]", problem.stack.count, bad_entry);
    }
    return problem.x.take();
}

py::object triangular_multiply(py::handle a, py::handle b, bool lower, bool transposed, bool unit_diagonal) {
    LinearSystem problem("triangular_multiply", a, b);
    for_each(problem, transposed, [&]<class T>(Matrix<const T> A, Matrix<T> X) {
        blas::trmm<T>(blas::Side::left, triangle_of(lower, transposed), diagonal_of(unit_diagonal), A, X);
    });
    return problem.x.take();
}

}  // namespace

void register_triangular(py::module_ module) {
    module.def("solve_triangular", &solve_triangular, py::arg("a"), py::arg("b"), py::arg("lower"), py::arg("transposed"),
               py::arg("unit_diagonal"));
    module.def("triangular_multiply", &triangular_multiply, py::arg("a"), py::arg("b"), py::arg("lower"), py::arg("transposed"),
               py::arg("unit_diagonal"));
}

}  // namespace mlcore::bindings
