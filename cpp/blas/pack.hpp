// Packing: copies a block into panels that the microkernel reads front to back.
//
//     X (rows x k), W = 4                 out
//     row 0  a0 a1 a2 ...                 a0 b0 c0 d0 | a1 b1 c1 d1 | a2 ...      panel of rows 0..3
//     row 1  b0 b1 b2 ...        ->       e0 f0 .. .. | e1 f1 .. .. |             panel of rows 4..7, missing rows zero
//
// The left operand is packed by rows (W = MR), the right one as its transpose (W = NR). Zero padding lets the
// microkernel run at full width on every edge. Bytes: reads and writes each element once.
#pragma once

#include "simd/vec.hpp"

namespace mlcore::blas {

template <class T, int W>
void pack_panels(Matrix<const T> X, T* out) noexcept {
    const index k = X.cols;
    for (index i = 0; i < X.rows; i += W, out += k * W) {
        const index rows = X.rows - i < W ? X.rows - i : W;
        const T* x = X.data + i * X.row_stride;
        if (rows == W && X.row_stride == 1) {
            for (index p = 0; p < k; ++p)
                for (int r = 0; r < W; ++r) out[p * W + r] = x[p * X.col_stride + r];
        } else if (rows == W) {
            for (index p = 0; p < k; ++p)
#pragma GCC unroll 8
                for (int r = 0; r < W; ++r) out[p * W + r] = x[r * X.row_stride + p * X.col_stride];
        } else {
            for (index p = 0; p < k; ++p)
                for (int r = 0; r < W; ++r) out[p * W + r] = r < rows ? x[r * X.row_stride + p * X.col_stride] : T(0);
        }
    }
}

}  // namespace mlcore::blas
