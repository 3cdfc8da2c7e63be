// trmm: triangular product  B = A B  (left) or  B = B A  (right),  A (n x n) lower or upper, in place of B (n x m).
//
// START READING at `trmm` at the end of the file. trsm.cpp is the same walk the other way round:
//
//     | A00      | | B0 |         B1 = A11 B1                the last rows first, for they need the old B0
//     |          | |    |         B1 += A10 B0               gemm: all but a fraction 32/n of the work
//     | A10  A11 | | B1 |         B0 = A00 B0
//
// Flops n^2 m, half of a general product. Contract: as for trsm; only the triangle of A is read.
#include "blas/blas.hpp"
#include "blas/triangular.hpp"
#include "core/parallel.hpp"

namespace mlcore::blas {
namespace {

using namespace simd;

// X = A X for one strip of NV vectors, from the last row up.
template <class T, int NV>
void multiply_strip(const SmallTriangle<T>& A, T (*X)[SmallTriangle<T>::width]) noexcept {
    constexpr index L = lanes<T>;
    for (index i = A.size - 1; i >= 0; --i) {
        Vec<T> x[NV];
#pragma GCC unroll 4
        for (int v = 0; v < NV; ++v) x[v] = A.a[i][i] * load(X[i] + v * L);
        for (index j = 0; j < i; ++j) {
            const Vec<T> a = broadcast(A.a[i][j]);
#pragma GCC unroll 4
            for (int v = 0; v < NV; ++v) x[v] += a * load(X[j] + v * L);
        }
#pragma GCC unroll 4
        for (int v = 0; v < NV; ++v) store(X[i] + v * L, x[v]);
    }
}

template <class T>
void multiply(Triangle triangle, Diagonal diagonal, Matrix<const T> A, Matrix<T> B) {
    const index n = A.rows;
    if (n <= SmallTriangle<T>::max_size) {
        const SmallTriangle<T> small(triangle, diagonal, A);
        small.for_each_strip(triangle, B, [&](auto* X, int vectors) {
            vectors == 1 ? multiply_strip<T, 1>(small, X) : multiply_strip<T, SmallTriangle<T>::NV>(small, X);
        });
        return;
    }
    if (interrupted()) return;
    const index h = cut_of<T>(n), rest = n - h;
    const Matrix<const T> A00 = A.block(0, 0, h, h), A11 = A.block(h, h, rest, rest);
    const Matrix<T> B0 = B.block(0, 0, h, B.cols), B1 = B.block(h, 0, rest, B.cols);
    if (triangle == Triangle::lower) {
        multiply<T>(triangle, diagonal, A11, B1);
        gemm<T>(T(1), A.block(h, 0, rest, h), B0, T(1), B1);
        multiply<T>(triangle, diagonal, A00, B0);
    } else {
        multiply<T>(triangle, diagonal, A00, B0);
        gemm<T>(T(1), A.block(0, h, h, rest), B1, T(1), B0);
        multiply<T>(triangle, diagonal, A11, B1);
    }
}

}  // namespace

template <class T>
void trmm(Side side, Triangle triangle, Diagonal diagonal, MatrixIn<T> A, Matrix<T> B) {
    if (side == Side::right) return trmm<T>(Side::left, opposite(triangle), diagonal, A.transposed(), B.transposed());
    const index n = A.rows, m = B.cols;
    if (n == 0 || m == 0) return;
    constexpr index group = triangular_task_columns;
    if (m < 2 * group) {
        multiply<T>(triangle, diagonal, A, B);
    } else {
        parallel_for_work(ceil_div(m, group), double(n) * double(n) * double(m) / 2, [&](index task, int) {
            const index j = task * group;
            multiply<T>(triangle, diagonal, A, B.block(0, j, n, m - j < group ? m - j : group));
        });
    }
}

template void trmm<float>(Side, Triangle, Diagonal, Matrix<const float>, Matrix<float>);
template void trmm<double>(Side, Triangle, Diagonal, Matrix<const double>, Matrix<double>);

}  // namespace mlcore::blas
