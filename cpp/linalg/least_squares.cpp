// least_squares: what is left of min ||A x - b|| once A is a triangle R (n x n): R x = c by substitution if the rank is full, by
// singular values if it is not.
//
//     rank      n, if by_scaled and all singular values of R with columns of length 1 are larger than limit times the largest;
//               else how many of those of R itself are
//     ill       whether the condition number of the scaled R is larger than `much`
//     extreme   whether lengths of columns are beyond eps times the largest number, or all within that of the smallest normal one,
//               or so are the elements of c; or the answer overflowed. Then, scaled by powers of two, there may be a better one.
//
// Singular values cost far more than the rest, so they are computed once where that is enough. A triangle has
// s_n <= min |r_jj| and s_1 >= max |r_jj|: if the quotient is below the limit, R goes to svd_solve at once. The scaled condition is
// between cond(R) / (longest / shortest column) and sqrt(n) cond(R), which mostly tells on what side of `much` it is.
//
// Source for the scaling: A. van der Sluis, "Condition Numbers and Equilibration of Matrices", Numer. Math. 14, 1969.
#include "blas/blas.hpp"
#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "linalg/linalg.hpp"
#include "linalg/scaling.hpp"

namespace mlcore::linalg {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// Whether min |r_jj| <= limit max |r_jj|, columns divided by their lengths if these are given: then the rank is not full.
template <class T>
bool is_deficient(Matrix<const T> R, const T* length, double limit) noexcept {
    double least = infinity, largest = 0;
    for (index j = 0; j < R.cols; ++j) {
        const double unit = length ? double(length[j]) : 1.0, r = unit > 0 ? std::fabs(double(R(j, j))) / unit : 0.0;
        least = std::min(least, r);
        largest = std::max(largest, r);
    }
    return !(least > limit * largest);
}

template <class T>
double quotient(Vector<const T> s) noexcept {
    return s[s.size - 1] > T(0) ? double(s[0]) / double(s[s.size - 1]) : infinity;
}

template <class T>
Status singular_values(Matrix<const T> R, Vector<T> s) {
    index failed;
    return svd_stack<T>(SVD::bidiagonal, {}, R, {}, s, {}, failed);
}

// The condition number of R with columns of length 1; infinite if one is zero.
template <class T>
Status scaled_condition(Matrix<const T> R, const T* length, double& condition) {
    const index n = R.cols;
    Lease<T> room(n * n), values(n);
    const Matrix<T> scaled = row_major(room.data(), n, n);
    for (index j = 0; j < n; ++j)
        if (!(length[j] > T(0))) {
            condition = infinity;
            return Status::ok;
        }
    for (index i = 0; i < n; ++i)
        for (index j = 0; j < n; ++j) scaled(i, j) = R(i, j) / length[j];
    const Status status = singular_values<T>(scaled, {values.data(), n, 1});
    if (status == Status::ok) condition = quotient<T>({values.data(), n, 1});
    return status;
}

template <class T>
bool is_small(T largest) noexcept {
    return largest > T(0) && largest < std::numeric_limits<T>::min() / std::numeric_limits<T>::epsilon();
}

template <class T>
Status solve(MatrixIn<T> R_, MatrixIn<T> C, const LeastSquaresRule& rule, Matrix<T> X, Vector<T> s, LeastSquares& found) {
    const index n = R_.cols;
    Lease<T> room(n * n), lengths(n);
    const Matrix<T> R = row_major(room.data(), n, n);
    blas::copy<T>(R_, R);
    for (index j = 0; j < n; ++j) lengths[j] = blas::nrm2<T>(Vector<T>{&R(0, j), j + 1, n});
    T largest = 0;
    for (index j = 0; j < n; ++j) largest = lengths[j] <= largest ? largest : lengths[j];  // a NaN is kept, too
    found.extreme = is_small(largest) || !(largest <= std::numeric_limits<T>::max() * std::numeric_limits<T>::epsilon());
    const auto by_values = [&] {
        const Status status = svd_solve<T>(rule.transposed ? R.transposed() : R, C, rule.limit, X, s);
        found.by_substitution = false;
        found.rank = 0;
        for (index i = 0; i < n; ++i) found.rank += double(s[i]) > rule.limit * double(s[0]);
        return status;
    };
    if (is_deficient<T>(R, nullptr, rule.limit) && (!rule.by_scaled || is_deficient<T>(R, lengths.data(), rule.limit)))
        return by_values();

    Status status = singular_values<T>(R, s);
    if (status != Status::ok) return status;
    double scaled = std::numeric_limits<double>::quiet_NaN();
    const bool full = double(s[n - 1]) > rule.limit * double(s[0]);
    if (!full && rule.by_scaled) {
        status = scaled_condition<T>(R, lengths.data(), scaled);
        if (status != Status::ok) return status;
    }
    bool zero = false;
    for (index j = 0; j < n; ++j) zero |= R(j, j) == T(0);
    if (zero || !(full || scaled * rule.limit < 1)) return by_values();

    blas::copy<T>(C, X);
    if (rule.transposed)
        blas::trsm<T>(blas::Side::left, blas::Triangle::lower, blas::Diagonal::stored, R.transposed(), X);
    else
        blas::trsm<T>(blas::Side::left, blas::Triangle::upper, blas::Diagonal::stored, R, X);
    const auto [shortest, longest] = std::minmax_element(lengths.data(), lengths.data() + n);
    const double condition = quotient<T>(s);
    if (condition * std::sqrt(double(n)) > rule.much) {
        found.ill_conditioned = condition / (double(*longest) / double(*shortest)) > 2 * rule.much;
        if (!found.ill_conditioned) {
            if (std::isnan(scaled)) status = scaled_condition<T>(R, lengths.data(), scaled);
            found.ill_conditioned = scaled > rule.much;
        }
    }
    return interrupted() ? Status::interrupted : status;
}

}  // namespace

// R is zero below its diagonal. transposed: R^T x = c.
template <class T>
Status least_squares(MatrixIn<T> R, MatrixIn<T> C, const LeastSquaresRule& rule, Matrix<T> X, Vector<T> s, LeastSquares& found) {
    found = {R.cols, true, false, false};
    if (R.cols == 0) return Status::ok;
    const Status status = solve<T>(R, C, rule, X, s, found);
    T largest = 0;
    bool finite = true;
    for (index i = 0; i < C.rows; ++i)
        for (index j = 0; j < C.cols; ++j) {
            largest = std::max(largest, std::fabs(C(i, j)));
            finite &= std::isfinite(X(i, j));
        }
    found.extreme |= is_small(largest) || !finite;
    return status;
}

template Status least_squares<float>(Matrix<const float>, Matrix<const float>, const LeastSquaresRule&, Matrix<float>, Vector<float>,
                                     LeastSquares&);
template Status least_squares<double>(Matrix<const double>, Matrix<const double>, const LeastSquaresRule&, Matrix<double>,
                                      Vector<double>, LeastSquares&);

}  // namespace mlcore::linalg
