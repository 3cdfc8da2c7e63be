// column_moments: mean and sum of squared deviations of each column of X (n x d), optionally weighted, in one read of X:
//
//     mean_j = sum_i w_i x_ij / sum_i w_i          squares_j = sum_i w_i (x_ij - mean_j)^2
//
// START READING at `column_moments` at the end of the file, then `add_chunk`.
//
// sum x^2 - n mean^2 would be one read too, but it subtracts two large numbers: with a mean of 1e6 and a deviation of 1 it
// loses 12 of 16 digits. So rows come in chunks, each summed about a shift s that is near its mean,
//
//     S = sum w (x - s),   Q = sum w (x - s)^2,     mean_c = s + S / W,   squares_c = Q - S^2 / W,
//
// and the chunks are merged by Chan's formula, all of whose terms are positive:
//
//     squares = squares_a + squares_b + (W_a W_b / (W_a + W_b)) delta^2,     delta = mean_b - mean_a.
//
// The shift is the mean of all rows before the chunk, and a chunk never weighs more than all rows before it (chunks double
// until they are 1 MiB). That bounds the loss whatever the data: the subtraction Q - S^2/W errs by about eps W_b
// delta^2, and the merge adds at least W_b delta^2 / 2. Where the condition fails (the first chunk; a chunk of heavy
// weights) the chunk is read twice, from cache: its own mean first. Means are kept as distances from the first row, so that
// delta does not suffer from the rounding of a large mean.
//
// Rows of up to 4 vectors are summed in registers. Longer ones are summed eight together, an eighth of the chunk apart, for
// the prefetcher's sake (see blas/gemv.cpp); a column that is contiguous is read in four quarters, for the same reason.
//
// Flops 4nd; bytes: X once. All sums are in double, whatever T is.
// Contract: weights are n values >= 0, or null. Groups of rows are cut by the shape alone and merged in order. A NaN in a
// column makes both its results NaN; an infinity makes squares NaN and the mean infinite or NaN.
//
// Source: T. Chan, G. Golub, R. LeVeque, "Algorithms for Computing the Sample Variance: Analysis and Recommendations",
// The American Statistician 37(3), 1983.
#include "stats/stats.hpp"

#include "blas/blas.hpp"
#include "blas/pieces.hpp"
#include "core/lease.hpp"

namespace mlcore::stats {
namespace {

using namespace simd;

#ifdef MLCORE_TINY_BLOCKS
constexpr index tile_columns = 32, first_rows = 8, chain_rows = 16, min_group_rows = 64;
constexpr double first_bytes = 128, chunk_bytes = 4096, task_bytes = 8192;
#else
constexpr index tile_columns = 2048;    // shift, S and Q of a tile: 48 KiB, in L2
constexpr index first_rows = 64, chain_rows = 256;
constexpr index min_group_rows = 2048;  // a group reads its first chunk twice
constexpr double first_bytes = 16384, chunk_bytes = 1 << 20, task_bytes = 1 << 20;
#endif
constexpr index weighted_columns = 8;  // contiguous ones in a task, so that the weights are read less often
constexpr index max_groups = 64, D = lanes<double>;

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

// What is known of some rows of one tile. Means are distances from `origin`.
struct Moments {
    double weight = 0;
    double *mean, *squares;
};

template <class T>
double sum_of(Vector<const T> w) {
    return blas::sum_of_terms<T>(w, [](Vec<double> v) { return v; });
}

// total = total merged with rows whose moments are those of column_of(j) = {mean, squares}.
template <class ColumnOf>
void merge(Moments& total, double weight, index cols, ColumnOf&& column_of) noexcept {
    const double all = total.weight + weight, share = all > 0 ? weight / all : 0, cross = total.weight * share;
    for (index j = 0; j < cols; ++j) {
        const auto [mean, squares] = column_of(j);
        const double delta = mean - total.mean[j];
        total.mean[j] = total.weight > 0 ? total.mean[j] + share * delta : weight > 0 ? mean : total.mean[j];
        total.squares[j] += squares + (cross > 0 ? cross * delta * delta : 0);
    }
    total.weight = all;
}

template <class T, bool Weighted>
void add_chunk(Matrix<const T> X, const T* w, const double* origin, Moments& total, Sums& sums) {
    const double weight = Weighted ? sum_of(Vector<const T>{w, X.rows}) : double(X.rows);
    const index padded = round_up(X.cols, D);
    const auto clear = [&] {
        for (index j = 0; j < padded; ++j) sums.S[j] = sums.Q[j] = 0;
    };
    for (index j = 0; j < padded; ++j) sums.shift[j] = j < X.cols ? origin[j] + total.mean[j] : 0;
    clear();
    if (weight > total.weight) {  // the chunk's own mean first
        for (index j = 0; j < X.cols; ++j) sums.shift[j] = double(X(0, j));
        add_block<T, Weighted>(X, w, sums);
        for (index j = 0; j < X.cols; ++j) sums.shift[j] += sums.S[j] / weight;
        clear();
    }
    add_block<T, Weighted>(X, w, sums);
    merge(total, weight, X.cols, [&](index j) {
        struct Column {
            double mean, squares;
        };
        if (!(weight > 0)) return Column{0, sums.Q[j]};
        const double squares = sums.Q[j] - sums.S[j] * sums.S[j] / weight;
        return Column{(sums.shift[j] - origin[j]) + sums.S[j] / weight, squares < 0 ? 0 : squares};  // NaN stays NaN
    });
}

// The moments of one group of rows of one tile of columns.
template <class T, bool Weighted>
void add_group(Matrix<const T> X, const T* w, const double* origin, Moments& total) {
    Lease<Sums> sums(1);
    for (index j = 0; j < X.cols; ++j) total.mean[j] = total.squares[j] = 0;
    const bool strided = !by_rows(X) && X.row_stride != 1;
    const index first = first_rows + index(first_bytes / sizeof(T)) / X.cols, most = first + index(chunk_bytes / sizeof(T)) / X.cols;
    Lease<T> dense(strided ? most * X.cols : 1);
    for (index i = 0; i < X.rows && !interrupted();) {
        const index wanted = smaller(i < first ? first : i, most), rows = smaller(wanted, X.rows - i);
        Matrix<const T> chunk = X.block(i, 0, rows, X.cols);
        if (strided) {
            const Matrix<T> copied = row_major(dense.data(), rows, X.cols);
            blas::copy<T>(chunk, copied);
            chunk = copied;
        }
        add_chunk<T, Weighted>(chunk, Weighted ? w + i : w, origin, total, sums[0]);
        i += rows;
    }
}

}  // namespace

// Returns the sum of the weights. mean and squares have room for d values; with a weight of 0 in all they are 0.
template <class T>
double column_moments(Matrix<const T> X, const T* weights, double* mean, double* squares) {
    const index n = X.rows, d = X.cols;
    if (d == 0) return weights ? sum_of(Vector<const T>{weights, n}) : double(n);

    const index tile = !by_rows(X) && X.row_stride == 1 ? (weights ? weighted_columns : 1) : tile_columns;
    const index tiles = ceil_div(d, tile);
    const double bytes = double(n) * double(d) * sizeof(T);
    const index wanted = smaller(1 + index(bytes / task_bytes), max_groups), most_groups = 1 + n / min_group_rows;
    index groups = smaller(ceil_div(wanted, tiles), most_groups);
    const index group_rows = n ? ceil_div(n, groups) : 1;
    groups = n ? ceil_div(n, group_rows) : 1;

    const index step = round_up(d, D);
    Lease<double> leased(step + groups * (2 * step + tiles));
    double *origin = leased.data(), *means = origin + step, *all_squares = means + groups * step;
    double* group_weights = all_squares + groups * step;
    for (index j = 0; j < d; ++j) origin[j] = n ? double(X(0, j)) : 0;
    parallel_for_work(groups * tiles, bytes, [&](index task, int) {
        const index g = task / tiles, t = task % tiles, i = g * group_rows, j = t * tile;
        Moments part{0, means + g * step + j, all_squares + g * step + j};
        const Matrix<const T> block = X.block(i, j, smaller(group_rows, n - i), smaller(tile, d - j));
        if (weights)
            add_group<T, true>(block, weights + i, origin + j, part);
        else
            add_group<T, false>(block, nullptr, origin + j, part);
        group_weights[g * tiles + t] = part.weight;
    });

    Moments total{group_weights[0], mean, squares};
    for (index j = 0; j < d; ++j) mean[j] = means[j], squares[j] = all_squares[j];
    for (index g = 1; g < groups; ++g)
        merge(total, group_weights[g * tiles], d, [&](index j) {
            struct Column {
                double mean, squares;
            };
            return Column{means[g * step + j], all_squares[g * step + j]};
        });
    for (index j = 0; j < d && total.weight > 0; ++j) mean[j] += origin[j];
    return total.weight;
}

template double column_moments<float>(Matrix<const float>, const float*, double*, double*);
template double column_moments<double>(Matrix<const double>, const double*, double*, double*);

}  // namespace mlcore::stats
