// hessenberg_qr: H = Q T Q^T by the multishift QR iteration with aggressive early deflation.
//
//     START READING HERE
//
//     repeat      active_block            the trailing part that does not fall apart                 qr_shifts.hpp
//                 deflate_aggressively    what converged in its trailing window is split off         aggressive_deflation.cpp
//                 multishift_sweep        with eigenvalues of the rest of the window as shifts       multishift_sweep.cpp
//
// Small blocks have a window as large as themselves, which solves them by the double-shift iteration (francis.cpp). After a window
// that gave a good part of its eigenvalues, the next one is looked at without a sweep. Every sixth sweep without a deflation has
// exceptional shifts, and the cap on windows is 30 for each eigenvalue.
//
// About 7 n^3 flops in sweeps for random matrices, where the plain double-shift iteration takes 25 n^3.
//
// Source: as the parts; LAPACK's laqr0 and iparmq for the strategy.
#include <algorithm>
#include <cmath>

#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "linalg/nonsymmetric.hpp"
#include "linalg/qr_shifts.hpp"

namespace mlcore::linalg {
namespace {

#ifdef MLCORE_TINY_BLOCKS
inline constexpr index solved_at_once = 11;
#else
inline constexpr index solved_at_once = 110;  // below, the window and the bookkeeping cost what the sweeps save
#endif
inline constexpr index windows_per_eigenvalue = 30;
inline constexpr double worth_another_window = 0.14;  // deflated share of the window, as in LAPACK

// Shifts of a sweep over n rows, an even number: more for larger matrices, so that there are few passes over them. The time is
// flat round these: half or twice as many shifts, or a window of 1 to 1.5 times as many rows, cost 10 %.
index shifts_for(index n) noexcept {
#ifdef MLCORE_TINY_BLOCKS
    return n < 20 ? 4 : 6;
#else
    return n < 300 ? 16 : n < 800 ? 24 : 48;
#endif
}

template <class T>
void exceptional_shifts(Matrix<T> H, index last, index count, T* re, T* im) noexcept {
    for (index k = 0; k < count; k += 2) {
        const index i = last - k;
        const T s = std::fabs(H(i, i - 1)) + std::fabs(H(i - 1, i - 2));
        re[k] = re[k + 1] = T(0.75) * s + H(i, i);
        im[k] = T(0.66) * s;  // not those of francis.cpp
        im[k + 1] = -im[k];
    }
}

}  // namespace

template <class T>
Status hessenberg_qr(const SchurWork<T>& work, Range range) {
    const index n = range.hi - range.lo;
    Lease<T> shifts(2 * std::max(n, solved_at_once));
    T *re = shifts.data(), *im = re + std::max(n, solved_at_once);
    index left = windows_per_eigenvalue * std::max(index(10), n), idle = 0;
    for (index hi = range.hi; hi > range.lo;) {
        const index first = active_block(work.H, range.lo, hi - 1), size = hi - first;
        if (first > range.lo) work.H(first, first - 1) = T(0);
        if (left-- == 0) return Status::not_converged;
        poll_interrupt();
        if (interrupted()) return Status::interrupted;

        const index wanted = std::min(shifts_for(size), (size - 1) / 3 / 2 * 2);  // bulges have room
        const index window = size <= solved_at_once ? size : std::min(size, wanted * 5 / 4 + idle * wanted / 4);
        const Deflation found = deflate_aggressively(work, {first, hi}, window, re, im);
        if (found.status != Status::ok) return found.status;
        hi -= found.deflated;
        idle = found.deflated > 0 ? 0 : idle + 1;
        if (hi - first <= solved_at_once || double(found.deflated) > worth_another_window * double(window)) continue;

        index count = std::min(found.shifts, wanted), skipped = found.shifts - count;  // the lower ones of the window are best
        if (idle > 0 && idle % 6 == 0) {
            count = wanted, skipped = 0;
            exceptional_shifts(work.H, hi - 1, count, re, im);
        }
        if (count > 0) multishift_sweep<T>(work, {first, hi}, count / 2, re + skipped, im + skipped);
    }
    return Status::ok;
}

template Status hessenberg_qr<float>(const SchurWork<float>&, Range);
template Status hessenberg_qr<double>(const SchurWork<double>&, Range);

}  // namespace mlcore::linalg
