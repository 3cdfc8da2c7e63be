// The parts of eig and schur, in the order of their use. Each is defined in the file of its name.
//
// Common contract: matrices of order 1 (the drivers scale by a power of two), square, with contiguous rows. Of an orthogonal
// Q its transpose is kept, so that columns of Q are rows in memory. A part marked [lo, hi) reads and changes the rest of
// the matrix only as the similarity demands; outside [lo, hi) the matrix is triangular already.
#pragma once

#include "linalg/linalg.hpp"

namespace mlcore::linalg {

struct Range {
    index lo, hi;
};

// balance.cpp: A <- D^-1 P^T A P D. Rows and columns outside the result's range are isolated: triangular.
// exchange[i], scale[i]: n numbers each, for `undo_balance`, which gives V <- P D V.
template <class T>
Range balance(Matrix<T> A, index* exchange, T* scale);
template <class T>
void undo_balance(Range range, const index* exchange, const T* scale, Matrix<T> V) noexcept;

// hessenberg_reduction.cpp: A <- Q^T A Q, upper Hessenberg, Q = H_lo H_lo+1 ... Row k of Vt (n x n) becomes the reflector v_k.
template <class T>
Status reduce_to_hessenberg(Matrix<T> A, Range range, Matrix<T> Vt, T* taus);
// Qt <- Q^T. Vt and taus as left by the reduction.
template <class T>
void form_hessenberg_q(Range range, Matrix<T> Vt, const T* taus, Matrix<T> Qt);

// eig.cpp: both at once; Qt only with with_q.
template <class T>
Status hessenberg_form(Matrix<T> H, Range range, bool with_q, Matrix<T> Qt);

// What the iteration works on: H = Q T Q^T. With `whole` all of T is wanted, else only its eigenvalues. Qt: T's row and
// column i are row i of Qt; it may have no columns.
template <class T>
struct SchurWork {
    Matrix<T> H, Qt;
    bool whole;

    index first_row(index lo) const noexcept { return whole ? 0 : lo; }  // that a change of columns in [lo, hi) concerns
    index end_col(index hi) const noexcept { return whole ? H.cols : hi; }
};

// francis.cpp: the double-shift QR iteration, for small blocks. [lo, hi) becomes quasi-triangular, its 2 x 2 blocks standard.
template <class T>
Status francis(const SchurWork<T>& work, Range range) noexcept;

// hessenberg_qr.cpp: the same for any size, by small-bulge multishift sweeps and aggressive early deflation.
template <class T>
Status hessenberg_qr(const SchurWork<T>& work, Range range);

// aggressive_deflation.cpp: deflates what converged in the trailing window of `size` rows.
struct Deflation {
    index deflated, shifts;  // rows found converged; shifts written
    Status status;
};
// re, im: room for `size` shifts; conjugate pairs are neighbours.
template <class T>
Deflation deflate_aggressively(const SchurWork<T>& work, Range range, index size, T* re, T* im);

// multishift_sweep.cpp: one QR sweep with `count` pairs of shifts, conjugate or both real.
template <class T>
void multishift_sweep(const SchurWork<T>& work, Range range, index count, const T* re, const T* im);

// exchange_blocks.cpp: exchanges the diagonal blocks of orders p and q (1 or 2) that begin at row j. False: they are too close.
template <class T>
bool exchange_blocks(const SchurWork<T>& work, index j, index p, index q);

// triangular_eigenvectors.cpp: T X = X W for quasi-triangular T, and V = Q X, columns of norm 1: a real one for a real
// eigenvalue, the real and the imaginary part for a pair. After undoing the balance, `normalise_eigenvectors` once more.
template <class T>
Status triangular_eigenvectors(MatrixIn<T> S, const T* re, const T* im, MatrixIn<T> Qt, Matrix<T> V);
template <class T>
void normalise_eigenvectors(const T* im, Matrix<T> V);

// inverse_iteration.cpp: vectors that do not satisfy A v = w v to rounding are found anew, from A as it was before balancing.
template <class T>
Status correct_eigenvectors(MatrixIn<T> A, const T* re, const T* im, Matrix<T> V, Matrix<T> H, Matrix<T> Qt);

}  // namespace mlcore::linalg
