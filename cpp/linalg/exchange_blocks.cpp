// exchange_blocks: two neighbouring diagonal blocks of a quasi-triangular matrix change places, by an orthogonal similarity.
//
//     | A11 A12 |  p         A11 X - X A22 = A12:      | -X |  spans the invariant subspace of A22
//     |     A22 |  q                                   |  I |
//
// With its QR factorisation, Q^T A Q has the eigenvalues of A22 first. p and q are 1 or 2: X is the solution of at most four
// linear equations, by elimination with complete pivoting, and Q one or two reflections. Where the blocks have nearly the same
// eigenvalues, X is large and inaccurate: the exchange is tried on a copy first, and refused if what should be zero is more than
// 10 eps |A|.
//
// Source: Z. Bai, J. Demmel, "On Swapping Diagonal Blocks in Real Schur Form", Linear Algebra Appl. 186, 1993; LAPACK's laexc.
#include <limits>
#include <utility>

#include "linalg/householder.hpp"
#include "linalg/small_reflector.hpp"

namespace mlcore::linalg {
namespace {

// M x = r in place of r, m <= 4. A pivot below `smallest` is replaced by it.
template <class T>
void solve_completely_pivoted(index m, T (&M)[4][4], T (&r)[4], T smallest) noexcept {
    int order[4] = {0, 1, 2, 3};
    for (index k = 0; k < m; ++k) {
        index row = k, col = k;
        for (index i = k; i < m; ++i)
            for (index j = k; j < m; ++j)
                if (std::fabs(M[i][j]) > std::fabs(M[row][col])) row = i, col = j;
        std::swap(M[k], M[row]), std::swap(r[k], r[row]);
        for (index i = 0; i < m; ++i) std::swap(M[i][k], M[i][col]);
        std::swap(order[k], order[col]);
        if (std::fabs(M[k][k]) < smallest) M[k][k] = smallest;
        for (index i = k + 1; i < m; ++i) {
            const T l = M[i][k] / M[k][k];
            for (index j = k + 1; j < m; ++j) M[i][j] -= l * M[k][j];
            r[i] -= l * r[k];
        }
    }
    T x[4];
    for (index k = m - 1; k >= 0; --k) {
        for (index j = k + 1; j < m; ++j) r[k] -= M[k][j] * r[j];
        r[k] /= M[k][k];
    }
    for (index k = 0; k < m; ++k) x[order[k]] = r[k];
    for (index k = 0; k < m; ++k) r[k] = x[k];
}

// B <- (I - tau v v^T) B, B of M rows; by vectors where they are contiguous.
template <int M, class T>
void reflect_few_rows(const T* v, T tau, Matrix<T> B) noexcept {
    const auto reflect = [&](T* b, index step) {
        T sum = 0;
        for (int i = 0; i < M; ++i) sum += v[i] * b[i * step];
        sum *= tau;
        for (int i = 0; i < M; ++i) b[i * step] -= sum * v[i];
    };
    using namespace simd;
    index j = 0;
    for (; B.col_stride == 1 && j + lanes<T> <= B.cols; j += lanes<T>) {
        T* const b = B.data + j;
        Vec<T> sum{};
        for (int i = 0; i < M; ++i) sum += broadcast(v[i]) * load(b + i * B.row_stride);
        sum *= broadcast(tau);
        for (int i = 0; i < M; ++i) store(b + i * B.row_stride, load(b + i * B.row_stride) - sum * broadcast(v[i]));
    }
    for (; j < B.cols; ++j) reflect(B.data + j * B.col_stride, B.row_stride);
}
template <class T>
void reflect_few_rows(const T* v, T tau, Matrix<T> B) noexcept {
    if (B.rows == 4) return reflect_few_rows<4>(v, tau, B);
    if (B.rows == 3) return reflect_few_rows<3>(v, tau, B);
    reflect_few_rows<2>(v, tau, B);
}

template <class T>
void exchange_numbers(const SchurWork<T>& work, index j) noexcept {
    const Matrix<T> A = work.H;
    const T x = A(j, j + 1), y = A(j + 1, j + 1) - A(j, j), length = std::hypot(x, y);
    if (length == T(0)) return;
    const PlaneRotation<T> q{x / length, y / length};
    rotate_rows(q, A, j, j + 2, A.cols);
    rotate_columns(q, A, j, 0, j);
    std::swap(A(j, j), A(j + 1, j + 1));
    rotate_rows(q, work.Qt, j, 0, work.Qt.cols);
}

}  // namespace

template <class T>
bool exchange_blocks(const SchurWork<T>& work, index j, index p, index q) {
    if (p == 1 && q == 1) {
        exchange_numbers(work, j);
        return true;
    }
    const index m = p + q;
    const Matrix<T> A = work.H.block(j, j, m, m);
    T copy[16], equations[4][4], x[4], basis[2][4], tau[2], largest = 0;
    const Matrix<T> D = row_major(copy, m, m);
    for (index i = 0; i < m; ++i)
        for (index k = 0; k < m; ++k) D(i, k) = A(i, k), largest = std::max(largest, std::fabs(A(i, k)));
    const T eps = std::numeric_limits<T>::epsilon() * largest;

    // The equation of element (a, b) of A12, by rows: sum A11(a, k) X(k, b) - sum X(a, k) A22(k, b).
    for (index a = 0; a < p; ++a)
        for (index b = 0; b < q; ++b) {
            for (index k = 0; k < p * q; ++k)
                equations[a * q + b][k] = (k % q == b ? D(a, k / q) : T(0)) - (k / q == a ? D(p + k % q, p + b) : T(0));
            x[a * q + b] = D(a, p + b);
        }
    solve_completely_pivoted(p * q, equations, x, std::max(eps, std::numeric_limits<T>::min()));
    for (index b = 0; b < q; ++b)
        for (index i = 0; i < m; ++i) basis[b][i] = i < p ? -x[i * q + b] : T(i - p == b);
    for (index b = 0; b < q; ++b) {
        make_reflector<T>({basis[b] + b, m - b}, tau[b]);
        if (b == 0 && q == 2) reflect_few_rows(basis[0], tau[0], Matrix<T>{basis[1], m, 1, 1, m});
    }
    const auto reflect = [&](Matrix<T> rows) {
        for (index b = 0; b < q; ++b) reflect_few_rows(basis[b] + b, tau[b], rows.block(b, 0, m - b, rows.cols));
    };
    reflect(D);
    reflect(D.transposed());
    for (index i = q; i < m; ++i)
        for (index k = 0; k < q; ++k)
            if (!(std::fabs(D(i, k)) <= 10 * eps)) return false;

    reflect(work.H.block(j, j, m, work.H.cols - j));
    reflect(work.H.block(0, j, j + m, m).transposed());
    reflect(work.Qt.block(j, 0, m, work.Qt.cols));
    for (index i = q; i < m; ++i)
        for (index k = 0; k < q; ++k) A(i, k) = T(0);
    if (q == 2) standardise_block(work, j);
    if (p == 2) standardise_block(work, j + q);
    return true;
}

template bool exchange_blocks<float>(const SchurWork<float>&, index, index, index);
template bool exchange_blocks<double>(const SchurWork<double>&, index, index, index);

}  // namespace mlcore::linalg
