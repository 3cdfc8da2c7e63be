// The microkernel: a tile of C kept in registers while k runs.
//
//     C[0:MR, 0:NV*L] += sum over p of  A[0:MR, p] * B[p, 0:NV*L]          L = lanes<T>
//
//              B[p, :]   NV vectors, loaded
//              +--------+--------+--------+
//     A[0,p] . | acc00  | acc01  | acc02  |
//     A[1,p] . | acc10  | acc11  | acc12  |      MR*NV accumulators, one fused multiply-add each per p;
//       ...    |  ...   |        |        |      A[i,p] is broadcast straight from memory.
//              +--------+--------+--------+
//
// Cost per p: MR*NV multiply-adds for MR + NV loads. Registers: MR*NV accumulators + NV for the row of B + 1 for the broadcast
// must fit (static_assert below), and MR*NV >= latency * throughput of the FMA unit (4 x 2) keeps it busy. The row of B must
// be loaded once and kept: left to itself, GCC 12 loads it again for each row of A, which takes up to twice as long where B is
// not aligned.
// The order of the additions into one element of C depends on p alone, never on the tile that the element falls in:
// that is what makes results identical for every tiling and every number of threads.
//
// Source: the outer-product microkernel of BLIS (Van Zee, van de Geijn, "BLIS: A Framework for Rapidly Instantiating
// BLAS Functionality", ACM TOMS 41(3), 2015), with rows and columns swapped for row-major C.
#pragma once

#include "simd/vec.hpp"

namespace mlcore::blas {

template <class T, int MR, int NV>
struct Tile {
    static constexpr int L = simd::lanes<T>;
    static_assert(MR * NV + NV + 1 <= simd::vector_registers || MR * NV == 1, "the tile must stay in registers");

    simd::Vec<T> acc[MR][NV];

    // `last` lanes of the last vector of B exist (Masked reads no further).
    template <bool Masked>
    MLCORE_INLINE void multiply(index k, const T* A, index a_row, index a_col, const T* B, index b_row, index last) noexcept {
        clear();
        accumulate<Masked>(k, A, a_row, a_col, B, b_row, last);
    }

    MLCORE_INLINE void clear() noexcept {
#pragma GCC unroll 16
        for (int i = 0; i < MR; ++i)
#pragma GCC unroll 16
            for (int j = 0; j < NV; ++j) acc[i][j] = simd::Vec<T>{};
    }

    template <bool Masked>
    MLCORE_INLINE void accumulate(index k, const T* A, index a_row, index a_col, const T* B, index b_row, index last) noexcept {
        using namespace simd;
#pragma GCC unroll 1
        for (index p = 0; p < k; ++p) {
            Vec<T> b[NV];
#pragma GCC unroll 16
            for (int j = 0; j < NV; ++j) {
                b[j] = Masked && j == NV - 1 ? load_partial(B + p * b_row + j * L, last) : load(B + p * b_row + j * L);
                if (MR > 1) keep_in_register(b[j]);
            }
#pragma GCC unroll 16
            for (int i = 0; i < MR; ++i) {
                const Vec<T> a = broadcast(A[i * a_row + p * a_col]);
#pragma GCC unroll 16
                for (int j = 0; j < NV; ++j) acc[i][j] += a * b[j];
            }
        }
    }

    // C = alpha * acc + beta * C for all but the missing lanes of the last vector.
    // beta = 0 does not read C, so that whatever lay there (NaN included) is overwritten; beta = 1 needs one operation less.
    MLCORE_INLINE void update(T* C, index c_row, index last, T alpha, T beta) noexcept {
        using namespace simd;
        const Vec<T> a = broadcast(alpha), b = broadcast(beta);
        if (beta == T(1))
            write<true>(C, c_row, last, [a](Vec<T> sum, Vec<T> c) { return c + a * sum; });
        else if (beta == T(0))
            write<false>(C, c_row, last, [a](Vec<T> sum, Vec<T>) { return a * sum; });
        else
            write<true>(C, c_row, last, [a, b](Vec<T> sum, Vec<T> c) { return b * c + a * sum; });
    }

private:
    // The choices are made once, not for each vector, and the address goes from row to row: left to itself, GCC works out all of
    // them beforehand and brings them to and fro through memory, 100 cycles for a tile.
    template <bool Read, class Value>
    MLCORE_INLINE void write(T* C, index c_row, index last, Value&& value) noexcept {
        last < L ? write<Read, true>(C, c_row, last, value) : write<Read, false>(C, c_row, last, value);
    }

    template <bool Read, bool Partial, class Value>
    MLCORE_INLINE void write(T* C, index c_row, index last, Value& value) noexcept {
        using namespace simd;
#pragma GCC unroll 16
        for (int i = 0; i < MR; ++i) {
#pragma GCC unroll 16
            for (int j = 0; j < NV; ++j) {
                const bool partial = Partial && j == NV - 1;
                T* c = C + j * L;
                const Vec<T> v = value(acc[i][j], !Read ? Vec<T>{} : partial ? load_partial(c, last) : load(c));
                partial ? store_partial(c, v, last) : store(c, v);
            }
            C += c_row;
            if (MR > 1) asm("" : "+r"(C));
        }
    }
};

}  // namespace mlcore::blas
