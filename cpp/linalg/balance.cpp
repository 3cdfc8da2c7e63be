// balance: the similarity  A <- D^-1 P^T A P D  that makes a matrix easier for the QR iteration, exactly.
//
//     P  a permutation that moves isolated eigenvalues to the corners          D  powers of two that make the norms of
//                                                                                 row i and column i alike
//           lo    hi
//        | T  X   Y |      rows of T and U are triangular by themselves:
//        | 0  B   Z |      only B = A[lo:hi, lo:hi] is left to iterate on
//        | 0  0   U |
//
// Errors of the QR iteration are a few eps ||A||. Where A is badly scaled, D can make ||A|| smaller by orders of magnitude, and
// the small eigenvalues better. Norms are Euclidean: with the sum of the absolute values, as EISPACK had it, balancing can
// make a matrix worse whose elements below the subdiagonal are rounding errors (James, Langou and Lowery).
//
// Errors of size eps ||B|| in the balanced matrix B are multiplied by d_i / d_j on the way back to A. Therefore D is dropped
// unless it made the whole norm smaller: otherwise it can only do harm, as for [[0, 1e-3], [1, 3e5]] in single precision.
//
// Each change shrinks the sum of both norms by 5 %, and the loop has a cap, so it ends. A sweep begins with the norms
// of all rows and columns in one pass over the rows; only where they suggest a change is a column walked by itself.
//
// Source: B. Parlett, C. Reinsch, "Balancing a Matrix for Calculation of Eigenvalues and Eigenvectors", Numer. Math. 13, 1969;
// R. James, J. Langou, B. Lowery, "On Matrix Balancing and Eigenvector Computation", arXiv:1401.5766, 2014; LAPACK's gebal.
#include <cmath>
#include <limits>
#include <utility>

#include "blas/blas.hpp"
#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "linalg/nonsymmetric.hpp"

namespace mlcore::linalg {
namespace {

inline constexpr int max_sweeps = 50;
inline constexpr double worthwhile = 0.95;  // as in LAPACK

// No element of D, nor its inverse, is larger: vectors are multiplied by D.
template <class T>
inline constexpr T most = sizeof(T) == 8 ? T(0x1p500) : T(0x1p60f);

// Rows and columns i and k change places.
template <class T>
void exchange_both(Matrix<T> A, index i, index k) noexcept {
    if (i == k) return;
    for (index j = 0; j < A.cols; ++j) std::swap(A(i, j), A(k, j));
    for (index j = 0; j < A.rows; ++j) std::swap(A(j, i), A(j, k));
}

template <class T>
bool is_zero_beside(Vector<T> line, Range range, index diagonal) noexcept {
    for (index j = range.lo; j < range.hi; ++j)
        if (j != diagonal && line[j] != T(0)) return false;
    return true;
}

// Rows without an element beside the diagonal go to the bottom, columns to the left, until there are none.
template <class T>
Range isolate(Matrix<T> A, index* exchange) noexcept {
    Range range{0, A.rows};
    for (index i = range.hi - 1; i >= range.lo && range.hi > 1; --i) {
        if (!is_zero_beside(A.row(i), range, i)) continue;
        exchange_both(A, i, range.hi - 1);
        exchange[--range.hi] = i;
        i = range.hi;  // from the bottom once more: with one column less others may be isolated
        poll_interrupt();
    }
    for (index j = range.lo; j < range.hi && range.hi - range.lo > 1; ++j) {
        if (!is_zero_beside(A.col(j), range, j)) continue;
        exchange_both(A, j, range.lo);
        exchange[range.lo++] = j;
        j = range.lo - 1;
        poll_interrupt();
    }
    return range;
}

// The power of two f for which column * f and row / f are nearest to each other, if that makes them smaller; else 1.
template <class T>
T factor(T column, T row, T largest_column, T largest_row) noexcept {
    constexpr T large = most<T>, small = T(1) / large;
    constexpr T highest = sizeof(T) == 8 ? T(0x1p100) : T(0x1p20f);  // outside the range elements may grow so far
    if (column == T(0) || row == T(0)) return T(1);
    const T before = column + row;
    T f = 1;
    while (2 * column <= row && f < large && 2 * largest_column < highest && row > small)
        f *= 2, column *= 2, largest_column *= 2, row /= 2, largest_row /= 2;
    while (2 * row <= column && f > small && 2 * largest_row < highest && column > small)
        f /= 2, column /= 2, largest_column /= 2, row *= 2, largest_row *= 2;
    return f != T(1) && column + row < T(worthwhile) * before ? f : T(1);
}

template <class T>
T factor_of(Matrix<T> A, Range range, index i) {
    const index size = range.hi - range.lo;
    const Vector<T> row = A.row(i).part(range.lo, size), column = A.col(i).part(range.lo, size);
    return factor<T>(blas::nrm2<T>(column), blas::nrm2<T>(row), blas::amax<T>(A.col(i).part(0, range.hi)),
                     blas::amax<T>(A.row(i).part(range.lo, A.cols - range.lo)));
}

// Squared norms of all rows and columns of the range; rows are read one after another.
template <class T>
void square_norms(Matrix<T> A, Range range, double* rows, double* columns) noexcept {
    for (index i = range.lo; i < range.hi; ++i) columns[i] = 0;
    for (index i = range.lo; i < range.hi; ++i) {
        double sum = 0;
        for (index j = range.lo; j < range.hi; ++j) {
            const double square = double(A(i, j)) * double(A(i, j));
            sum += square;
            columns[j] += square;
        }
        rows[i] = sum;
    }
}

template <class T>
double square_norm(Matrix<T> A, Range range) noexcept {
    double sum = 0;
    for (index i = range.lo; i < range.hi; ++i)
        for (index j = range.lo; j < range.hi; ++j) sum += double(A(i, j)) * double(A(i, j));
    return sum;
}

template <class T>
bool scale_range(Matrix<T> A, Range range, T* scale) {
    Lease<double> rows(A.rows), columns(A.rows);
    bool changed = false;
    square_norms(A, range, rows.data(), columns.data());
    for (index i = range.lo; i < range.hi; ++i) {
        const double row = rows[i], column = columns[i], tiny = 0x1p-960;
        if (row > tiny && column > tiny && row < 3 * column && column < 3 * row && !changed) continue;
        const T f = factor_of(A, range, i);
        if (f == T(1) || scale[i] > most<T> / f || scale[i] < T(1) / most<T> / f) continue;
        scale[i] *= f;
        for (index j = 0; j < A.cols; ++j) A(i, j) /= f;
        for (index j = 0; j < A.rows; ++j) A(j, i) *= f;
        changed = true;
    }
    return changed;
}

}  // namespace

template <class T>
Range balance(Matrix<T> A, index* exchange, T* scale) {
    for (index i = 0; i < A.rows; ++i) exchange[i] = i, scale[i] = T(1);
    const Range range = isolate(A, exchange);
    const double before = square_norm(A, range);
    bool changed = false;
    for (int sweep = 0; sweep < max_sweeps && !interrupted() && scale_range(A, range, scale); ++sweep) {
        changed = true;
        poll_interrupt();
    }
    if (!changed || square_norm(A, range) < worthwhile * before) return range;
    for (index i = 0; i < A.rows; ++i)
        for (index j = 0; j < A.cols; ++j) A(i, j) *= scale[i] / scale[j];
    for (index i = 0; i < A.rows; ++i) scale[i] = T(1);
    return range;
}

// The last exchange is undone first.
template <class T>
void undo_balance(Range range, const index* exchange, const T* scale, Matrix<T> V) noexcept {
    const auto exchange_rows = [&](index i) {
        if (exchange[i] != i)
            for (index j = 0; j < V.cols; ++j) std::swap(V(i, j), V(exchange[i], j));
    };
    for (index i = range.lo; i < range.hi; ++i)
        if (scale[i] != T(1))
            for (index j = 0; j < V.cols; ++j) V(i, j) *= scale[i];
    for (index i = range.lo - 1; i >= 0; --i) exchange_rows(i);
    for (index i = range.hi; i < V.rows; ++i) exchange_rows(i);
}

template Range balance<float>(Matrix<float>, index*, float*);
template Range balance<double>(Matrix<double>, index*, double*);
template void undo_balance<float>(Range, const index*, const float*, Matrix<float>) noexcept;
template void undo_balance<double>(Range, const index*, const double*, Matrix<double>) noexcept;

}  // namespace mlcore::linalg
