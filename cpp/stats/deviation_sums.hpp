// Sums of the deviations of columns from given shifts,  S_j = sum_i w_i (x_ij - s_j)  and  Q_j = sum_i w_i (x_ij - s_j)^2:
// the inner loops of column_moments.cpp.
//
// Rows of up to 4 vectors are summed in registers. Longer ones are summed eight together, an eighth of the block apart, for
// the prefetcher's sake (see blas/gemv.cpp); a column that is contiguous is read in four quarters, for the same reason.
// All sums are in double, whatever T is.
#pragma once

#include "simd/vec.hpp"

namespace mlcore::stats {

using namespace simd;

#ifdef MLCORE_TINY_BLOCKS
inline constexpr index tile_columns = 32, chain_rows = 16;
#else
inline constexpr index tile_columns = 2048;  // shift, S and Q of a tile: 48 KiB, in L2
inline constexpr index chain_rows = 256;     // rows summed in one chain
#endif
inline constexpr index D = lanes<double>;

constexpr index smaller(index a, index b) noexcept { return a < b ? a : b; }

// The sums of one chunk about the shift.
struct Sums {
    double shift[tile_columns], S[tile_columns], Q[tile_columns];
};

// Adds R rows, `apart` elements from each other, with weights w[0], w[w_apart], ...
template <class T, int R, bool Weighted>
MLCORE_INLINE void add_rows(const T* x, index apart, index cols, const T* w, index w_apart, Sums& sums) noexcept {
    Vec<double> weight[R];
    if constexpr (Weighted)
        for (int r = 0; r < R; ++r) weight[r] = broadcast(double(w[r * w_apart]));
    const auto add = [&](index j, auto read) {
        const Vec<double> shift = load(sums.shift + j);
        Vec<double> S = {}, Q = {};
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) {
            const Vec<double> deviation = read(x + r * apart + j) - shift;
            if constexpr (Weighted) {
                const Vec<double> weighted = weight[r] * deviation;
                S += weighted;
                Q += weighted * deviation;
            } else {
                S += deviation;
                Q += deviation * deviation;
            }
        }
        store(sums.S + j, load(sums.S + j) + S);
        store(sums.Q + j, load(sums.Q + j) + Q);
    };
    index j = 0;
    for (; j + D <= cols; j += D) add(j, [](const T* p) { return load_as<double>(p); });
    if (j < cols) add(j, [=](const T* p) { return load_partial_as<double>(p, cols - j); });
}

// Adds all rows of a block of at most NV vectors of columns; its sums stay in registers.
template <class T, int NV, bool Weighted>
void add_narrow(Matrix<const T> X, const T* w, Sums& sums) noexcept {
    Vec<double> shift[NV], S[NV] = {}, Q[NV] = {};
    for (int v = 0; v < NV; ++v) shift[v] = load(sums.shift + v * D);
    const index last = X.cols - (NV - 1) * D;
    index i = 0;
    const auto add_row = [&] {
        const T* x = X.data + i * X.row_stride;
        const Vec<double> weight = broadcast(Weighted ? double(w[i]) : 1.0);
#pragma GCC unroll 4
        for (int v = 0; v < NV; ++v) {
            const Vec<double> value = v < NV - 1 ? load_as<double>(x + v * D) : load_partial_as<double>(x + v * D, last);
            const Vec<double> deviation = value - shift[v], weighted = Weighted ? weight * deviation : deviation;
            S[v] += weighted;
            Q[v] += weighted * deviation;
        }
    };
    while (i < X.rows) {
        for (const index end = smaller(i + chain_rows, X.rows); i < end; ++i) add_row();
        for (int v = 0; v < NV; ++v) {
            store(sums.S + v * D, load(sums.S + v * D) + S[v]);
            store(sums.Q + v * D, load(sums.Q + v * D) + Q[v]);
            S[v] = Q[v] = Vec<double>{};
        }
    }
}

// Adds one contiguous column, in four quarters.
template <class T, bool Weighted>
MLCORE_INLINE void add_column(const T* x, index rows, const T* w, double shift_, double& S_out, double& Q_out) noexcept {
    const Vec<double> shift = broadcast(shift_);
    Vec<double> S[4] = {}, Q[4] = {};
    const auto add = [&](int chain, Vec<double> value, Vec<double> weight) {
        const Vec<double> deviation = value - shift;
        if constexpr (Weighted) {
            S[chain] += weight * deviation;
            Q[chain] += weight * deviation * deviation;
        } else {
            S[chain] += deviation;
            Q[chain] += deviation * deviation;
        }
    };
    const index quarter = rows / (4 * D) * D;
    for (index i = 0; i < quarter; i += D)
#pragma GCC unroll 4
        for (int c = 0; c < 4; ++c)
            add(c, load_as<double>(x + c * quarter + i), Weighted ? load_as<double>(w + c * quarter + i) : shift);
    double S_sum = reduce_add<double>((S[0] + S[1]) + (S[2] + S[3])), Q_sum = reduce_add<double>((Q[0] + Q[1]) + (Q[2] + Q[3]));
    for (index i = 4 * quarter; i < rows; ++i) {
        const double deviation = double(x[i]) - shift_, weighted = Weighted ? double(w[i]) * deviation : deviation;
        S_sum += weighted;
        Q_sum += weighted * deviation;
    }
    S_out += S_sum;
    Q_out += Q_sum;
}

// By rows if they are contiguous, else by columns; a single column goes by itself.
template <class T>
bool by_rows(Matrix<const T> X) noexcept {
    return X.col_stride == 1 && X.cols > 1;
}

// Adds a block of at most tile_columns columns that is contiguous along the axis it goes by.
template <class T, bool Weighted>
void add_block(Matrix<const T> X, const T* w, Sums& sums) noexcept {
    if (by_rows(X) && X.cols <= 4 * D) {
        const index vectors = ceil_div(X.cols, D);
        const auto add = vectors == 1   ? add_narrow<T, 1, Weighted>
                         : vectors == 2 ? add_narrow<T, 2, Weighted>
                         : vectors == 3 ? add_narrow<T, 3, Weighted>
                                        : add_narrow<T, 4, Weighted>;
        add(X, w, sums);
    } else if (by_rows(X)) {
        const index eighth = X.rows / 8;
        for (index i = 0; i < eighth; ++i)
            add_rows<T, 8, Weighted>(X.data + i * X.row_stride, eighth * X.row_stride, X.cols, Weighted ? w + i : w, eighth, sums);
        for (index i = 8 * eighth; i < X.rows; ++i)
            add_rows<T, 1, Weighted>(X.data + i * X.row_stride, 0, X.cols, Weighted ? w + i : w, 0, sums);
    } else {
        for (index j = 0; j < X.cols; ++j)
            add_column<T, Weighted>(X.data + j * X.col_stride, X.rows, w, sums.shift[j], sums.S[j], sums.Q[j]);
    }
}

}  // namespace mlcore::stats
