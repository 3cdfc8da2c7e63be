// Packing: copies the right operand into panels that the microkernel reads front to back.
//
//     B (k x n), W = 4                          out
//     a0 a1 a2 a3 | a4 a5 a6 ..                 a0 a1 a2 a3 | b0 b1 b2 b3 | c0 ...      panel of columns 0..3
//     b0 b1 b2 b3 | b4 b5 b6 ..      ->         a4 a5 a6 .. | b4 b5 b6 .. | c4 ...      panel of columns 4..7, missing ones zero
//     c0 ...
//
// Zero padding lets the microkernel run at full width on every edge. Bytes: reads and writes each element once. Rows that lie
// side by side are read to their end, into all panels at once: panel by panel, each row would break off after three cache
// lines, too soon for the prefetcher, and a B beyond L2 would take twice as long.
#pragma once

#include "blas/blocking.hpp"
#include "simd/vec.hpp"

namespace mlcore::blas {

template <class T, int W>
void pack_panels(Matrix<const T> B, T* out) noexcept {
    const index k = B.rows, whole = B.cols / W * W, rest = B.cols - whole;
    const auto pack_row = [=](const T* b, index step, T* o) {
        for (int r = 0; r < W; ++r) o[r] = b[r * step];
    };
    const auto pack_rest = [=](const T* b, index step, T* o) {
        for (int r = 0; r < W; ++r) o[r] = r < rest ? b[r * step] : T(0);
    };
    if (B.col_stride == 1) {
        for (index p = 0; p < k; ++p) {
            const T* b = B.data + p * B.row_stride;
            T* o = out + p * W;
            for (index j = 0; j < whole; j += W) pack_row(b + j, 1, o + j * k);
            if (rest > 0) pack_rest(b + whole, 1, o + whole * k);
        }
    } else {
        for (index j = 0; j < whole; j += W)
            for (index p = 0; p < k; ++p) pack_row(&B(p, j), B.col_stride, out + j * k + p * W);
        if (rest > 0)
            for (index p = 0; p < k; ++p) pack_rest(&B(p, whole), B.col_stride, out + whole * k + p * W);
    }
}

// A matrix that lies as such a panel of the product does, or as its first vectors.
template <class T>
constexpr bool is_micropanel(Matrix<const T> B) noexcept {
    constexpr index NR = Blocking<T>::NR;
    return B.row_stride == NR && B.cols <= NR && B.cols % Blocking<T>::L == 0 && B.col_stride == 1;
}

}  // namespace mlcore::blas
