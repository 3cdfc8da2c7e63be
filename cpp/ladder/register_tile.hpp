// A tile of C that lives in registers: shared by step 5, where it reads the matrices as they lie, and step 6, where it
// reads packed copies.
//
//                 b0       b1       b2            NV vectors of a row of B, loaded
//              +--------+--------+--------+
//     A[0,p] . | c[0,0] | c[0,1] | c[0,2] |
//     A[1,p] . | c[1,0] | c[1,1] | c[1,2] |      MR x NV vectors of C: one multiply-add each for every p,
//       ...    |  ...   |  ...   |  ...   |      with A[i,p] broadcast to all lanes
//              +--------+--------+--------+
//
// Registers  MR NV + NV + 1:  8 x 3 + 4 = 28 of 32,  4 x 3 + 4 = 16 of 16.
// Loads      MR + NV for MR NV multiply-adds: 11 for 24, where step 4 needed 3 for 1.
#pragma once

#include "simd/vec.hpp"

namespace mlcore::ladder {

template <class T>
struct RegisterTile {
    static constexpr int L = simd::lanes<T>;
    static constexpr int MR = simd::vector_registers == 32 ? 8 : 4, NV = 3, NR = NV * L;
    static_assert(MR * NV + NV + 1 <= simd::vector_registers);

    simd::Vec<T> c[MR][NV];

    // c = sum over p < k of (column p of A) x (row p of B).  A[i, p] = A[i * a_row + p * a_col],  B[p, j] = B[p * b_row + j]
    MLCORE_INLINE void multiply(index k, const T* A, index a_row, index a_col, const T* B, index b_row) noexcept {
        using namespace simd;
#pragma GCC unroll 8
        for (int i = 0; i < MR; ++i)
#pragma GCC unroll 3
            for (int j = 0; j < NV; ++j) c[i][j] = Vec<T>{};
#pragma GCC unroll 1
        for (index p = 0; p < k; ++p) {
            Vec<T> b[NV];
#pragma GCC unroll 3
            for (int j = 0; j < NV; ++j) b[j] = load(B + p * b_row + j * L);
#pragma GCC unroll 8
            for (int i = 0; i < MR; ++i) {
                const Vec<T> a = broadcast(A[i * a_row + p * a_col]);
#pragma GCC unroll 3
                for (int j = 0; j < NV; ++j) c[i][j] += a * b[j];
            }
        }
    }

    // C += factor c, as far as C reaches: at most MR rows and NR columns.
    MLCORE_INLINE void add_to(Matrix<T> C, T factor = T(1)) const noexcept {
        using namespace simd;
#pragma GCC unroll 8
        for (int i = 0; i < MR; ++i)
#pragma GCC unroll 3
            for (int j = 0; j < NV; ++j) {
                if (i >= C.rows || j * L >= C.cols) continue;
                T* to = C.data + i * C.row_stride + j * L;
                const index count = C.cols - j * L;
                if (count >= L)
                    store(to, load(to) + factor * c[i][j]);
                else
                    store_partial(to, load_partial(to, count) + factor * c[i][j], count);
            }
    }
};

}  // namespace mlcore::ladder
