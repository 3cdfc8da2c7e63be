// add, subtract, scale: z = x + y, z = x - y, z = alpha x, broadcast.
//
// Flops n; bytes 3n elements (scale: 2n): beyond cache the speed is that of memory. Contract: see map.hpp.
#include "blas/blas.hpp"
#include "blas/map.hpp"

namespace mlcore::blas {

template <class T>
void add(const Stack<3>& stack, const T* x, const T* y, T* z) {
    map(stack, x, y, z, [](auto a, auto b) { return a + b; });
}

template <class T>
void subtract(const Stack<3>& stack, const T* x, const T* y, T* z) {
    map(stack, x, y, z, [](auto a, auto b) { return a - b; });
}

template <class T>
void scale(const Stack<3>& stack, Scalar<T> alpha, const T* x, T* z) {
    map(stack, x, x, z, [alpha](auto a, auto) { return decltype(a)(alpha * a); });
}

template void add<float>(const Stack<3>&, const float*, const float*, float*);
template void add<double>(const Stack<3>&, const double*, const double*, double*);
template void subtract<float>(const Stack<3>&, const float*, const float*, float*);
template void subtract<double>(const Stack<3>&, const double*, const double*, double*);
template void scale<float>(const Stack<3>&, float, const float*, float*);
template void scale<double>(const Stack<3>&, double, const double*, double*);

}  // namespace mlcore::blas
