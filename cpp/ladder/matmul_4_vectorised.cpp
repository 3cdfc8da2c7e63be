// Matrix product, step 4: L numbers at a time.
//
//     c[j : j+L]  +=  a * b[j : j+L]           L = lanes<T>: 8 doubles or 16 floats in 64 bytes
//
// The loops are those of step 3. The innermost one now moves a whole SIMD register at once: load, load, fused multiply-add,
// store. The last vector of a row may be short; its missing lanes are neither read nor written.
//
// Loads  as before one of B, one of C, and a store of C, but now for L multiply-adds.
//
// Tried: a compiler that is allowed to does the same to step 2 and step 3 by itself (GCC from -O3), for their inner
// loops run along memory and their additions are independent. It cannot do it to step 1, whose sum has an order to keep.
//
// Next: three memory operations for each multiply-add. The arithmetic waits for the load and store units.
#include "ladder/ladder.hpp"
#include "ladder/steps.hpp"
#include "simd/vec.hpp"

namespace mlcore::ladder {

using namespace simd;

template <class T>
void matmul_vectorised(MatrixIn<T> A, MatrixIn<T> B, Matrix<T> C) noexcept {
    constexpr index L = lanes<T>;
    set_zero(C);
    for (index j0 = 0; j0 < C.cols; j0 += matmul_tile_cols)
        for (index p0 = 0; p0 < A.cols; p0 += matmul_tile_rows) {
            if (stopped()) return;
            const index j1 = j0 + matmul_tile_cols < C.cols ? j0 + matmul_tile_cols : C.cols;
            const index p1 = p0 + matmul_tile_rows < A.cols ? p0 + matmul_tile_rows : A.cols;
            for (index i = 0; i < C.rows; ++i) {
                T* c = &C(i, 0);
                for (index p = p0; p < p1; ++p) {
                    const Vec<T> a = broadcast(A(i, p));
                    const T* b = &B(p, 0);
                    index j = j0;
                    for (; j + L <= j1; j += L) store(c + j, load(c + j) + a * load(b + j));
                    if (j < j1) store_partial(c + j, load_partial(c + j, j1 - j) + a * load_partial(b + j, j1 - j), j1 - j);
                }
            }
        }
}

template void matmul_vectorised<float>(Matrix<const float>, Matrix<const float>, Matrix<float>) noexcept;
template void matmul_vectorised<double>(Matrix<const double>, Matrix<const double>, Matrix<double>) noexcept;

}  // namespace mlcore::ladder
