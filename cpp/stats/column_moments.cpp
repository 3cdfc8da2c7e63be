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
// until they are 1 MiB). That bounds the loss whatever the data: the subtraction Q - S^2/W errs by about eps W_b delta^2,
// and the merge adds at least W_b delta^2 / 2. Where the condition fails (the first chunk; a chunk of heavy weights) the
// chunk is read twice, from cache: its own mean first. A mean is kept as the sum of two doubles, so that delta does not
// suffer from the rounding of a large mean.
//
// Flops 4nd; bytes: X once. All sums are in double, whatever T is.
// Contract: weights are n values >= 0, or null. Groups of rows are cut by the shape alone and merged in order. A NaN in a
// column makes both its results NaN; an infinity makes squares NaN and the mean infinite or NaN.
//
// Source: T. Chan, G. Golub, R. LeVeque, "Algorithms for Computing the Sample Variance: Analysis and Recommendations",
// The American Statistician 37(3), 1983.
#include "stats/stats.hpp"

#include <utility>

#include "blas/blas.hpp"
#include "blas/pieces.hpp"
#include "core/lease.hpp"
#include "stats/deviation_sums.hpp"

namespace mlcore::stats {
namespace {

#ifdef MLCORE_TINY_BLOCKS
constexpr index first_rows = 8, min_group_rows = 64;
constexpr double first_bytes = 128, chunk_bytes = 4096, task_bytes = 8192;
#else
constexpr index first_rows = 64;        // at least, in the first chunk
constexpr index min_group_rows = 2048;  // a group reads its first chunk twice
constexpr double first_bytes = 16384, chunk_bytes = 1 << 20, task_bytes = 1 << 20;
#endif
constexpr index weighted_columns = 8;  // contiguous ones in a task, so that the weights are read less often
constexpr index max_groups = 64;

// What is known of some rows of one column.
struct Moment {
    double mean, low;  // the mean is their sum, to about twice the precision
    double squares;
};

Moment merged(Moment a, double weight_a, Moment b, double weight_b) noexcept {
    const double squares = a.squares + b.squares;  // also of rows without weight: NaN is to be seen
    if (weight_b > weight_a) {  // move the heavier mean, for it moves less
        std::swap(a, b);
        std::swap(weight_a, weight_b);
    }
    if (!(weight_b > 0)) return {a.mean, a.low, squares};
    const double share = weight_b / (weight_a + weight_b), delta = (b.mean - a.mean) + (b.low - a.low);
    const double low = a.low + share * delta, mean = a.mean + low;
    return {mean, low - (mean - a.mean), squares + weight_a * share * delta * delta};
}

template <class T>
double sum_of(Vector<const T> w) {
    return blas::sum_of_terms<T>(w, [](Vec<double> v) { return v; });
}

// Merges one chunk of rows into `columns`, whose rows weigh total_weight so far; returns the new weight.
template <class T, bool Weighted>
double add_chunk(Matrix<const T> X, const T* w, double total_weight, Moment* columns, Sums& sums) {
    const double weight = Weighted ? sum_of(Vector<const T>{w, X.rows}) : double(X.rows);
    const index padded = round_up(X.cols, D);
    const auto clear = [&] {
        for (index j = 0; j < padded; ++j) sums.S[j] = sums.Q[j] = 0;
    };
    for (index j = 0; j < padded; ++j) sums.shift[j] = j < X.cols ? columns[j].mean : 0;
    clear();
    if (weight > total_weight) {  // the chunk's own mean first
        for (index j = 0; j < X.cols; ++j) sums.shift[j] = double(X(0, j));
        add_block<T, Weighted>(X, w, sums);
        for (index j = 0; j < X.cols; ++j) sums.shift[j] += sums.S[j] / weight;
        clear();
    }
    add_block<T, Weighted>(X, w, sums);
    for (index j = 0; j < X.cols; ++j) {
        const double low = weight > 0 ? sums.S[j] / weight : 0, squares = sums.Q[j] - sums.S[j] * low;
        columns[j] = merged(columns[j], total_weight, {sums.shift[j], low, squares < 0 ? 0 : squares}, weight);  // NaN stays
    }
    return total_weight + weight;
}

// The moments of one group of rows of one tile of columns; returns its weight.
template <class T, bool Weighted>
double add_group(Matrix<const T> X, const T* w, Moment* columns) {
    Lease<Sums> sums(1);
    for (index j = 0; j < X.cols; ++j) columns[j] = {};
    const bool strided = !by_rows(X) && X.row_stride != 1;
    const index first = first_rows + index(first_bytes / sizeof(T)) / X.cols;
    const index most = first + index(chunk_bytes / sizeof(T)) / X.cols;
    Lease<T> dense(strided ? most * X.cols : 1);
    double weight = 0;
    for (index i = 0; i < X.rows && !interrupted();) {
        const index wanted = smaller(i < first ? first : i, most), rows = smaller(wanted, X.rows - i);
        Matrix<const T> chunk = X.block(i, 0, rows, X.cols);
        if (strided) {
            const Matrix<T> copied = row_major(dense.data(), rows, X.cols);
            blas::copy<T>(chunk, copied);
            chunk = copied;
        }
        weight = add_chunk<T, Weighted>(chunk, Weighted ? w + i : w, weight, columns, sums[0]);
        i += rows;
    }
    return weight;
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

    Lease<Moment> partial(groups * d);
    Lease<double> group_weights(groups * tiles);
    Moment* columns = partial.data();
    double* weight_of = group_weights.data();
    parallel_for_work(groups * tiles, bytes, [&](index task, int) {
        const index g = task / tiles, i = g * group_rows, j = task % tiles * tile;
        const Matrix<const T> block = X.block(i, j, smaller(group_rows, n - i), smaller(tile, d - j));
        weight_of[task] = weights ? add_group<T, true>(block, weights + i, columns + g * d + j)
                                  : add_group<T, false>(block, nullptr, columns + g * d + j);
    });

    double total = weight_of[0];
    for (index g = 1; g < groups; ++g) {
        const double weight = weight_of[g * tiles];
        for (index j = 0; j < d; ++j) columns[j] = merged(columns[j], total, columns[g * d + j], weight);
        total += weight;
    }
    for (index j = 0; j < d; ++j) {
        mean[j] = columns[j].mean + columns[j].low;
        squares[j] = columns[j].squares;
    }
    return total;
}

template double column_moments<float>(Matrix<const float>, const float*, double*, double*);
template double column_moments<double>(Matrix<const double>, const double*, double*, double*);

}  // namespace mlcore::stats
