// Derivatives of elementwise functions that NumPy has no function for, as arrays: argument checks, results.
#include "bindings/call.hpp"
#include "bindings/ndarray.hpp"
#include "bindings/output.hpp"
#include "bindings/rooms.hpp"
#include "blas/pieces.hpp"
#include "calculus/kernels.hpp"
#include "core/parallel.hpp"

namespace mlcore::bindings {
namespace {

template <int op>
py::object each(py::handle x_) {
    Array x = as_array(x_, "x");
    if (!x.c_contiguous()) x = as_array(x.object().attr("copy")(), "x");
    index shape[64];
    for (int axis = 0; axis < x.ndim(); ++axis) shape[axis] = x.shape(axis);
    Output output(py::none(), x.type(), x.ndim(), shape, {});
    const double work = 16.0 * double(x.size());
    dispatch(x.type(), [&](auto t) {
        using T = decltype(t);
        const T* const from = x.data<const T>();
        T* const to = output.array().data<T>();
        const blas::VectorTasks tasks(x.size());
        const calculus::Kernel<T> kernel = calculus::kernel<T>(op);
        run(work, [&] {
            parallel_for_work(tasks.count, work, [&](index task, int) {
                const index first = tasks.first(task);
                kernel(tasks.length(task), to + first, from + first, nullptr, nullptr);
            });
        });
    });
    return output.finish();
}

}  // namespace

void register_calculus_elementwise(py::module_ module) {
    module.def("one_over_cosh_squared", &each<calculus::op_one_over_cosh_squared>, py::arg("x"));
}

}  // namespace mlcore::bindings
