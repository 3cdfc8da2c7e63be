// Least squares: argument checks, results, errors.
#include "bindings/each_matrix.hpp"
#include "bindings/linear_system.hpp"
#include "bindings/rooms.hpp"

namespace mlcore::bindings {
namespace {

// R of (a b), for lstsq; the leading axes are broadcast against each other.
py::object qr_beside(py::handle a_, py::handle b_) {
    const Array a = as_matrices(a_), b = as_type(as_array(b_, "b"), a.type());
    const index m = a.shape(-2), n = a.shape(-1) + b.shape(-1), k = m < n ? m : n;
    index shape[Stack<3>::max_axes + 2];
    const int axes = broadcast_shape(a, 2, b, 2, shape);
    shape[axes] = k, shape[axes + 1] = n;
    Array R = new_array(a.type(), axes + 2, shape);
    const Stack<3> stack = numbered_stack(R, a, b);
    dispatch(a.type(), [&](auto t) {
        using T = decltype(t);
        const double work = double(m) * double(n) * double(k);
        const char *names = "a or b", *wanted = "least-squares solution";
        for_each_matrix(names, wanted, R, stack, work, [&](const index (&at)[3], Lease<linalg::Status>& status) {
            status[at[2]] = linalg::qr_beside<T>(a.matrix<T>().shifted(at[0]), b.matrix<T>().shifted(at[1]),
                                                 R.matrix<T>().shifted(at[2] * k * n));
        });
    });
    return R.take();
}

// A^T (b - A x), column by column of b (m x k) and x (n x k).
py::object precise_gradient(py::handle A_, py::handle b_, py::handle x_) {
    const Array A = as_matrix(A_, "A"), b = as_type(as_matrix(b_, "b"), A.type()), x = as_type(as_matrix(x_, "x"), A.type());
    const index n = A.shape(1), columns = b.shape(1);
    Array g = new_array(A.type(), {n, columns});
    dispatch(A.type(), [&](auto t) {
        using T = decltype(t);
        run(20 * double(A.size()) * double(columns), [&] {
            for (index j = 0; j < columns; ++j)
                linalg::precise_gradient<T>(A.matrix<T>(), x.matrix<T>().col(j), b.matrix<T>().col(j), g.matrix<T>().col(j));
        });
    });
    return g.take();
}

// (x, s, rank, by_substitution, ill_conditioned, extreme) for triangles R and right-hand sides c, leading axes broadcast against
// each other; by_substitution of all of them, the last two of one at least.
py::tuple least_squares(py::handle R_, py::handle c_, double limit, bool by_scaled, bool transposed, double much) {
    const Array R = as_square(R_), c = as_type(as_array(c_, "c"), R.type());
    const index n = R.shape(-1), columns = c.shape(-1);
    index shape[Stack<3>::max_axes + 2];
    const int axes = broadcast_shape(R, 2, c, 2, shape);
    shape[axes] = n, shape[axes + 1] = columns;
    Array x = new_array(R.type(), axes + 2, shape), s = new_array(R.type(), axes + 1, shape);
    const Stack<3> stack = numbered_stack(x, R, c);
    Lease<linalg::LeastSquares> found(stack.count);
    dispatch(R.type(), [&](auto t) {
        using T = decltype(t);
        const double work = 4 * double(n) * double(n) * double(n) + double(n) * double(n) * double(columns);
        const char *names = "a or b", *wanted = "least-squares solution";
        for_each_matrix(names, wanted, x, stack, work, [&](const index (&at)[3], Lease<linalg::Status>& status) {
            const index i = at[2];
            status[i] = linalg::least_squares<T>(R.matrix<T>().shifted(at[0]), c.matrix<T>().shifted(at[1]),
                                                 {limit, by_scaled, transposed, much}, x.matrix<T>().shifted(i * n * columns),
                                                 Vector<T>{s.data<T>() + i * n, n, 1}, found[i]);
        });
    });
    py::object rank;
    bool substituted = true, ill = false, extreme = false;
    for (index i = 0; i < stack.count; ++i)
        substituted &= found[i].by_substitution, ill |= found[i].ill_conditioned, extreme |= found[i].extreme;
    if (axes == 0) {
        rank = py::int_(found[0].rank);
    } else {
        py::array_t<index> ranks(std::vector<index>(shape, shape + axes));
        for (index i = 0; i < stack.count; ++i) ranks.mutable_data()[i] = found[i].rank;
        rank = ranks;
    }
    return py::make_tuple(x.take(), s.take(), rank, substituted, ill, extreme);
}

}  // namespace

void register_least_squares(py::module_ module) {
    module.def("qr_beside", &qr_beside, py::arg("a"), py::arg("b"));
    module.def("precise_gradient", &precise_gradient, py::arg("A"), py::arg("b"), py::arg("x"));
    module.def("least_squares", &least_squares, py::arg("R"), py::arg("c"), py::arg("limit"), py::arg("by_scaled"),
               py::arg("transposed"), py::arg("much"));
}

}  // namespace mlcore::bindings
