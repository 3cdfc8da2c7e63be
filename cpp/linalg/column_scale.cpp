// Columns brought near 1 by powers of two, and what is needed to know whether they must be.
//
// Householder QR is the same for A and A D with a diagonal D: the reflections are the same, and R becomes R D. With D of powers
// of two nothing changes but exponents, so that a column of 1e200 or 1e-200 beside others of size 1 is factored as accurately
// as they are. D = I unless some column is so far from 1 that its squares, or the products of what is left of two columns,
// could over- or underflow: nearly always.
#include <cmath>
#include <limits>

#include "linalg/qr.hpp"
#include "simd/vec.hpp"

namespace mlcore::linalg {

using namespace simd;

// The absolute values are compared as integers, for which infinity is larger than any number and NaN larger still.
template <class T>
MLCORE_INLINE Vec<T> larger_of(Vec<T> a, Vec<T> b) noexcept {
    return (Mask<T>)a > (Mask<T>)b ? a : b;
}

// Four rows at a time, so that the maxima are read and written once for each four.
template <class T>
void raise_maxima(MatrixIn<T> A, T* largest) noexcept {
    constexpr index L = lanes<T>, group = 4;
    const index whole = A.cols / L * L;
    for (index i = 0; i < A.rows; i += group) {
        const T* rows[group];  // the last one again in place of those that are missing
        for (index r = 0; r < group; ++r) rows[r] = A.data + (i + r < A.rows ? i + r : A.rows - 1) * A.row_stride;
        const auto raised = [&](Vec<T> before, auto&& at) {
            return larger_of<T>(larger_of<T>(larger_of<T>(abs<T>(at(rows[0])), abs<T>(at(rows[1]))),
                                             larger_of<T>(abs<T>(at(rows[2])), abs<T>(at(rows[3])))),
                                before);
        };
        for (index j = 0; j < whole; j += L)
            store(largest + j, raised(load(largest + j), [=](const T* row) { return load(row + j); }));
        if (const index left = A.cols - whole; left > 0)
            store_partial(largest + whole, raised(load_partial(largest + whole, left),
                                                  [=](const T* row) { return load_partial(row + whole, left); }), left);
    }
}

template <class T>
bool is_finite(index n, const T* largest) noexcept {
    bool finite = true;
    for (index j = 0; j < n; ++j) finite &= largest[j] <= std::numeric_limits<T>::max();
    return finite;
}

template <class T>
bool maxima_to_factors(index n, T* largest) noexcept {
    constexpr int far = std::numeric_limits<T>::max_exponent / 3;
    bool any = false;
    for (index j = 0; j < n; ++j) {
        const int exponent = largest[j] > T(0) ? std::ilogb(largest[j]) : 0;
        any |= exponent > far || exponent < -far;
        // Of a subnormal column the factor itself would overflow: it is brought as near 1 as a number can.
        largest[j] = std::scalbn(T(1), -exponent < std::numeric_limits<T>::max_exponent ? -exponent
                                                                                       : std::numeric_limits<T>::max_exponent - 1);
    }
    return any;
}

template <class T>
void scale_columns(Matrix<T> A, const T* factors) noexcept {
    for (index i = 0; i < A.rows; ++i)
        for (index j = 0; j < A.cols; ++j) A(i, j) *= factors[j];
}

template <class T>
void unscale_columns(Matrix<T> R, const T* factors) noexcept {
    for (index i = 0; i < R.rows; ++i)
        for (index j = i; j < R.cols; ++j) R(i, j) = std::scalbn(R(i, j), -std::ilogb(factors[j]));
}

#define MLCORE_COLUMN_SCALE(T)                                             \
    template void raise_maxima<T>(Matrix<const T>, T*) noexcept;           \
    template bool is_finite<T>(index, const T*) noexcept;                  \
    template bool maxima_to_factors<T>(index, T*) noexcept;                \
    template void scale_columns<T>(Matrix<T>, const T*) noexcept;          \
    template void unscale_columns<T>(Matrix<T>, const T*) noexcept;
MLCORE_COLUMN_SCALE(float)
MLCORE_COLUMN_SCALE(double)
#undef MLCORE_COLUMN_SCALE

}  // namespace mlcore::linalg
