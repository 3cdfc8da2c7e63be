// tridiagonal_ql: eigenvalues and eigenvectors of a symmetric tridiagonal matrix by the implicit QL iteration.
//
//     T - sigma I = Q L,   T <- L Q + sigma I = Q^T T Q,         sigma: the eigenvalue of the leading 2 x 2 block of T
//                                                                nearer to its corner (Wilkinson's shift)
//
// without ever forming T - sigma I: one rotation in the last two rows starts a bulge, and a chain of rotations chases it up
// to row l. The last off-diagonal element e_l then converges cubically; when it is negligible beside its neighbours, d_l is
// an eigenvalue and the iteration goes on below it. T falls apart wherever another e_i becomes negligible.
//
//     d0  e1                   e[k] couples d[k-1] and d[k];  negligible:  e^2 <= eps^2 |d d'| + tiny
//     e1  d1  e2
//         e2  d2  ...
//
// d and e are iterated in double also for float matrices (they are 2n of n^2 numbers): a squared float underflows at 1e-19.
// The rotations are recorded and applied to the rows of Zt by the hundred (rotations.cpp).
//
// About 2.2 sweeps for each eigenvalue and 1.1 n^2 rotations in all (random matrices, n = 30 to 200): some 15 n^2 flops for d
// and e, with a square root and two divisions one after the other in each rotation, and 7 n^3 for Zt. The cap is LAPACK's: 30 n
// sweeps.
//
// Source: B. Parlett, "The Symmetric Eigenvalue Problem", 8.12-8.14; the arrangement of the loop is that of EISPACK's tql2
// and LAPACK's steqr.
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/interrupt.hpp"
#include "linalg/rotations.hpp"
#include "linalg/tridiagonal.hpp"

namespace mlcore::linalg {
namespace {

inline constexpr index sweeps_per_eigenvalue = 30;
// sqrt(f^2 + g^2), safe where the squares underflow; nothing overflows here.
inline double length(double f, double g) noexcept {
    const double squares = f * f + g * g;
    return squares > 1e-280 ? std::sqrt(squares) : std::hypot(f, g);
}

// One implicit QL step on rows l ... m. The rotations go to `out`. Returns the row above which it ended: l, unless the
// bulge vanished on the way.
template <class T>
index sweep(index l, index m, double* d, double* e, T* out) noexcept {
    double g = d[m] - wilkinson_shift(d[l], e[l + 1], d[l + 1]);
    double s = 1, c = 1, p = 0;
    for (index i = m - 1; i >= l; --i) {
        const double f = s * e[i + 1], b = c * e[i + 1];
        const double r = length(f, g);
        if (i + 1 < m) e[i + 2] = r;
        if (r == 0) {  // T splits here by itself
            d[i + 1] -= p;
            return i + 1;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        const double q = (d[i] - g) * s + 2 * c * b;
        p = s * q;
        d[i + 1] = g + p;
        g = c * q - b;
        *out++ = T(c);
        *out++ = T(s);
    }
    d[l] -= p;
    e[l + 1] = g;
    return l;
}

}  // namespace

template <class T>
Status tridiagonal_ql(index n, double* d, double* e, Matrix<T> Zt) {
    constexpr double eps = double(std::numeric_limits<T>::epsilon()), tiny = std::numeric_limits<double>::min();
    RotationRecorder<T> recorder(n, Zt);
    index sweeps_left = sweeps_per_eigenvalue * n;
    for (index l = 0; l < n; ++l) {
        for (;;) {
            index m = l;  // rows l ... m hang together
            for (; m + 1 < n; ++m)
                if (e[m + 1] * e[m + 1] <= eps * eps * std::fabs(d[m]) * std::fabs(d[m + 1]) + tiny) break;
            if (m + 1 < n) e[m + 1] = 0;  // for good, also if d[m] shrinks
            if (m == l) break;
            if (sweeps_left-- == 0) return Status::not_converged;
            poll_interrupt();
            if (interrupted()) return Status::interrupted;
            recorder.cut(sweep(l, m, d, e, recorder.begin(l, m)));
        }
    }
    recorder.apply();
    return interrupted() ? Status::interrupted : Status::ok;
}

template Status tridiagonal_ql<float>(index, double*, double*, Matrix<float>);
template Status tridiagonal_ql<double>(index, double*, double*, Matrix<double>);

}  // namespace mlcore::linalg
