// determinant: det A = sign(P) prod U(i, i) from the factors P A = L U.
//
// The product of a few hundred pivots leaves the range of its type long before the determinant means nothing, so it is kept
// as a mantissa in [0.5, 1) and an exponent; log |det A| follows from them without a sum of logarithms; near 1 nothing
// cancels, since the mantissa is brought into [sqrt(1/2), sqrt(2)) for it.
//
// Flops n. The relative error of the product is n eps; that of the determinant is the condition number times the backward error
// of the factorisation. Source: J. Dongarra et al., "LINPACK Users' Guide", SIAM 1979, section 1.
#include <cmath>

#include "linalg/linalg.hpp"

namespace mlcore::linalg {

template <class T>
Determinant determinant(MatrixIn<T> LU, const index* pivots) noexcept {
    constexpr double small = 1e-150, large = 1e150;  // products of two numbers between them stay in range
    Determinant det{1, 1, 0};
    const auto normalize = [&](double x) {
        if (!std::isfinite(x)) return x;
        int exponent = 0;
        x = std::frexp(x, &exponent);
        det.exponent += exponent;
        return x;
    };
    for (index i = 0; i < LU.rows; ++i) {
        double u = double(LU(i, i));
        det.sign *= (u < 0) != (pivots[i] != i) ? -1 : 1;
        u = std::fabs(u);
        det.mantissa *= u > small && u < large ? u : normalize(u);
        if (!(det.mantissa > small && det.mantissa < large)) det.mantissa = normalize(det.mantissa);
    }
    det.mantissa = normalize(det.mantissa);
    if (det.mantissa == 0 || std::isnan(det.mantissa)) det.sign = det.mantissa;
    return det;
}

double Determinant::value() const noexcept {
    const index limit = 5000;  // beyond the range of any type
    if (exponent == 0) return sign * mantissa;
    return sign == 0 ? 0 : sign * std::ldexp(mantissa, int(exponent > limit ? limit : exponent < -limit ? -limit : exponent));
}

double Determinant::logarithm() const noexcept {
    constexpr double log_2 = 0.693147180559945309417, root_half = 0.707106781186547524401;
    return mantissa < root_half ? std::log(2 * mantissa) + double(exponent - 1) * log_2 : std::log(mantissa) + double(exponent) * log_2;
}

template Determinant determinant<float>(Matrix<const float>, const index*) noexcept;
template Determinant determinant<double>(Matrix<const double>, const index*) noexcept;

}  // namespace mlcore::linalg
