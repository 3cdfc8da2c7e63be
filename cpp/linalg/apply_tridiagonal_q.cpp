// apply_tridiagonal_q: the orthogonal matrix of a tridiagonalisation times a matrix,  V <- H_{n-1} ... H_2 H_1 V,  by blocks of reflectors.
//
//     rows of A                 copied, last one first          one block: I - W S^-1 W^T (block_reflector.cpp), W the copy
//                                                              transposed, applied to the rows 0 ... k1 - 2 of V, which are
//        k0   v v v                 v v v v v v                all it changes
//             v v v v               v v v v v .
//             v v v v v             v v v v . .
//      k1-1   v v v v v v           v v v . . .
//
// Flops 2 n^3 for V n x n, in gemm.
#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "linalg/householder.hpp"
#include "linalg/tridiagonal.hpp"

namespace mlcore::linalg {
namespace {

#ifdef MLCORE_TINY_BLOCKS
inline constexpr index block_reflectors = 3;
#else
inline constexpr index block_reflectors = 64;  // so deep is the product that updates V
#endif

}  // namespace

template <class T>
void apply_tridiagonal_q(Matrix<const T> A, const T* tau, Matrix<T> V) {
    const index n = A.rows;
    Lease<T> reflectors(n * block_reflectors), triangle(block_reflectors * block_reflectors), factors(block_reflectors);
    for (index k0 = 1; k0 < n; k0 += block_reflectors) {
        if (interrupted()) return;
        const index count = n - k0 < block_reflectors ? n - k0 : block_reflectors, m = k0 + count - 1;
        const Matrix<T> rows = row_major(reflectors.data(), count, m), S = row_major(triangle.data(), count, count);
        for (index c = 0; c < count; ++c) {
            const index k = m - c;
            factors[c] = tau[k];
            for (index j = 0; j < m; ++j) rows(c, j) = j < k ? A(k, j) : T(0);
        }
        form_block_reflector<T>(rows.transposed(), factors.data(), S);
        apply_block_reflector<T>(rows.transposed(), S, false, V.block(0, 0, m, V.cols));
    }
}

template void apply_tridiagonal_q<float>(Matrix<const float>, const float*, Matrix<float>);
template void apply_tridiagonal_q<double>(Matrix<const double>, const double*, Matrix<double>);

}  // namespace mlcore::linalg
