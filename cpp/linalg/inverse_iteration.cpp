// correct_eigenvectors: eigenvectors whose equation balancing spoiled, once more by inverse iteration.
//
// START READING at `correct_eigenvectors` at the end of the file.
//
// Vectors x of the balanced matrix B = D^-1 A D have ||B x - w x|| of a few eps ||B||, but ||A v - w v|| of v = D x can be
// as many eps times d_i / d_j. So what came out is looked at, r = A v - w v for all columns by one product, and where
// ||r|| exceeds a few n eps ||A||, the vector is found anew from A itself:
//
//     A = Q H Q^T  (Hessenberg, without balancing, once),     P (H - w I) = L U,     U z = (1 ... 1)^T,     v := Q z / ||z||
//
// One step of inverse iteration, from the start P^T L (1 ... 1)^T. U is singular but for rounding, so that ||z|| is some
// 1 / (eps ||H||), and the residual the inverse of that. What was found before is no good start: where w is ill-conditioned
// in A, the right vector has next to nothing of the left one, along which the inverse is large. If the sum happens
// to be small, other starts are tried. w is kept; of all vectors the one with the smallest residual.
//
//     elimination of H - w I: row k is the better of what is left of the rows k and k + 1 (partial pivoting)
//
// Contract: max |a_ij| between 1 and 2 (eig.cpp scales); v of norm 1. Flops 2 n^3 to look, and where that finds something,
// 14/3 n^3 for H and Q, and for each vector 4 n^2 and 4 n^2 to go to Q and back (complex: 4 times as many).
//
// Source: I. Ipsen, "Computing an Eigenvector with Inverse Iteration", SIAM Review 39(2), 1997; D. Watkins, "A Case Where Balancing
// is Harmful", ETNA 23, 2006; LAPACK's hsein.
#include <cmath>
#include <complex>
#include <limits>
#include <utility>

#include "blas/blas.hpp"
#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "core/parallel.hpp"
#include "linalg/complex_arithmetic.hpp"
#include "linalg/nonsymmetric.hpp"

namespace mlcore::linalg {
namespace {

constexpr index most_starts = 4;
constexpr double allowed = 4;  // of ||A v - w v||, in units of n eps ||A||_F; balanced vectors of other matrices have less

template <class T>
T norm_of(const T* z, index n) {
    return blas::nrm2<T>({z, n, 1});
}
template <class T>
T norm_of(const std::complex<T>* z, index n) {
    return blas::nrm2<T>({reinterpret_cast<const T*>(z), 2 * n, 1});  // the standard lets complex numbers be read so
}

// ||H z - w z||.
template <class T, class N>
T residual(Matrix<const T> H, N w, const N* z, N* room) {
    const index n = H.rows;
    for (index i = 0; i < n; ++i) {
        N sum = -product(w, z[i]);
        for (index j = i > 0 ? i - 1 : 0; j < n; ++j) sum += H(i, j) * z[j];
        room[i] = sum;
    }
    return norm_of(room, n);
}

// P (H - w I) = L U, of which U alone is kept; its pivots are no smaller than `smallest`.
template <class T, class N>
void eliminate_hessenberg(Matrix<const T> H, N w, T smallest, Matrix<N> U) noexcept {
    const index n = H.rows;
    for (index j = 0; j < n; ++j) U(0, j) = H(0, j);
    U(0, 0) -= w;
    for (index k = 0; k < n; ++k) {
        N* top = U.data + k * U.row_stride;
        if (k + 1 == n) {
            top[k] = at_least(top[k], smallest);
            break;
        }
        N* next = top + U.row_stride;
        for (index j = k; j < n; ++j) next[j] = H(k + 1, j);
        next[k + 1] -= w;
        if (size_of(next[k]) > size_of(top[k]))
            for (index j = k; j < n; ++j) std::swap(top[j], next[j]);
        top[k] = at_least(top[k], smallest);
        const N multiplier = quotient(next[k], top[k]);
        for (index j = k + 1; j < n; ++j) next[j] -= product(multiplier, top[j]);
    }
}

// z <- U^-1 z.
template <class N>
void substitute_back(Matrix<const N> U, N* z) noexcept {
    for (index i = U.rows - 1; i >= 0; --i) {
        N sum = z[i];
        for (index j = i + 1; j < U.rows; ++j) sum -= product(U(i, j), z[j]);
        z[i] = quotient(sum, U(i, i));
    }
}

// z becomes a vector of norm 1 with a smaller ||H z - w z||; false, and z as it was, if none is found.
template <class T, class N>
bool improve(Matrix<const T> H, N w, T limit, N* z) {
    const index n = H.rows;
    const T ones = T(1) / std::sqrt(T(n));
    Lease<N> store(n * n + 2 * n);
    N *U = store.data(), *next = U + n * n, *room = next + n;
    eliminate_hessenberg(H, w, limit / T(n), row_major(U, n, n));
    T best = residual(H, w, z, room);
    bool better = false;
    for (index start = 0; start < most_starts && start <= n && !(best <= limit); ++start) {
        for (index i = 0; i < n; ++i) next[i] = N(i == n - start ? ones - 1 : ones);
        substitute_back<N>(row_major<const N>(U, n, n), next);
        const T length = norm_of(next, n);
        if (!(length > T(0) && length <= std::numeric_limits<T>::max())) continue;
        for (index i = 0; i < n; ++i) next[i] = next[i] / length;
        const T found = residual(H, w, next, room);
        if (!(found < best)) continue;
        best = found, better = true;
        for (index i = 0; i < n; ++i) z[i] = next[i];
    }
    return better;
}

// The vector in column j of V, or in the columns j and j + 1, by way of H.
template <class T>
void correct(Matrix<const T> H, Matrix<const T> Qt, T re, T im, T limit, index j, Matrix<T> V) {
    const index n = H.rows;
    Lease<T> room(4 * n);
    const Vector<T> x{room.data(), n, 1}, y{x.data + n, n, 1}, z{y.data + n, 2 * n, 1};
    blas::gemv<T>(T(1), Qt, V.col(j), T(0), x);
    if (im == T(0)) {
        if (improve<T, T>(H, re, limit, x.data)) blas::gemv<T>(T(1), Qt.transposed(), x, T(0), V.col(j));
        return;
    }
    blas::gemv<T>(T(1), Qt, V.col(j + 1), T(0), y);
    for (index i = 0; i < n; ++i) z[2 * i] = x[i], z[2 * i + 1] = y[i];
    if (!improve<T, std::complex<T>>(H, {re, im}, limit, reinterpret_cast<std::complex<T>*>(z.data))) return;
    for (index i = 0; i < n; ++i) x[i] = z[2 * i], y[i] = z[2 * i + 1];
    blas::gemv<T>(T(1), Qt.transposed(), x, T(0), V.col(j));
    blas::gemv<T>(T(1), Qt.transposed(), y, T(0), V.col(j + 1));
}

}  // namespace

// A: scaled, not balanced. V: contiguous rows; columns of norm 1, a pair's together. H, Qt: n x n, for the work.
template <class T>
Status correct_eigenvectors(MatrixIn<T> A, const T* re, const T* im, Matrix<T> V, Matrix<T> H, Matrix<T> Qt) {
    const index n = A.rows;
    blas::gemm<T>(T(1), A, V, T(0), H);
    Lease<double> squares(n);
    double norm = 0;
    for (index j = 0; j < n; ++j) squares[j] = 0;
    for (index i = 0; i < n; ++i)
        for (index j = 0; j < n; ++j) {
            // A (x + i y) - (re + i im)(x + i y); column j + 1 is y, and has -im
            const double other = im[j] == T(0) ? 0 : double(im[j]) * double(V(i, im[j] > T(0) ? j + 1 : j - 1));
            const double r = double(H(i, j)) - double(re[j]) * double(V(i, j)) + other;
            squares[j] += r * r;
            norm += double(A(i, j)) * double(A(i, j));
        }
    const T limit = T(allowed * double(n) * double(std::numeric_limits<T>::epsilon()) * std::sqrt(norm));
    Lease<index> bad(n);
    index count = 0;
    for (index j = 0; j < n; ++j)
        if (im[j] >= T(0) && squares[j] + (im[j] > T(0) ? squares[j + 1] : 0) > double(limit) * double(limit)) bad[count++] = j;
    if (count == 0 || interrupted()) return interrupted() ? Status::interrupted : Status::ok;

    blas::copy<T>(A, H);
    const Status status = hessenberg_form<T>(H, {0, n}, true, Qt);
    if (status != Status::ok) return status;
    parallel_for_work(count, 10 * double(count) * double(n) * double(n),
                      [&](index i, int) { correct<T>(H, Qt, re[bad[i]], im[bad[i]], limit, bad[i], V); });
    return interrupted() ? Status::interrupted : Status::ok;
}

template Status correct_eigenvectors<float>(Matrix<const float>, const float*, const float*, Matrix<float>, Matrix<float>, Matrix<float>);
template Status correct_eigenvectors<double>(Matrix<const double>, const double*, const double*, Matrix<double>, Matrix<double>,
                                             Matrix<double>);

}  // namespace mlcore::linalg
