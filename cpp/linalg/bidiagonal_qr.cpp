// bidiagonal_qr: singular values and vectors of an upper bidiagonal matrix by the implicit QR iteration,  B = X diag(s) Y^T.
//
// One sweep is a step of the shifted QR iteration on B B^T, without forming it: a first rotation of the last two rows of B
// makes a bulge beside the diagonal, and rotations of columns and rows in turn chase it up and out:
//
//     d e . .        d e . .        d e . .        d e + .             rows i-1, i:  X;   columns i-1, i:  Y
//     . d e .   ->   . d e +   ->   . d e .   ->   . d e .   -> ...
//     . . d e        . . d e        . + d e        . . d e
//     . . . d        . . + d        . . . d        . . . d
//
// e at the top of the block then goes to zero cubically, and d there to a singular value. With shift 0 the two rotations of a
// step merge into one that subtracts nothing ("implicit zero-shift QR"), so that a block with a tiny or zero singular value
// gives it up without loss. It is used while the smallest singular value is below 1 / 100 n of the largest element, where a shift
// can drown in rounding on its way up and the iteration stand still; without a shift it converges the faster the smaller
// that value is.
//
//     negligible:  |e_i| <= eps max( sqrt(|d_i d_{i+1}|), ||B|| / 16 )
//
// The rotations are recorded and applied to the rows of Ut and Vt by the hundred (rotations.cpp). About 2 sweeps for each singular
// value. Cap: 30 n sweeps.
//
// Source: J. Demmel, W. Kahan, "Accurate Singular Values of Bidiagonal Matrices", SIAM J. Sci. Stat. Comput. 11(5), 1990; the
// arrangement is that of LAPACK's bdsqr, chasing upwards always.
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/interrupt.hpp"
#include "linalg/bidiagonal.hpp"
#include "linalg/rotations.hpp"

namespace mlcore::linalg {
namespace {

inline constexpr index sweeps_per_value = 30;

struct Rotation {
    double c, s, r;  // (c s; -s c) (f, g)^T = (r, 0)^T
};

// Nothing over- or underflows to harm: B is of order 1, and what is below 1e-280 is negligible.
inline Rotation rotation_of(double f, double g) noexcept {
    if (g == 0) return {1, 0, f};
    const double squares = f * f + g * g, r = squares > 1e-280 ? std::sqrt(squares) : std::hypot(f, g);
    return {f / r, g / r, r};
}

// The smaller singular value of the triangle (f g; 0 h): |f h| / (the larger one).
inline double smaller_value(double f, double g, double h) noexcept {
    f = std::fabs(f), g = std::fabs(g), h = std::fabs(h);
    const double big = std::fmax(f, h), small = std::fmin(f, h);
    if (small == 0) return 0;
    // sigma_max + sigma_min = hypot(f + h, g),   sigma_max - sigma_min = hypot(f - h, g)
    const double sigma_max = (std::hypot(f + h, g) + std::hypot(f - h, g)) / 2;
    return big / sigma_max * small;
}

// Sweeps over rows l ... m of B. c, s of the rotations of rows and of columns go to `rows` and `columns`.
template <class T>
void sweep_shifted(index l, index m, double shift, double* d, double* e, T* rows, T* columns) noexcept {
    double f = (std::fabs(d[m]) - shift) * (std::copysign(1.0, d[m]) + shift / d[m]), g = e[m - 1];
    for (index i = m; i > l; --i) {
        const Rotation row = rotation_of(f, g);
        if (i < m) e[i] = row.r;
        f = row.c * d[i] + row.s * e[i - 1];
        e[i - 1] = row.c * e[i - 1] - row.s * d[i];
        g = row.s * d[i - 1];
        d[i - 1] = row.c * d[i - 1];
        const Rotation column = rotation_of(f, g);
        d[i] = column.r;
        f = column.c * e[i - 1] + column.s * d[i - 1];
        d[i - 1] = column.c * d[i - 1] - column.s * e[i - 1];
        if (i > l + 1) {
            g = column.s * e[i - 2];
            e[i - 2] = column.c * e[i - 2];
        }
        *rows++ = T(row.c), *rows++ = T(row.s);
        *columns++ = T(column.c), *columns++ = T(column.s);
    }
    e[l] = f;
}

template <class T>
void sweep_unshifted(index l, index m, double* d, double* e, T* rows, T* columns) noexcept {
    Rotation row{1, 0, 0}, column{1, 0, 0};
    for (index i = m; i > l; --i) {
        row = rotation_of(d[i] * row.c, e[i - 1]);
        if (i < m) e[i] = column.s * row.r;
        column = rotation_of(column.c * row.r, d[i - 1] * row.s);
        d[i] = column.r;
        *rows++ = T(row.c), *rows++ = T(row.s);
        *columns++ = T(column.c), *columns++ = T(column.s);
    }
    const double h = d[l] * row.c;
    d[l] = h * column.c;
    e[l] = h * column.s;
}

// Whether rows l ... m have a singular value much smaller than their largest element, from the lower bound
// min mu_i,  mu_m = |d_m|,  mu_i = |d_i| mu_{i+1} / (mu_{i+1} + |e_i|)   (Demmel and Kahan, section 4).
inline bool nearly_singular(index l, index m, const double* d, const double* e) noexcept {
    double mu = std::fabs(d[m]), smallest = mu, largest = mu;
    for (index i = m - 1; i >= l; --i) {
        largest = std::fmax(largest, std::fmax(std::fabs(d[i]), std::fabs(e[i])));
        mu = mu == 0 ? 0 : std::fabs(d[i]) * (mu / (mu + std::fabs(e[i])));
        smallest = std::fmin(smallest, mu);
    }
    return 100 * double(m - l + 1) * smallest <= largest;
}

}  // namespace

// Contract: max |d|, |e| of order 1, or all zero.
template <class T>
Status bidiagonal_qr(index n, double* d, double* e, Matrix<T> Ut, Matrix<T> Vt) {
    constexpr double eps = double(std::numeric_limits<T>::epsilon());
    double norm = 0;
    for (index i = 0; i < n; ++i) norm = std::max({norm, std::fabs(d[i]), std::fabs(e[i])});
    RotationRecorder<T> row_rotations(n, Ut), column_rotations(n, Vt);
    index sweeps_left = sweeps_per_value * n;
    for (index l = 0; l < n; ++l) {
        for (;;) {
            index m = l;  // rows l ... m hang together
            for (; m + 1 < n; ++m)
                if (std::fabs(e[m]) <= eps * std::max(std::sqrt(std::fabs(d[m]) * std::fabs(d[m + 1])), norm / 16)) break;
            if (m + 1 < n) e[m] = 0;
            if (m == l) break;
            if (sweeps_left-- == 0) return Status::not_converged;
            poll_interrupt();
            if (interrupted()) return Status::interrupted;
            const double shift = nearly_singular(l, m, d, e) ? 0 : smaller_value(d[l], e[l], d[l + 1]);
            const double share = shift == 0 ? 0 : shift / d[m];
            T *rows = row_rotations.begin(l, m), *columns = column_rotations.begin(l, m);
            if (share * share < eps)
                sweep_unshifted(l, m, d, e, rows, columns);
            else
                sweep_shifted(l, m, shift, d, e, rows, columns);
        }
    }
    row_rotations.apply();
    column_rotations.apply();
    for (index i = 0; i < n; ++i) {
        if (!(d[i] < 0)) continue;
        d[i] = -d[i];
        for (index j = 0; j < Vt.cols; ++j) Vt(i, j) = -Vt(i, j);
    }
    return interrupted() ? Status::interrupted : Status::ok;
}

template Status bidiagonal_qr<float>(index, double*, double*, Matrix<float>, Matrix<float>);
template Status bidiagonal_qr<double>(index, double*, double*, Matrix<double>, Matrix<double>);

}  // namespace mlcore::linalg
