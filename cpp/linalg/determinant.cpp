// determinant: det A = sign(P) prod U(i, i) from the factors P A = L U.
//
// The product of a few hundred pivots leaves the range of its type long before the determinant means nothing, so it is kept
// as a mantissa in [0.5, 1) and an exponent; log |det A| follows from them to the last digit, without a sum of logarithms.
//
// Flops n. The relative error of the product is n eps; that of the determinant is the condition number times the backward error
// of the factorisation. Source: J. Dongarra et al., "LINPACK Users' Guide", SIAM 1979, section 1.
#include <cmath>

#include "linalg/linalg.hpp"

namespace mlcore::linalg {

template <class T>
Determinant determinant(MatrixIn<T> LU, const index* pivots) noexcept {
    Determinant det{1, 0.5, 1};
    for (index i = 0; i < LU.rows; ++i) {
        const double u = double(LU(i, i));
        if ((u < 0) != (pivots[i] != i)) det.sign = -det.sign;
        int exponent = 0;
        det.mantissa = std::frexp(det.mantissa * std::fabs(u), &exponent);
        det.exponent += exponent;
        if (!(det.mantissa > 0)) return {det.mantissa, det.mantissa, 0};  // zero or NaN
        if (std::isinf(det.mantissa)) return {det.sign, det.mantissa, 0};
    }
    return det;
}

double Determinant::value() const noexcept {
    const index limit = 5000;  // beyond the range of any type
    return sign == 0 ? 0 : sign * std::ldexp(mantissa, int(exponent > limit ? limit : exponent < -limit ? -limit : exponent));
}

double Determinant::logarithm() const noexcept {
    constexpr double log_2 = 0.693147180559945309417;
    return std::log(mantissa) + double(exponent) * log_2;
}

template Determinant determinant<float>(Matrix<const float>, const index*) noexcept;
template Determinant determinant<double>(Matrix<const double>, const index*) noexcept;

}  // namespace mlcore::linalg
