// tridiagonal_values: the eigenvalues of a symmetric tridiagonal matrix alone, by the QL iteration without square roots.
//
// Without vectors only squares of the rotations are needed, and only squares of the off-diagonal elements: b_i = e_i^2, and for
// rotation i  C = c^2, S = s^2,  gamma = the diagonal element in between, p = gamma^2 / C:
//
//     r = p + b_i       C = p / r,  S = b_i / r       gamma' = C (d_i - sigma) - S gamma        p' = gamma'^2 r / p
//
// The two quotients p / r and r / p do not wait for each other, so that a rotation takes one division, two fused multiply-adds
// and two products, one after the other. Shift, order and end of the iteration are those of tridiagonal_ql. About 1.1 n^2
// rotations.
//
// Source: B. Parlett, "The Symmetric Eigenvalue Problem", 8.14-8.15 (Pal, Walker and Kahan); LAPACK's sterf.
#include <cmath>
#include <limits>

#include "core/interrupt.hpp"
#include "linalg/tridiagonal.hpp"

namespace mlcore::linalg {
namespace {

inline constexpr index sweeps_per_eigenvalue = 30;

// One step on rows l ... m with shift sigma. b[k] couples d[k-1] and d[k].
void sweep(index l, index m, double sigma, double* d, double* b) noexcept {
    double S = 0, gamma = d[m] - sigma, p = gamma * gamma, C = 1;
    for (index i = m - 1; i >= l; --i) {
        const double next = b[i + 1], r = p + next, before = C, old = gamma;
        if (i + 1 < m) b[i + 2] = S * r;
        C = p / r;
        S = next / r;
        gamma = C * (d[i] - sigma) - S * old;
        d[i + 1] = old + (d[i] - gamma);
        p = C > 1e-290 ? gamma * gamma * (r / p) : before * next;  // the limit for C = 0
    }
    b[l + 1] = S * p;
    d[l] = sigma + gamma;
}

}  // namespace

Status tridiagonal_values(index n, double* d, double* e, double eps) noexcept {
    constexpr double tiny = std::numeric_limits<double>::min();
    double* b = e;
    for (index i = 1; i < n; ++i) b[i] *= b[i];
    index sweeps_left = sweeps_per_eigenvalue * n;
    for (index l = 0; l < n; ++l) {
        for (;;) {
            index m = l;  // rows l ... m hang together
            for (; m + 1 < n; ++m)
                if (b[m + 1] <= eps * eps * std::fabs(d[m]) * std::fabs(d[m + 1]) + tiny) break;
            if (m + 1 < n) b[m + 1] = 0;
            if (m == l) break;
            if (sweeps_left-- == 0) return Status::not_converged;
            poll_interrupt();
            if (interrupted()) return Status::interrupted;
            sweep(l, m, wilkinson_shift(d[l], std::sqrt(b[l + 1]), d[l + 1]), d, b);
        }
    }
    return Status::ok;
}

}  // namespace mlcore::linalg
