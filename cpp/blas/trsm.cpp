// trsm: triangular solve  A X = B  (left) or  X A = B  (right),  A (n x n) lower or upper, X in place of B (n x m).
//
// START READING at `trsm` at the end of the file.
//
// Cut in half, a lower triangular system is two smaller ones with a product in between:
//
//     | A00      | | X0 |   | B0 |         A00 X0 = B0
//     |          | |    | = |    |         B1 -= A10 X0          gemm: all but a fraction 32/n of the work
//     | A10  A11 | | X1 |   | B1 |         A11 X1 = B1
//
// and so down to triangles of 32 rows, which are solved by substitution, row by row, for 4 vectors of columns at a time:
//
//     x_i = (b_i - sum over j < i of a_ij x_j) / a_ii
//
// Many right-hand sides are cut into groups of 256 columns, one task each; few are solved together, and gemm shares itself
// out.
//
// Flops n^2 m. Contract: only the triangle is read, and its diagonal only if it is stored; B overlaps nothing. A transposed
// triangle is a transposed view: pass A.transposed() and the opposite triangle. Returns -1, or the index of the first
// diagonal element that is exactly zero; B is then untouched.
//
// Substitution is backward stable row by row: each computed x solves (A + E) x = b with |E| <= n eps |A|, elementwise.
// Division by a_ii costs less than a tenth of the base case; multiplying by a reciprocal would lose half a unit in the last
// place. Source: N. Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., SIAM 2002, theorem 8.5.
#include "blas/blas.hpp"
#include "blas/triangular.hpp"
#include "core/parallel.hpp"

namespace mlcore::blas {
namespace {

using namespace simd;

// X = A^-1 X for one strip of NV vectors.
template <class T, int NV>
void substitute(const SmallTriangle<T>& A, T (*X)[SmallTriangle<T>::width]) noexcept {
    constexpr index L = lanes<T>;
    for (index i = 0; i < A.size; ++i) {
        Vec<T> x[NV];
#pragma GCC unroll 4
        for (int v = 0; v < NV; ++v) x[v] = load(X[i] + v * L);
        for (index j = 0; j < i; ++j) {
            const Vec<T> a = broadcast(A.a[i][j]);
#pragma GCC unroll 4
            for (int v = 0; v < NV; ++v) x[v] -= a * load(X[j] + v * L);
        }
#pragma GCC unroll 4
        for (int v = 0; v < NV; ++v) store(X[i] + v * L, x[v] / A.a[i][i]);
    }
}

template <class T>
void solve(Triangle triangle, Diagonal diagonal, Matrix<const T> A, Matrix<T> B) {
    const index n = A.rows;
    if (n <= SmallTriangle<T>::max_size) {
        const SmallTriangle<T> small(triangle, diagonal, A);
        small.for_each_strip(triangle, B, [&](auto* X, int vectors) {
            vectors == 1 ? substitute<T, 1>(small, X) : substitute<T, SmallTriangle<T>::NV>(small, X);
        });
        return;
    }
    if (interrupted()) return;
    const index h = cut_of<T>(n), rest = n - h;
    const Matrix<const T> A00 = A.block(0, 0, h, h), A11 = A.block(h, h, rest, rest);
    const Matrix<T> B0 = B.block(0, 0, h, B.cols), B1 = B.block(h, 0, rest, B.cols);
    if (triangle == Triangle::lower) {
        solve<T>(triangle, diagonal, A00, B0);
        gemm<T>(T(-1), A.block(h, 0, rest, h), B0, T(1), B1);
        solve<T>(triangle, diagonal, A11, B1);
    } else {
        solve<T>(triangle, diagonal, A11, B1);
        gemm<T>(T(-1), A.block(0, h, h, rest), B1, T(1), B0);
        solve<T>(triangle, diagonal, A00, B0);
    }
}

}  // namespace

template <class T>
index trsm(Side side, Triangle triangle, Diagonal diagonal, MatrixIn<T> A, Matrix<T> B) {
    if (side == Side::right) return trsm<T>(Side::left, opposite(triangle), diagonal, A.transposed(), B.transposed());
    const index n = A.rows, m = B.cols;
    if (diagonal == Diagonal::stored)
        for (index i = 0; i < n; ++i)
            if (A(i, i) == T(0)) return i;
    if (n == 0 || m == 0) return -1;
    constexpr index group = triangular_task_columns;
    if (m < 2 * group) {
        solve<T>(triangle, diagonal, A, B);
    } else {
        parallel_for_work(ceil_div(m, group), double(n) * double(n) * double(m) / 2, [&](index task, int) {
            const index j = task * group;
            solve<T>(triangle, diagonal, A, B.block(0, j, n, m - j < group ? m - j : group));
        });
    }
    return -1;
}

template index trsm<float>(Side, Triangle, Diagonal, Matrix<const float>, Matrix<float>);
template index trsm<double>(Side, Triangle, Diagonal, Matrix<const double>, Matrix<double>);

}  // namespace mlcore::blas
