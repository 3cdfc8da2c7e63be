// axpy: y = alpha x + y, and with three operands z = alpha x + y, broadcast.
//
// Flops 2n; bytes 3n elements (for the three-operand form the processor also reads the lines of z before it writes them).
// One multiply-add for two loads and a store: the memory is the limit, and the loop needs no more than whole vectors.
//
// Contract: any strides; z may be x or y itself, element for element, but must not overlap them otherwise. Each element is
// one multiply and one add (fused where the instruction set has it), so it does not depend on how the vector is cut.
#include "blas/blas.hpp"
#include "blas/map.hpp"

namespace mlcore::blas {

template <class T>
void axpy(const Stack<3>& stack, Scalar<T> alpha, const T* x, const T* y, T* z) {
    map(stack, x, y, z, [alpha](auto a, auto b) { return decltype(a)(alpha * a + b); });
}

template <class T>
void axpy(Scalar<T> alpha, VectorIn<T> x, Vector<T> y) {
    Stack<3> line;
    line.push(y.size, {x.stride, y.stride, y.stride});
    axpy<T>(line, alpha, x.data, y.data, y.data);
}

template void axpy<float>(const Stack<3>&, float, const float*, const float*, float*);
template void axpy<double>(const Stack<3>&, double, const double*, const double*, double*);
template void axpy<float>(float, Vector<const float>, Vector<float>);
template void axpy<double>(double, Vector<const double>, Vector<double>);

}  // namespace mlcore::blas
