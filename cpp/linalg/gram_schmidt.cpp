// gram_schmidt: orthonormal columns Q and upper triangular R with A = Q R, by the method asked for.
//
// START READING HERE, then the methods in the order in which each answers a fault of the one before:
//
//     gram_schmidt_classical.cpp    two products of a matrix and a vector for each column; loses like kappa(A)^2
//     gram_schmidt_modified.cpp     loses like kappa(A)
//     gram_schmidt_twice.cpp        loses nothing
//     gram_schmidt_block.cpp        loses nothing, and is products of matrices
//
// Each column is first scaled by a power of two so that its largest element is between 1 and 2 (exactly, and undone in R):
// lengths of 1e200 and 1e-200 do not overflow, and "nothing is left of it" means the same for every column.
#include "linalg/gram_schmidt.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "core/parallel.hpp"
#include "linalg/linalg.hpp"

namespace mlcore::linalg {
namespace {

constexpr index chunk_elements = 65536;  // of A, for one task

// largest[j] = max over i of |a_ij|; false if A holds NaN or infinity.
template <class T>
bool largest_in_columns(Matrix<const T> A, T* largest) {
    const index n = A.cols, rows = 1 + chunk_elements / (n + 1), tasks = ceil_div(A.rows, rows);
    Lease<T> maxima(tasks * n), differences(tasks * n);
    parallel_for_work(tasks, double(A.rows) * double(n), [&](index task, int) {
        T *top = maxima.data() + task * n, *difference = differences.data() + task * n;
        std::fill_n(top, n, T(0));
        std::fill_n(difference, n, T(0));
        const index end = std::min((task + 1) * rows, A.rows);
        for (index i = task * rows; i < end; ++i)
            for (index j = 0; j < n; ++j) {
                const T a = std::fabs(A(i, j));
                top[j] = a > top[j] ? a : top[j];
                difference[j] += a - a;  // 0, or NaN for ever
            }
    });
    std::fill_n(largest, n, T(0));
    bool finite = true;
    for (index task = 0; task < tasks; ++task)
        for (index j = 0; j < n; ++j) {
            largest[j] = std::max(largest[j], maxima[task * n + j]);
            finite &= differences[task * n + j] == T(0);
        }
    return finite;
}

// Q = A with column j times 2^-exponents[j].
template <class T>
void copy_scaled(Matrix<const T> A, const T* factors, Matrix<T> Q) {
    const index n = A.cols, rows = 1 + chunk_elements / (n + 1);
    parallel_for_work(ceil_div(A.rows, rows), double(A.rows) * double(n), [&](index task, int) {
        const index i0 = task * rows, count = std::min(rows, A.rows - i0);
        const Matrix<T> part = Q.block(i0, 0, count, n);
        blas::copy<T>(A.block(i0, 0, count, n), part);
        const bool by_columns = part.row_stride == 1;
        for (index a = 0; a < (by_columns ? n : count); ++a)
            for (index b = 0; b < (by_columns ? count : n); ++b)
                by_columns ? part(b, a) *= factors[a] : part(a, b) *= factors[b];
    });
}

template <class T>
void run_method(GramSchmidt method, Matrix<T> Q, Matrix<T> R, T rtol, bool* dependent) {
    switch (method) {
        case GramSchmidt::classical: return gram_schmidt_classical<T>(Q, R, rtol, dependent);
        case GramSchmidt::modified: return gram_schmidt_modified<T>(Q, R, rtol, dependent);
        case GramSchmidt::twice: return gram_schmidt_twice<T>(Q, R, rtol, dependent);
        case GramSchmidt::block: return gram_schmidt_block<T>(Q, R, rtol, dependent);
    }
}

}  // namespace

// Q: m x n, R: n x n, overlapping neither A nor each other.
template <class T>
Status gram_schmidt(GramSchmidt method, MatrixIn<T> A, Scalar<T> rtol, Matrix<T> Q, Matrix<T> R, bool* dependent) {
    const index m = A.rows, n = A.cols;
    if (n == 0) return Status::ok;
    Lease<T> factors(n);
    Lease<int> exponents(n);
    if (!largest_in_columns<T>(A, factors.data())) return Status::not_finite;
    for (index j = 0; j < n; ++j) {
        exponents[j] = factors[j] > 0 ? std::max(std::ilogb(factors[j]), std::numeric_limits<T>::min_exponent) : 0;
        factors[j] = std::scalbn(T(1), -exponents[j]);
    }
    for (index i = 0; i < n; ++i)
        for (index j = 0; j < n; ++j) R(i, j) = T(0);

    // The methods that go by columns want them contiguous.
    Lease<T> transposed(method == GramSchmidt::block ? 0 : m * n);
    const Matrix<T> work = method == GramSchmidt::block ? Q : row_major(transposed.data(), n, m).transposed();
    copy_scaled<T>(A, factors.data(), work);
    run_method<T>(method, work, R, rtol, dependent);
    if (interrupted()) return Status::interrupted;
    if (method != GramSchmidt::block) blas::copy<T>(work, Q);
    for (index i = 0; i < n; ++i)
        for (index j = i; j < n; ++j) R(i, j) = std::scalbn(R(i, j), exponents[j]);
    return Status::ok;
}

template Status gram_schmidt<float>(GramSchmidt, Matrix<const float>, float, Matrix<float>, Matrix<float>, bool*);
template Status gram_schmidt<double>(GramSchmidt, Matrix<const double>, double, Matrix<double>, Matrix<double>, bool*);

}  // namespace mlcore::linalg
