// eig, schur, hessenberg: what a real square matrix becomes by similarity.
//
//     eig           A V = V diag(w)                          w and V complex in general, conjugate pairs side by side
//     schur         A = Z T Z^T,  Z^T Z = I                  T quasi-triangular: 2 x 2 blocks for conjugate pairs
//     hessenberg    A = Q H Q^T,  Q^T Q = I                  H zero below the subdiagonal
//
// START READING HERE; the steps stand in the files of their names:
//
//     scale                       by a power of two, so that max |a_ij| is between 1 and 2    (exact; no overflow at 1e200)
//     balance                     powers of two that even out rows and columns; eig only      a few n^2 flops
//     reduce_to_hessenberg        A = Q H Q^T                                                 10/3 n^3
//     form_hessenberg_q           Q^T, written out                                            4/3 n^3
//     hessenberg_qr               H = Z T Z^T, Q^T <- Z^T Q^T                                 about 15 n^3
//     triangular_eigenvectors     T X = X W, V = (Q Z) X                                      4/3 n^3
//     undo_balance, normalise     columns of norm 1, the largest element of a complex one real
//     correct_eigenvectors        those whose equation the balance spoiled                    2 n^3 to look
//
// Errors: T and the eigenvalues are exact for a matrix within a few n eps ||A||_F of A (of the balanced A for eig). An eigenvalue
// itself moves by that over the cosine between its left and right eigenvector; those of a Jordan block of order k by the k-th
// root. ||A v - w v|| is a small multiple of n eps ||A|| for each column of V, however ill-conditioned V is. Balancing that scales
// the elements of v very differently, d_i and d_j, can make it d_i / d_j times as much; such vectors are then corrected.
#include <algorithm>
#include <cmath>
#include <limits>

#include "blas/blas.hpp"
#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "linalg/nonsymmetric.hpp"
#include "linalg/scaling.hpp"
#include "linalg/small_reflector.hpp"

namespace mlcore::linalg {
namespace {

template <class T>
class Square {
public:
    explicit Square(index n) : room_(n * spread_stride<T>(n, 64 / index(sizeof(T)))), n_(n) {}
    Matrix<T> view() noexcept { return {room_.data(), n_, n_, spread_stride<T>(n_, 64 / index(sizeof(T))), 1}; }

private:
    Lease<T> room_;
    index n_;
};

template <class T>
void copy_scaled(Matrix<const T> A, int exponent, Matrix<T> B) noexcept {
    const T scale = std::scalbn(T(1), exponent);
    for (index i = 0; i < A.rows; ++i)
        for (index j = 0; j < A.cols; ++j) B(i, j) = scale * A(i, j);
}

}  // namespace

// H <- Q^T H Q, and Qt <- Q^T if it is wanted.
template <class T>
Status hessenberg_form(Matrix<T> H, Range range, bool with_q, Matrix<T> Qt) {
    Square<T> reflectors(H.rows);
    Lease<T> taus(H.rows);
    const Status status = reduce_to_hessenberg<T>(H, range, reflectors.view(), taus.data());
    if (status != Status::ok) return status;
    if (with_q) form_hessenberg_q<T>(range, reflectors.view(), taus.data(), Qt);
    return interrupted() ? Status::interrupted : Status::ok;
}

// re, im: n. V: n x n with contiguous rows, the columns of a pair holding the real and the imaginary part; or no columns at all.
template <class T>
Status eig(MatrixIn<T> A, T* re, T* im, Matrix<T> V) {
    const index n = A.rows;
    if (n == 0) return Status::ok;
    const T largest = largest_element<T>(A);
    if (!(largest <= std::numeric_limits<T>::max())) return Status::not_finite;
    const int exponent = exponent_of(largest);
    const bool vectors = V.cols > 0;

    Square<T> work(n), transformation(vectors ? n : 0);
    Lease<T> scale(n);
    Lease<index> exchange(n);
    const Matrix<T> H = work.view(), Qt = transformation.view();
    copy_scaled<T>(A, -exponent, H);
    const Range range = balance<T>(H, exchange.data(), scale.data());
    const bool balanced = std::any_of(scale.data(), scale.data() + n, [](T d) { return d != T(1); });
    Status status = hessenberg_form<T>(H, range, vectors, Qt);
    if (status != Status::ok) return status;
    status = hessenberg_qr<T>({H, {Qt.data, n, vectors ? n : 0, Qt.row_stride, 1}, vectors}, range);
    if (status != Status::ok) return status;
    read_eigenvalues(H, {0, n}, re, im);
    if (vectors) {
        status = triangular_eigenvectors<T>(H, re, im, Qt, V);
        if (status != Status::ok) return status;
        undo_balance<T>(range, exchange.data(), scale.data(), V);
        normalise_eigenvectors<T>(im, V);
        if (balanced) {
            Square<T> original(n);
            copy_scaled<T>(A, -exponent, original.view());
            status = correct_eigenvectors<T>(original.view(), re, im, V, H, Qt);
            if (status != Status::ok) return status;
            normalise_eigenvectors<T>(im, V);
        }
    }
    for (index j = 0; j < n; ++j) {
        re[j] = std::scalbn(re[j], exponent);
        if (im[j] == T(0)) continue;
        const T imaginary = std::scalbn(im[j], exponent);  // a pair stays one, or its two columns would be taken for real vectors
        im[j] = imaginary == T(0) ? std::copysign(std::numeric_limits<T>::denorm_min(), im[j]) : imaginary;
    }
    return Status::ok;
}

// S, Z: n x n with contiguous rows.
template <class T>
Status schur(MatrixIn<T> A, Matrix<T> S, Matrix<T> Z) {
    const index n = A.rows;
    if (n == 0) return Status::ok;
    const T largest = largest_element<T>(A);
    if (!(largest <= std::numeric_limits<T>::max())) return Status::not_finite;
    const int exponent = exponent_of(largest);
    Square<T> work(n), transformation(n);
    const Matrix<T> H = work.view(), Qt = transformation.view();
    copy_scaled<T>(A, -exponent, H);
    Status status = hessenberg_form<T>(H, {0, n}, true, Qt);
    if (status != Status::ok) return status;
    status = hessenberg_qr<T>({H, Qt, true}, {0, n});
    if (status != Status::ok) return status;
    copy_scaled<T>(H, exponent, S);
    blas::copy<T>(Qt.transposed(), Z);
    return Status::ok;
}

template <class T>
Status hessenberg(MatrixIn<T> A, Matrix<T> H, Matrix<T> Q) {
    const index n = A.rows;
    if (n == 0) return Status::ok;
    const T largest = largest_element<T>(A);
    if (!(largest <= std::numeric_limits<T>::max())) return Status::not_finite;
    const int exponent = exponent_of(largest);
    Square<T> work(n), transformation(n);
    copy_scaled<T>(A, -exponent, work.view());
    const Status status = hessenberg_form<T>(work.view(), {0, n}, true, transformation.view());
    if (status != Status::ok) return status;
    copy_scaled<T>(work.view(), exponent, H);
    blas::copy<T>(transformation.view().transposed(), Q);
    return Status::ok;
}

template Status hessenberg_form<float>(Matrix<float>, Range, bool, Matrix<float>);
template Status hessenberg_form<double>(Matrix<double>, Range, bool, Matrix<double>);
template Status eig<float>(Matrix<const float>, float*, float*, Matrix<float>);
template Status eig<double>(Matrix<const double>, double*, double*, Matrix<double>);
template Status schur<float>(Matrix<const float>, Matrix<float>, Matrix<float>);
template Status schur<double>(Matrix<const double>, Matrix<double>, Matrix<double>);
template Status hessenberg<float>(Matrix<const float>, Matrix<float>, Matrix<float>);
template Status hessenberg<double>(Matrix<const double>, Matrix<double>, Matrix<double>);

}  // namespace mlcore::linalg
