// axpy: y = alpha x + y, and with three operands z = alpha x + y.
//
// Flops 2n; bytes 3n elements (for the three-operand form the processor also reads the lines of z before it writes them).
// One multiply-add for two loads and a store: the memory is the limit, and the loop needs no more than whole vectors.
//
// Contract: any strides; z may be x or y itself, element for element, but must not overlap them otherwise. Each element is
// one multiply and one add (fused where the instruction set has it), so it does not depend on how the vector is cut.
#include "blas/blas.hpp"
#include "blas/pieces.hpp"

namespace mlcore::blas {

using namespace simd;

template <class T>
void axpy(Scalar<T> alpha, VectorIn<T> x, VectorIn<T> y, Vector<T> z) {
    const VectorTasks tasks(z.size);
    const bool contiguous = x.contiguous() && y.contiguous() && z.contiguous();
    parallel_for_work(tasks.count, 3.0 * double(z.size) * sizeof(T), [=](index task, int) {
        const index first = tasks.first(task), n = tasks.length(task);
        if (!contiguous) {
            for (index i = first; i < first + n; ++i) z[i] = alpha * x[i] + y[i];
            return;
        }
        const T *px = x.data + first, *py = y.data + first;
        T* pz = z.data + first;
        const Vec<T> a = broadcast(T(alpha));
        index i = 0;
        for (; i + lanes<T> <= n; i += lanes<T>) store(pz + i, a * load(px + i) + load(py + i));
        if (i < n) store_partial(pz + i, a * load_partial(px + i, n - i) + load_partial(py + i, n - i), n - i);
    });
}

template <class T>
void axpy(Scalar<T> alpha, VectorIn<T> x, Vector<T> y) {
    axpy<T>(alpha, x, y, y);
}

template void axpy<float>(float, Vector<const float>, Vector<const float>, Vector<float>);
template void axpy<double>(double, Vector<const double>, Vector<const double>, Vector<double>);
template void axpy<float>(float, Vector<const float>, Vector<float>);
template void axpy<double>(double, Vector<const double>, Vector<double>);

}  // namespace mlcore::blas
