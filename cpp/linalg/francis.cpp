// francis: the implicit double-shift QR iteration on an upper Hessenberg matrix.
//
//     H <- Q^T H Q,     Q R = (H - s I)(H - t I),     s + t and s t real: the eigenvalues of the trailing 2 x 2 block
//
// without ever forming the product. Its first column has three elements; the reflection that clears two of them disturbs H, and
// reflections of three neighbouring rows and columns chase the bulge down (x: the elements that choose the next one):
//
//     h h h h h h          h h h h h h
//     h h h h h h          x h h h h h
//     b h h h h h    ->    x h h h h h    ->  ...
//     b b h h h h          x b h h h h            A subdiagonal element that is negligible is set to zero; H
//           h h h          . b b h h h            falls apart there, and the iteration goes on in the lower part.
//             h h                  h h
//
// Flops 10 n^3 for the eigenvalues, 25 n^3 with T and Q (about 1.4 iterations for each eigenvalue). The cap is LAPACK's, 30
// iterations for each eigenvalue; every tenth has exceptional shifts, without which a cyclic permutation would not change at all.
//
// A subdiagonal element is negligible if it is below eps times its neighbours on the diagonal, and the eigenvalues of that 2 x 2
// block do not feel it either: the small eigenvalues of a graded matrix are kept by the second condition.
//
// Source: J. Francis, "The QR Transformation, Part 2", Computer Journal 4, 1962; Golub and Van Loan, "Matrix Computations",
// 4th ed., 7.5; M. Ahues, F. Tisseur, "A New Deflation Criterion for the QR Algorithm", LAPACK Working Note 122, 1997;
// LAPACK's lahqr.
#include <limits>

#include "core/interrupt.hpp"
#include "linalg/qr_shifts.hpp"
#include "linalg/small_reflector.hpp"

namespace mlcore::linalg {
namespace {

inline constexpr index iterations_per_eigenvalue = 30;

// The shifts: those of the trailing block, or exceptional ones. Two real ones: the one nearer to the corner, twice.
template <class T>
ShiftPair<T> choose_shifts(Matrix<T> H, index first, index last, index iteration) noexcept {
    T a = H(last - 1, last - 1), b = H(last - 1, last), c = H(last, last - 1), d = H(last, last);
    if (iteration % 20 == 10) {  // from the bottom
        const T s = std::fabs(c) + (last - 2 >= first ? std::fabs(H(last - 1, last - 2)) : T(0));
        a = d = T(0.75) * s + d, b = T(-0.4375) * s, c = s;
    } else if (iteration % 20 == 0 && iteration > 0) {  // from the top
        const T s = std::fabs(H(first + 1, first)) + (first + 2 <= last ? std::fabs(H(first + 2, first + 1)) : T(0));
        a = d = T(0.75) * s + H(first, first), b = T(-0.4375) * s, c = s;
    }
    const T size = std::fabs(a) + std::fabs(b) + std::fabs(c) + std::fabs(d);
    if (size == T(0)) return {};
    a /= size, b /= size, c /= size, d /= size;
    const T mean = (a + d) / 2, discriminant = (a - mean) * (d - mean) - b * c, root = std::sqrt(std::fabs(discriminant));
    if (discriminant >= T(0)) return {mean * size, mean * size, root * size, -root * size};
    const T one = mean + root, other = mean - root, nearer = std::fabs(one - d) <= std::fabs(other - d) ? one : other;
    return {nearer * size, nearer * size, T(0), T(0)};
}

// The sweep may begin at row m instead of `first` if the two subdiagonal elements there are small together.
template <class T>
index first_row_of_sweep(Matrix<T> H, index first, index last, const ShiftPair<T>& shifts, T (&x)[3]) noexcept {
    constexpr T eps = std::numeric_limits<T>::epsilon();
    for (index m = last - 2; m >= first; --m) {
        first_column(H, m, shifts, x);
        if (m == first) break;
        const T beside = std::fabs(H(m, m - 1)) * (std::fabs(x[1]) + std::fabs(x[2]));
        const T diagonal = std::fabs(H(m - 1, m - 1)) + std::fabs(H(m, m)) + std::fabs(H(m + 1, m + 1));
        if (beside <= eps * std::fabs(x[0]) * diagonal) return m;
    }
    return first;
}

// One sweep over rows first ... last.
template <class T>
void sweep(const SchurWork<T>& work, index first, index last, const ShiftPair<T>& shifts) noexcept {
    const Matrix<T> H = work.H;
    const index top = work.first_row(first), end = work.end_col(last + 1);
    T x[3] = {};
    const index m = first_row_of_sweep(H, first, last, shifts, x);
    for (index k = m; k < last; ++k) {
        const bool three = k + 2 <= last;
        if (k > m) x[0] = H(k, k - 1), x[1] = H(k + 1, k - 1), x[2] = three ? H(k + 2, k - 1) : T(0);
        T beta;
        const SmallReflector<T> h = make_small_reflector(x[0], x[1], x[2], beta);
        if (k > m) {
            H(k, k - 1) = beta, H(k + 1, k - 1) = T(0);
            if (three) H(k + 2, k - 1) = T(0);
        } else if (m > first) {
            H(k, k - 1) *= T(1) - h.t0;  // its fill below is negligible
        }
        if (three) {
            reflect_rows<3>(h, H, k, k, end);
            reflect_columns<3>(h, H, k, top, k + 3 <= last ? k + 4 : last + 1);
            reflect_rows<3>(h, work.Qt, k, 0, work.Qt.cols);
        } else {
            reflect_rows<2>(h, H, k, k, end);
            reflect_columns<2>(h, H, k, top, last + 1);
            reflect_rows<2>(h, work.Qt, k, 0, work.Qt.cols);
        }
    }
}

}  // namespace

template <class T>
Status francis(const SchurWork<T>& work, Range range) noexcept {
    const Matrix<T> H = work.H;
    index last = range.hi - 1, left = iterations_per_eigenvalue * std::max(index(10), range.hi - range.lo), iteration = 0;
    while (last >= range.lo) {
        const index first = active_block(H, range.lo, last);
        if (first > range.lo) H(first, first - 1) = T(0);
        if (first >= last - 1) {
            if (first == last - 1) standardise_block(work, first);
            last = first - 1;
            iteration = 0;
            continue;
        }
        if (left-- == 0) return Status::not_converged;
        poll_interrupt();
        if (interrupted()) return Status::interrupted;
        sweep(work, first, last, choose_shifts(H, first, last, iteration++));
    }
    return Status::ok;
}

template Status francis<float>(const SchurWork<float>&, Range) noexcept;
template Status francis<double>(const SchurWork<double>&, Range) noexcept;

}  // namespace mlcore::linalg
