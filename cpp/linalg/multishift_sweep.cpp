// multishift_sweep: one implicit QR sweep with many shifts, as a chain of small bulges.
//
// A single bulge with many shifts would blur them; so each pair of shifts has a bulge of its own (as in francis.cpp), and they
// follow one another three rows apart:
//
//           w0            w1
//        | . above  . . . | right
//     w0 |   b b h h h h h|            Bulges are moved within the window [w0, w1) first, the leading one to its end, the
//        |   b b b h h h h|            others behind it; only the window's own elements are changed. The reflections are
//        |         b b h h|            recorded, and then applied to the rows right of the window, to the columns above it, and
//        |         b b b h|            to Q: long chains of work without a branch (reflector_chains.cpp), which is where
//        |               h|            the flops are. The next window begins at the last bulge.
//
// Flops 10 for each element, reflection and side: 20 n^2 for each pair of shifts with T and Q. The window of a few dozen rows and
// its stripe stay in L1.
//
// Source: K. Braman, R. Byers, R. Mathias, "The Multishift QR Algorithm, Part I: Maintaining Well-Focused Shifts and Level 3
// Performance", SIAM J. Matrix Anal. Appl. 23(4), 2002; LAPACK's laqr5.
#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "linalg/qr_shifts.hpp"
#include "linalg/reflector_chains.hpp"

namespace mlcore::linalg {
namespace {

// Rows of a window for each bulge: three that it needs, and as many to move on.
inline constexpr index window_per_bulge = 6;

// The next reflection of a bulge, at row r: the first one at row lo. Applied within [w0, w1).
template <class T>
SmallReflector<T> chase(Matrix<T> H, Range range, Range window, index r, const ShiftPair<T>& shifts) noexcept {
    const bool three = r + 2 < range.hi;
    T x[3], beta;
    if (r == range.lo)
        first_column(H, r, shifts, x);
    else
        x[0] = H(r, r - 1), x[1] = H(r + 1, r - 1), x[2] = three ? H(r + 2, r - 1) : T(0);
    const SmallReflector<T> h = make_small_reflector(x[0], x[1], x[2], beta);
    if (r > range.lo) {
        H(r, r - 1) = beta, H(r + 1, r - 1) = T(0);
        if (three) H(r + 2, r - 1) = T(0);
    }
    if (three) {
        reflect_rows<3>(h, H, r, r, window.hi);
        reflect_columns<3>(h, H, r, window.lo, std::min(r + 4, range.hi));
    } else {
        reflect_rows<2>(h, H, r, r, window.hi);
        reflect_columns<2>(h, H, r, window.lo, range.hi);
    }
    return h;
}

}  // namespace

// re, im: 2 count shifts, pair by pair. The range must have more than two rows.
template <class T>
void multishift_sweep(const SchurWork<T>& work, Range range, index count, const T* re, const T* im) {
    const Matrix<T> H = work.H, Qt = work.Qt;
    const index window_rows = window_per_bulge * count + 4, end = range.hi - 1;
    const index top = work.first_row(range.lo), right = work.end_col(range.hi);
    Lease<SmallReflector<T>> recorded(count * window_rows);
    Lease<Chain<T>> chains(count);
    Lease<index> at(count);  // where the next reflection of each bulge acts
    for (index bulge = 0; bulge < count; ++bulge) at[bulge] = range.lo;

    for (index leading = 0; leading < count;) {
        const index w0 = std::max(range.lo, at[count - 1] - 1), w1 = std::min(w0 + window_rows, range.hi);
        const index farthest = w1 == range.hi ? end : w1 - 3;
        SmallReflector<T>* h = recorded.data();
        for (index bulge = leading; bulge < count; ++bulge) {
            const index stop = bulge == leading || at[bulge - 1] == end ? farthest : at[bulge - 1] - 3, first = at[bulge];
            const ShiftPair<T> shifts{re[2 * bulge], re[2 * bulge + 1], im[2 * bulge], im[2 * bulge + 1]};
            chains[bulge - leading] = {first - w0, std::max(index(0), stop - first), stop == end && first < end, h};
            for (; at[bulge] < stop; ++at[bulge]) *h++ = chase(H, range, {w0, w1}, at[bulge], shifts);
        }
        const Matrix<T> beside[] = {H.block(w0, w1, w1 - w0, right - w1), H.block(top, w0, w0 - top, w1 - w0).transposed(),
                                    Qt.block(w0, 0, w1 - w0, Qt.cols)};
        apply_chains<T>(chains.data(), count - leading, beside, 3);
        while (leading < count && at[leading] == end) ++leading;
        poll_interrupt();
        if (interrupted()) return;
    }
}

template void multishift_sweep<float>(const SchurWork<float>&, Range, index, const float*, const float*);
template void multishift_sweep<double>(const SchurWork<double>&, Range, index, const double*, const double*);

}  // namespace mlcore::linalg
