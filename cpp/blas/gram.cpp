// gram: the matrix of inner products of columns,  C = X^T X  (d x d) of X (n x d), optionally weighted and centred:
//
//     C = sum over rows i of  w_i (x_i - mean)^T (x_i - mean),     mean = sum w_i x_i / sum w_i,      in one read of X.
//
// START READING at `gram` at the end of the file.
//
// Rows come in chunks small enough for L2. A chunk is packed (centred on its own mean, scaled by sqrt(w)) while it
// is read, and its products are added to the upper triangle of C from cache:
//
//     X  n x d            P  chunk x d                  C  d x d, upper triangle
//     +--------+          +--------+                    +------------+
//     | chunk  |  ----->  | x-mean |  -- P^T P --->     | \  4 x NV  |   strips of 4 rows, each starting at its own
//     | ...    |          | delta  |                    |   \  tiles |   diagonal element: d(d+1)/2 products, not d^2
//     +--------+          +--------+                    +------------+
//
// Centring needs no second read and no subtraction of large numbers: chunk a has its own mean and
//
//     C_ab = C_a + C_b + (n_a n_b / (n_a + n_b)) delta^T delta,    delta = mean_b - mean_a,
//
// all terms positive, so nothing cancels. The delta term is one more row of the packed chunk.
//
// Flops n d (d+1); bytes: X once. Means are kept in double whatever T is.
// Contract: C overlaps nothing; both triangles are written. The cut into chunks and groups depends on n, d alone.
//
// Source: T. Chan, G. Golub, R. LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances",
// Stanford STAN-CS-79-773, 1979, eq. 2.1, for vectors.
#include <cmath>

#include "blas/blas.hpp"
#include "blas/microkernel.hpp"
#include "core/lease.hpp"
#include "core/parallel.hpp"

namespace mlcore::blas {
namespace {

using namespace simd;

template <class T>
struct GramBlocking {
    static constexpr int L = lanes<T>;
    // 32 registers: 4x6 = 24 accumulators + 6 + 1.  16 registers: 4x3 = 12 + 3 + 1.
    static constexpr int MR = 4;
    static constexpr int NV = vector_registers == 32 ? 6 : 3;
#ifdef MLCORE_TINY_BLOCKS
    static constexpr index width = 4 * L;       // columns of one block of the packed chunk
    static constexpr index chunk_bytes = 4096;  // of one packed chunk
    static constexpr index max_rows = 16, min_rows = 4;
    static constexpr index grouped_columns = 2 * width;  // up to this d whole groups of rows are shared out
#else
    static constexpr index width = 192;
    static constexpr index chunk_bytes = 128 * 1024;
    static constexpr index max_rows = 192, min_rows = 64;
    static constexpr index grouped_columns = 512;
#endif
    static constexpr index ld = width + 8;  // not a power of two: rows of a block fall into different cache sets
};

template <class T>
struct Chunking {  // how the problem is cut: a function of its size
    using Block = GramBlocking<T>;
    index blocks, rows, groups, rows_per_group;

    Chunking(index n, index d) noexcept {
        blocks = ceil_div(d, Block::width);
        rows = Block::chunk_bytes / (index(sizeof(T)) * (blocks > 1 ? Block::width : d));
        rows = rows < Block::min_rows ? Block::min_rows : rows > Block::max_rows ? Block::max_rows : rows;
        const index chunks = ceil_div(n, rows);
        // Each group sums into a matrix of its own: at most 64 groups, at least 4 chunks in each, and no more memory in all
        // than an eighth of X.
        groups = d > Block::grouped_columns ? 1 : chunks / 4;
        if (groups > 64) groups = 64;
        if (groups > n / (8 * d)) groups = n / (8 * d);
        if (groups < 1) groups = 1;
        rows_per_group = ceil_div(chunks, groups) * rows;
        groups = n ? ceil_div(n, rows_per_group) : 1;
    }
    index panel_rows() const noexcept { return rows + 1; }  // one more for delta
    index panel_size() const noexcept { return blocks * panel_rows() * Block::ld + lanes<T>; }
};

// C[0:rows, 0:cols] += A^T B for a strip of at most MR columns of A; reads up to a vector past `cols`, inside the panel.
template <class T, int NV>
void strip_tile(index k, const T* A, const T* B, T* C, index ldc, int rows, index last) noexcept {
    using Block = GramBlocking<T>;
    Tile<T, Block::MR, NV> tile;
    tile.template multiply<false>(k, A, 1, Block::ld, B, Block::ld, last);
    tile.update(C, ldc, rows, last, T(1), T(1));
}

template <class T, int NV>
void strip_tile_of(int vectors, index k, const T* A, const T* B, T* C, index ldc, int rows, index last) noexcept {
    if constexpr (NV > 1)
        if (vectors < NV) return strip_tile_of<T, NV - 1>(vectors, k, A, B, C, ldc, rows, last);
    strip_tile<T, NV>(k, A, B, C, ldc, rows, last);
}

// Rows [r, r + rows) of C against columns [first, cols) of one block, in tiles of nearly equal width.
template <class T>
void strip(index k, const T* A, const T* B, T* C, index ldc, int rows, index first, index cols) noexcept {
    using Block = GramBlocking<T>;
    index vectors = ceil_div(cols - first, lanes<T>);
    for (index tiles = ceil_div(vectors, Block::NV); tiles > 0; --tiles) {
        const index now = ceil_div(vectors, tiles);
        const index left = cols - first - (now - 1) * lanes<T>;
        strip_tile_of<T, Block::NV>(int(now), k, A, B + first, C + first, ldc, rows, left < lanes<T> ? left : lanes<T>);
        first += now * lanes<T>;
        vectors -= now;
    }
}

// Upper triangle of C += P^T P for a packed chunk of k rows. A task is one pair of column blocks.
template <class T>
void add_products(index k, const T* P, index panel_rows, index d, T* C, index ldc) noexcept {
    using Block = GramBlocking<T>;
    const index blocks = ceil_div(d, Block::width);
    parallel_for_work(blocks * blocks, blocks > 1 ? double(k) * double(d) * double(d) / 2 : 0, [=](index task, int) {
        const index I = task / blocks, J = task % blocks;
        if (I > J) return;
        const index i0 = I * Block::width, j0 = J * Block::width;
        const index m = d - i0 < Block::width ? d - i0 : Block::width, n = d - j0 < Block::width ? d - j0 : Block::width;
        const T* A = P + I * panel_rows * Block::ld;
        const T* B = P + J * panel_rows * Block::ld;
        for (index r = 0; r < m; r += Block::MR)
            strip<T>(k, A + r, B, C + (i0 + r) * ldc + j0, ldc, int(m - r < Block::MR ? m - r : Block::MR), I == J ? r : 0, n);
    });
}

// Copies a chunk of one column block into the panel and adds its (weighted) column sums to `sums`, if there is one.
template <class T>
void pack_rows(Matrix<const T> X, const T* weights, T* P, double* sums) noexcept {
    using Block = GramBlocking<T>;
    constexpr int D = lanes<double>;
    const index cols = X.cols;
    for (index p = 0; p < X.rows; ++p) {
        T* out = P + p * Block::ld;
        const T* x = X.data + p * X.row_stride;
        index j = 0;
        if (X.col_stride == 1)
            for (; j + lanes<T> <= cols; j += lanes<T>) store(out + j, load(x + j));
        for (; j < cols; ++j) out[j] = x[j * X.col_stride];
        for (j = cols; j < Block::ld; ++j) out[j] = T(0);
        if (!sums) continue;
        const double w = weights ? double(weights[p]) : 1.0;
        for (j = 0; j < cols; j += D) store(sums + j, load(sums + j) + broadcast(w) * load_as<double>(out + j));
    }
}

// Subtracts the chunk's mean and scales each row by sqrt(w).
template <class T>
void center_rows(index rows, index cols, const double* mean, const T* weights, T* P) noexcept {
    using Block = GramBlocking<T>;
    constexpr int D = lanes<double>;
    for (index p = 0; p < rows; ++p) {
        T* out = P + p * Block::ld;
        const Vec<double> scale = broadcast(weights ? std::sqrt(double(weights[p])) : 1.0);
        for (index j = 0; j < cols; j += D) {
            Vec<double> x = load_as<double>(out + j);
            if (mean) x -= load(mean + j);
            store_as<T, double>(out + j, scale * x);
        }
    }
}

// What is known of the rows of a group so far.
struct Moments {
    double weight = 0;
    double* mean;  // d, padded to whole blocks
};

// Adds one chunk of rows to the group: packs, centres, appends delta, multiplies.
template <class T>
void add_chunk(Matrix<const T> X, const T* weights, bool center, Moments& total, double* sums, T* P, index panel_rows, T* C,
               index ldc) noexcept {
    using Block = GramBlocking<T>;
    const index rows = X.rows, d = X.cols, blocks = ceil_div(d, Block::width);
    double chunk_weight = double(rows);
    if (weights) {
        chunk_weight = 0;
        for (index p = 0; p < rows; ++p) chunk_weight += double(weights[p]);
    }
    const double all = total.weight + chunk_weight;
    const double share = all > 0 ? chunk_weight / all : 0;
    const bool merge = center && total.weight > 0;
    parallel_for_work(blocks, blocks > 1 ? 4.0 * double(rows) * double(d) : 0, [&](index b, int) {
        const index j0 = b * Block::width, cols = d - j0 < Block::width ? d - j0 : Block::width;
        T* panel = P + b * panel_rows * Block::ld;
        double* sum = sums + b * Block::ld;
        double* mean = total.mean + b * Block::ld;
        if (center)
            for (index j = 0; j < Block::ld; ++j) sum[j] = 0;
        pack_rows<T>(X.block(0, j0, rows, cols), weights, panel, center ? sum : nullptr);
        if (!center) {
            if (weights) center_rows<T>(rows, cols, nullptr, weights, panel);
            return;
        }
        for (index j = 0; j < cols; ++j) sum[j] = chunk_weight > 0 ? sum[j] / chunk_weight : 0;
        center_rows<T>(rows, cols, sum, weights, panel);
        T* delta = panel + rows * Block::ld;
        const double factor = std::sqrt(total.weight * share);  // n_a n_b / (n_a + n_b)
        for (index j = 0; j < cols; ++j) {
            const double step = sum[j] - mean[j];
            delta[j] = merge ? T(factor * step) : T(0);
            mean[j] += merge ? share * step : step;
        }
        for (index j = cols; j < Block::ld; ++j) delta[j] = T(0);
    });
    total.weight = all;
    add_products<T>(rows + (merge ? 1 : 0), P, panel_rows, d, C, ldc);
}

}  // namespace

// weights: n values >= 0, or null. mean: d values, written; or null for no centring.
template <class T>
void gram(MatrixIn<T> X, const T* weights, double* mean, Matrix<T> C) {
    using Block = GramBlocking<T>;
    const index n = X.rows, d = X.cols;
    if (d == 0) return;
    const bool center = mean != nullptr;
    const Chunking<T> cut(n, d);
    const index padded = cut.blocks * Block::ld, ldc = round_up(d, lanes<T>);

    Lease<T> group_sums(cut.groups * d * ldc);
    Lease<double> group_means(cut.groups * padded), group_weights(cut.groups);
    T* sums = group_sums.data();
    double *means = group_means.data(), *totals = group_weights.data();

    parallel_for_work(cut.groups, double(n) * double(d) * double(d) / 2, [&](index g, int) {
        Lease<T> panel(cut.panel_size());
        Lease<double> chunk_sums(padded + lanes<double>);
        T* C_g = sums + g * d * ldc;
        for (index i = 0; i < d * ldc; ++i) C_g[i] = T(0);
        Moments total{0, means + g * padded};
        for (index j = 0; j < padded; ++j) total.mean[j] = 0;
        const index end = (g + 1) * cut.rows_per_group < n ? (g + 1) * cut.rows_per_group : n;
        for (index p = g * cut.rows_per_group; p < end && !interrupted(); p += cut.rows)
            add_chunk<T>(X.block(p, 0, end - p < cut.rows ? end - p : cut.rows, d), weights ? weights + p : nullptr, center, total,
                         chunk_sums.data(), panel.data(), cut.panel_rows(), C_g, ldc);
        totals[g] = total.weight;
    });

    // Groups are merged in order by the same formula; the deltas between them make one short panel.
    for (index g = 1; g < cut.groups; ++g) {
        const T* C_g = sums + g * d * ldc;
        for (index i = 0; i < d; ++i)
            for (index j = i; j < d; ++j) sums[i * ldc + j] += C_g[i * ldc + j];
    }
    if (center) {
        Lease<T> panel(cut.blocks * cut.groups * Block::ld + lanes<T>);
        T* P = panel.data();
        double weight = totals[0];
        for (index g = 1; g < cut.groups; ++g) {
            const double all = weight + totals[g], share = all > 0 ? totals[g] / all : 0, factor = std::sqrt(weight * share);
            for (index j = 0; j < padded; ++j) {
                const double step = means[g * padded + j] - means[j];
                P[(j / Block::ld * cut.groups + g - 1) * Block::ld + j % Block::ld] = T(factor * step);
                means[j] += share * step;
            }
            weight = all;
        }
        add_products<T>(cut.groups - 1, P, cut.groups, d, sums, ldc);
        for (index j = 0; j < d; ++j) mean[j] = means[j / Block::width * Block::ld + j % Block::width];
    }
    for (index i = 0; i < d; ++i)
        for (index j = i; j < d; ++j) C(i, j) = C(j, i) = sums[i * ldc + j];
}

template void gram<float>(Matrix<const float>, const float*, double*, Matrix<float>);
template void gram<double>(Matrix<const double>, const double*, double*, Matrix<double>);

}  // namespace mlcore::blas
