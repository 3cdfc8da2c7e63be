// asum: the sum of absolute values  sum over i of |x_i|,  the 1-norm.
//
// Flops n; bytes n elements. Summed as in pieces.hpp, floats in double: no overflow but for a sum that is not representable.
// Contract: any strides, with the same bits.
#include "blas/blas.hpp"
#include "blas/pieces.hpp"

namespace mlcore::blas {

template <class T>
T asum(VectorIn<T> x) {
    return T(sum_of_terms<T>(x, [](simd::Vec<double> v) { return simd::abs<double>(v); }));
}

template float asum<float>(Vector<const float>);
template double asum<double>(Vector<const double>);

}  // namespace mlcore::blas
