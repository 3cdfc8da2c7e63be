// The same code for real and for complex numbers: sizes, products and quotients of both.
//
// std::complex multiplies and divides by library calls that put infinities right; nothing here needs that.
#pragma once

#include <cmath>
#include <complex>

namespace mlcore::linalg {

// |re| + |im|: within sqrt(2) of the modulus, without its squares.
template <class T>
T size_of(T x) noexcept {
    return std::fabs(x);
}
template <class T>
T size_of(std::complex<T> x) noexcept {
    return std::fabs(x.real()) + std::fabs(x.imag());
}

template <class T>
T product(T x, T y) noexcept {
    return x * y;
}
template <class T>
std::complex<T> product(std::complex<T> x, std::complex<T> y) noexcept {
    return {x.real() * y.real() - x.imag() * y.imag(), x.real() * y.imag() + x.imag() * y.real()};
}

template <class T>
T quotient(T x, T y) noexcept {
    return x / y;
}
// Smith's formula: no square under- or overflows.
template <class T>
std::complex<T> quotient(std::complex<T> x, std::complex<T> y) noexcept {
    const T a = x.real(), b = x.imag(), c = y.real(), d = y.imag();
    if (std::fabs(c) >= std::fabs(d)) {
        const T ratio = d / c, bottom = c + d * ratio;
        return {(a + b * ratio) / bottom, (b - a * ratio) / bottom};
    }
    const T ratio = c / d, bottom = c * ratio + d;
    return {(a * ratio + b) / bottom, (b * ratio - a) / bottom};
}

// A divisor that is not too near to zero.
template <class N, class T>
N at_least(N x, T smallest) noexcept {
    return size_of(x) < smallest ? N(smallest) : x;
}

}  // namespace mlcore::linalg
