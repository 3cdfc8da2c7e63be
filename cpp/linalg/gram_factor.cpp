// GramFactor: see gram_factor.hpp. START READING at `factor`.
//
// Cholesky needs no more than k^2 eps small, k the condition number of the columns scaled to length 1; what R is then good for
// is the callers' business. A shift s bounds k by 1 / sqrt(s).
//
// The shift of the source is proven to suffice for the worst rounding errors: 11 (m + n) n eps |A|^2. Such errors do not occur,
// and a large shift makes for more steps: ours starts at the size of errors that do, and grows only while Cholesky fails. In
// float32 a shift gains too little to pay (sqrt(n eps) is 1/100).
//
// Source: T. Fukaya, R. Kannan, Y. Nakatsukasa, Y. Yamamoto, Y. Yanagisawa, "Shifted Cholesky QR for Computing the QR
// Factorization of Ill-Conditioned Matrices", SIAM J. Sci. Comput. 42(1), 2020.
#include "linalg/gram_factor.hpp"

#include <cmath>
#include <limits>

#include "blas/blas.hpp"
#include "simd/vec.hpp"

namespace mlcore::linalg {
namespace {

constexpr index strips = 4;
// The loss eps k^2 up to which no shift is needed, k in the norm of Frobenius, and shifts, relative to the diagonal, of which
// the first is times n eps.
constexpr double largest_loss = 0.01, first_shift = 4, largest_shift = 0.01;
// Of the columns of M, relative to those of R (gram_factor.hpp).
constexpr int largest_growth = 16;

// R^T R = G + shift times the diagonal of G; false if that is not positive definite (or not finite).
template <class T>
bool cholesky_upper(Matrix<const T> G, T shift, Matrix<T> R) {
    blas::copy<T>(G, R);
    for (index j = 0; j < R.rows; ++j) R(j, j) += shift * R(j, j);
    if (cholesky<T>(R) >= 0) return false;  // symmetric: the transposed factor of the lower triangle
    for (index i = 0; i < R.rows; ++i)
        for (index j = 0; j < i; ++j) {
            R(j, i) = R(i, j);
            R(i, j) = T(0);
        }
    return true;
}

template <class T>
void invert(Matrix<const T> R, Matrix<T> inverse) {
    for (index i = 0; i < R.rows; ++i)
        for (index j = 0; j < R.rows; ++j) inverse(i, j) = T(i == j);
    blas::trsm<T>(blas::Side::left, blas::Triangle::upper, blas::Diagonal::stored, R, inverse);
}

template <class T>
T mean_inverse(Matrix<const T> R, Matrix<const T> inverse) noexcept {
    T squares = 0;
    for (index j = 0; j < R.cols; ++j) {
        T column = 0, row = 0;
        for (index i = 0; i <= j; ++i) column += R(i, j) * R(i, j);
        for (index i = j; i < R.cols; ++i) row += inverse(j, i) * inverse(j, i);
        squares += column * row;
    }
    return std::sqrt(squares / T(R.cols));
}

// No column is zero, or so long or short that its products have lost digits to over- or underflow.
template <class T>
bool is_in_range(Matrix<const T> G) noexcept {
    constexpr int far = std::numeric_limits<T>::max_exponent / 3;
    for (index j = 0; j < G.cols; ++j)
        if (!(std::fabs(std::log2(G(j, j))) < 2 * far)) return false;
    return true;
}

}  // namespace

template <class T>
GramFactor<T>::GramFactor(index n)
    : room_(3 * n * round_up(n, simd::lanes<T>)),
      r_{room_.data(), n, n, round_up(n, simd::lanes<T>), 1},  // so that strips of columns begin at whole vectors
      inverse_(r_.shifted(n * r_.row_stride)),
      blocks_(r_.shifted(2 * n * r_.row_stride)),
      condition_(0),
      by_blocks_(false) {}

template <class T>
index GramFactor<T>::strip_width() const noexcept {
    return round_up(ceil_div(r_.cols, strips), simd::lanes<T>);
}

template <class T>
bool GramFactor<T>::factor(Matrix<const T> G, bool may_shift) {
    constexpr T eps = std::numeric_limits<T>::epsilon();
    const T n = T(G.cols);
    if (!is_in_range<T>(G)) return false;
    if (cholesky_upper<T>(G, T(0), r_)) {
        invert<T>(r_, inverse_);
        condition_ = mean_inverse<T>(r_, inverse_);
        if (n * condition_ * n * condition_ * eps <= T(largest_loss)) {
            invert_blocks();
            return true;
        }
    }
    condition_ = std::numeric_limits<T>::infinity();
    if (sizeof(T) == 4 || !may_shift) return false;
    for (T shift = T(first_shift) * n * eps; shift < T(largest_shift); shift *= 10)
        if (cholesky_upper<T>(G, shift, r_)) {
            invert_blocks();
            return true;
        }
    return false;
}

template <class T>
void GramFactor<T>::invert_blocks() {
    const index n = r_.cols, width = strip_width();
    blas::copy<T>(r_, blocks_);
    Lease<T> room(3 * width);
    by_blocks_ = true;
    for (index c = 0; c < n && by_blocks_; c += width) {
        const index w = n - c < width ? n - c : width;
        const Matrix<const T> B = r_.block(c, c, w, w);
        const Matrix<T> I = blocks_.block(c, c, w, w);
        invert<T>(B, I);
        // |B| |B^-1| |B| e_j, and its length against that of column j of R.
        for (index j = 0; j < w; ++j) {
            T *first = room.data(), *second = first + w, squares = 0, length = 0;
            for (index i = 0; i <= j; ++i) {
                first[i] = 0;
                for (index k = i; k <= j; ++k) first[i] += std::fabs(I(i, k) * B(k, j));
            }
            for (index i = 0; i <= j; ++i) {
                second[i] = 0;
                for (index k = i; k <= j; ++k) second[i] += std::fabs(B(i, k)) * first[k];
                squares += second[i] * second[i];
            }
            for (index i = 0; i <= c + j; ++i) length += r_(i, c + j) * r_(i, c + j);
            if (!(squares <= T(largest_growth) * T(largest_growth) * length)) by_blocks_ = false;
        }
    }
}

template <class T>
void GramFactor<T>::divide(Matrix<const T> X, T* room, Matrix<T> Y) const {
    const index n = r_.cols, width = strip_width();
    if (!by_blocks_) {
        if (X.data != Y.data) blas::copy<T>(X, Y);
        blas::trsm<T>(blas::Side::right, blas::Triangle::upper, blas::Diagonal::stored, r_, Y);
        return;
    }
    const Matrix<const T> S = blocks_, Z = Y;
    for (index c = 0; c < n; c += width) {
        const index w = n - c < width ? n - c : width;
        const Matrix<T> W = row_major(room, X.rows, w);
        blas::copy<T>(X.block(0, c, X.rows, w), W);
        if (c > 0) blas::gemm<T>(T(-1), Z.block(0, 0, X.rows, c), S.block(0, c, c, w), T(1), W);
        blas::gemm<T>(T(1), W, S.block(c, c, w, w), T(0), Y.block(0, c, X.rows, w));
    }
}

template <class T>
void multiply_by_triangle(Matrix<const T> X, Matrix<const T> S, Matrix<T> Y) {
    const index n = S.cols, width = round_up(ceil_div(n, strips), simd::lanes<T>);
    for (index c = 0; c < n; c += width) {
        const index w = n - c < width ? n - c : width;
        blas::gemm<T>(T(1), X.block(0, 0, X.rows, c + w), S.block(0, c, c + w, w), T(0), Y.block(0, c, X.rows, w));
    }
}

template class GramFactor<float>;
template class GramFactor<double>;
template void multiply_by_triangle<float>(Matrix<const float>, Matrix<const float>, Matrix<float>);
template void multiply_by_triangle<double>(Matrix<const double>, Matrix<const double>, Matrix<double>);

}  // namespace mlcore::linalg
