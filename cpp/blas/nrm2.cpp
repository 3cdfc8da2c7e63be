// nrm2: the Euclidean length  sqrt(sum over i of x_i^2),  right for every x whose length is representable.
//
// START READING at `nrm2`.
//
// The squares of 1e200 and 1e-200 do not fit into a double, though their root does. The classical remedy scales every
// element and costs a branch or a division each. Here the plain sum comes first, at the speed of memory; it says by itself
// whether it can be trusted, and only if not, a second pass scales by a power of two (which rounds nothing):
//
//     plain sum s            verdict
//     NaN                    x holds a NaN: NaN
//     n 2^-1020 < s < inf    every square that underflowed was less than 2^-1022, so all of them together change s by less
//                            than its rounding error: sqrt(s)
//     otherwise              m = max |x_i|; m = 0 or inf is the answer; else sqrt(sum (x_i / 2^e)^2) 2^e, 2^e <= m < 2^(e+1)
//
// Floats are squared and summed as doubles, where neither can happen.
//
// Flops 2n; bytes n elements, once (twice in the rescue). Contract: any strides; the order of the sum is that of pieces.hpp.
// Source: the accumulator split of J. Blue, "A Portable Fortran Program to Find the Euclidean Norm of a Vector", ACM TOMS
// 4(1), 1978, reduced to its middle accumulator and a rescue.
#include <cmath>
#include <limits>

#include "blas/blas.hpp"
#include "blas/pieces.hpp"

namespace mlcore::blas {
namespace {

template <class T>
double sum_of_squares(Vector<const T> x, double scale) {
    return sum_of_terms<T>(x, [scale](simd::Vec<double> v) {
        v *= scale;
        return v * v;
    });
}

}  // namespace

template <class T>
T nrm2(VectorIn<T> x) {
    const double sum = sum_of_squares<T>(x, 1.0);
    if (!is_safe_sum_of_squares<T>(sum, x.size) && sum == sum) {
        const double largest = double(amax<T>(x));
        if (largest == 0 || largest > std::numeric_limits<T>::max()) return T(largest);
        const int exponent = std::ilogb(largest);
        const double scale = std::ldexp(1.0, exponent > 1022 ? -1022 : exponent < -1022 ? 1022 : -exponent);
        return T(std::sqrt(sum_of_squares<T>(x, scale)) / scale);
    }
    return T(std::sqrt(sum));
}

template float nrm2<float>(Vector<const float>);
template double nrm2<double>(Vector<const double>);

}  // namespace mlcore::blas
