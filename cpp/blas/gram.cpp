// gram: the matrix of inner products of columns,  C = X^T X  (d x d) of X (n x d), optionally weighted and centred:
//
//     C = sum over rows i of  w_i (x_i - mean)^T (x_i - mean),     mean = sum w_i x_i / sum w_i,      in one read of X.
//
// START READING at `gram` at the end of the file.
//
// Rows come in chunks small enough for L2. A chunk is packed (centred on its own mean, scaled by sqrt(w)) while it is
// read, and its products are added to the upper triangle of C from cache (gram_panel.cpp). If there is nothing to subtract or
// scale and the rows are contiguous and begin at cache lines, they are multiplied where they lie.
//
//     X  n x d            P  chunk x d                  C  d x d
//     +--------+          +--------+                    +--------+
//     | chunk  |  ----->  | x-mean |  -- += P^T P -->   | \      |
//     | ...    |          | delta  |                    |    \   |
//     +--------+          +--------+                    +--------+
//
// Centring needs no second read and no subtraction of large numbers: chunks a and b have means of their own and
//
//     C_ab = C_a + C_b + (n_a n_b / (n_a + n_b)) delta^T delta,    delta = mean_b - mean_a,
//
// all terms positive, so nothing cancels. The delta term is one more row of the packed chunk.
//
// Flops n d (d+1); bytes: X once. Means are kept in double whatever T is; within a chunk, the sums of the differences from
// the pivot row are kept in T.
// Contract: C overlaps nothing; both triangles are written. How rows are cut into chunks, and chunks into groups that the
// threads share, depends on n and d alone; groups are merged in order by the same formula.
//
// Tried: chunks that fit in L1 with their packed copy gain nothing. Centring a chunk while it is packed, on the mean of the
// rows before it, gains 3 to 6 % (packing is bound by the lines that L1 and L2 exchange) and brings a subtraction.
//
// Source: T. Chan, G. Golub, R. LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances",
// Stanford STAN-CS-79-773, 1979, eq. 2.1, for vectors.
#include <cmath>
#include <type_traits>

#include "blas/blas.hpp"
#include "blas/gram_panel.hpp"
#include "core/lease.hpp"
#include "core/parallel.hpp"

namespace mlcore::blas {
namespace {

using namespace simd;

struct Chunking {
    index rows, groups, rows_per_group;

    Chunking(index n, index d, index width, index itemsize) noexcept {
#ifdef MLCORE_TINY_BLOCKS
        constexpr index bytes = 4096, least = 4, most = 16, wide = 64, deep = 24;
#else
        constexpr index bytes = 128 * 1024, least = 32, most = 192, wide = 512, deep = 256;
#endif
        rows = bytes / (itemsize * (d < width ? d : width));
        // The rows of a chunk are one chain of additions. Where rows are alike rounding errors do not cancel in it: they add up to a
        // quarter of eps for each row, and some d eps is what factorisations of d columns may lose.
        if (rows > 16 * d) rows = 16 * d;
        rows = rows < least ? least : rows > most ? most : rows;
        if (d > wide) rows = deep;  // a C too large for L2 is read and written once for each chunk
        // Each group sums into a matrix of its own: at most 32 groups of at least 4 chunks, together no more memory than an
        // eighth of X. Wide matrices are not grouped: there the tiles of C are shared out.
        const index chunks = ceil_div(n, rows);
        groups = d > wide ? 1 : chunks / 4;
        if (groups > 32) groups = 32;
        if (groups > n / (8 * d)) groups = n / (8 * d);
        if (groups < 1) groups = 1;
        rows_per_group = ceil_div(chunks, groups) * rows;
        groups = n ? ceil_div(n, rows_per_group) : 1;
    }
};

// What is known of the rows seen so far; `mean` has the layout of a panel row.
struct Moments {
    double weight;
    double* mean;
};

// The (weighted) sums of the columns of X less a pivot row. Subtracting a row of the data before summing loses nothing to a
// large mean, and lets the sums be kept in T. Four rows at a time: one load and store of the sums for four of the data.
template <class T>
void sum_rows(Matrix<const T> X, const T* weights, const T* pivot, T* sums) noexcept {
    const auto add = [&]<int R>(std::integral_constant<int, R>, index p) {
        for (index j = 0; j < X.cols; j += lanes<T>) {
            const index left = X.cols - j;
            Vec<T> sum = load(sums + j);
#pragma GCC unroll 4
            for (int r = 0; r < R; ++r) {
                const T* from = X.data + (p + r) * X.row_stride + j;
                const Vec<T> x = (left < lanes<T> ? load_partial(from, left) : load(from)) - load(pivot + j);
                sum += weights ? broadcast(weights[p + r]) * x : x;
            }
            store(sums + j, sum);
        }
    };
    index p = 0;
    for (; p + 4 <= X.rows; p += 4) add(std::integral_constant<int, 4>{}, p);
    for (; p < X.rows; ++p) add(std::integral_constant<int, 1>{}, p);
}

// Copies X into the panel, less the mean if there is one (as pivot + shift, which T may not hold in one number), each row
// scaled by sqrt(w). X may be the panel itself.
template <class T>
void pack_rows(Matrix<const T> X, const T* weights, const T* pivot, const T* shift, T* out, index ld) noexcept {
    for (index p = 0; p < X.rows; ++p, out += ld) {
        const T* from = X.data + p * X.row_stride;
        const Vec<T> scale = broadcast(weights ? std::sqrt(weights[p]) : T(1));
        for (index j = 0; j < X.cols; j += lanes<T>) {
            const index left = X.cols - j;
            Vec<T> x = left < lanes<T> ? load_partial(from + j, left) : load(from + j);
            if (pivot) x = (x - load(pivot + j)) - load(shift + j);
            x = weights ? scale * x : x;
            if (left < lanes<T>)
                store_partial(out + j, x, left);  // the gap stays zero
            else
                store(out + j, x);
        }
    }
}

// mean_ab and, in T, the row sqrt(n_a n_b / (n_a + n_b)) delta; the first chunk of all (a empty) has no delta.
template <class T>
void merge_means(double weight_a, double* mean_a, double weight_b, const double* mean_b, index cols, T* delta) noexcept {
    const double all = weight_a + weight_b, share = all > 0 ? weight_b / all : 0, factor = std::sqrt(weight_a * share);
    for (index j = 0; j < cols; ++j) {
        const double step = mean_b[j] - mean_a[j];
        delta[j] = weight_a > 0 ? T(factor * step) : T(0);
        mean_a[j] = weight_a > 0 ? mean_a[j] + share * step : mean_b[j];
    }
}

// Adds one chunk of rows to C: packs, centres, appends delta, multiplies; asks for the next chunk meanwhile.
template <class T>
void add_chunk(Matrix<const T> X, const T* weights, bool center, Moments& total, const GramPanel<T>& P, T* C, index ldc,
               Prefetch next) {
    double weight = double(X.rows);
    index heaviest = 0;  // the pivot: a far-off row that counts for nothing must not set the scale of the rounding errors
    if (weights) {
        weight = 0;
        for (index p = 0; p < X.rows; ++p) {
            weight += double(weights[p]);
            if (weights[p] > weights[heaviest]) heaviest = p;
        }
    }
    parallel_for_work(P.blocks, P.blocks > 1 ? 4.0 * double(X.rows) * double(X.cols) : 0, [&](index b, int) {
        const index cols = P.cols(b), ld = P.ld;
        Matrix<const T> rows = X.block(0, P.first(b), X.rows, cols);
        if (X.col_stride != 1) {
            copy<T>(rows, {P.row(b, 0), X.rows, cols, ld, 1});
            rows = {P.row(b, 0), X.rows, cols, ld, 1};
        }
        if (!center) return pack_rows<T>(rows, weights, nullptr, nullptr, P.row(b, 0), ld);

        T pivot[GramPanel<T>::max_ld] = {}, shift[GramPanel<T>::max_ld] = {};
        double mean[GramPanel<T>::max_ld] = {};
        for (index j = 0; j < cols; ++j) pivot[j] = rows(heaviest, j);
        sum_rows<T>(rows, weights, pivot, shift);
        for (index j = 0; j < cols; ++j) {
            shift[j] = weight > 0 ? T(double(shift[j]) / weight) : T(0);  // the mean, seen from the pivot
            mean[j] = double(pivot[j]) + double(shift[j]);
        }
        pack_rows<T>(rows, weights, pivot, shift, P.row(b, 0), ld);
        merge_means<T>(total.weight, total.mean + b * ld, weight, mean, cols, P.row(b, X.rows));
    });
    total.weight += weight;
    add_products<T>(P, X.rows + (center ? 1 : 0), C, ldc, next);
}

}  // namespace

// weights: n values >= 0, or null. mean: d values, written; or null for no centring.
template <class T>
void gram(MatrixIn<T> X, const T* weights, double* mean, Matrix<T> C) {
    const index n = X.rows, d = X.cols;
    if (d == 0) return;
    const bool center = mean != nullptr;
    const Chunking cut(n, d, GramPanel<T>::width, sizeof(T));
    const GramPanel<T> shape(d, cut.rows + 1);  // one more for delta
    const index padded = shape.padded(), ldc = round_up(d, lanes<T>);

    const bool in_place = !center && !weights && GramRows<T>::can_be_read_in_place(X);

    Lease<T> group_products(cut.groups * d * ldc);
    Lease<double> group_means(cut.groups * padded), group_weights(cut.groups);
    T* products = group_products.data();
    // The next chunk is fetched ahead where it is one stretch of memory.
    const index row_bytes = X.col_stride == 1 && X.row_stride == d ? d * index(sizeof(T)) : 0;

    parallel_for_work(cut.groups, double(n) * double(d) * double(d) / 2, [&](index g, int) {
        GramPanel<T> P = shape;
        Lease<T> panel(in_place ? 0 : P.size());
        P.data = panel.data();
        if (!in_place) P.clear_gaps();
        T* C_g = products + g * d * ldc;
        for (index i = 0; i < d * ldc; ++i) C_g[i] = T(0);
        Moments total{0, group_means.data() + g * padded};
        for (index j = 0; j < padded; ++j) total.mean[j] = 0;
        const index end = (g + 1) * cut.rows_per_group < n ? (g + 1) * cut.rows_per_group : n;
        for (index p = g * cut.rows_per_group; p < end && !interrupted(); p += cut.rows) {
            const index rows = end - p < cut.rows ? end - p : cut.rows;
            const Prefetch next{X.data + (p + rows) * X.row_stride, (end - p - rows < rows ? end - p - rows : rows) * row_bytes};
            const Matrix<const T> chunk = X.block(p, 0, rows, d);
            if (in_place)
                add_products<T>(chunk, rows, C_g, ldc, next);
            else
                add_chunk<T>(chunk, weights ? weights + p : nullptr, center, total, P, C_g, ldc, next);
            poll_interrupt();
        }
        group_weights[g] = total.weight;
    });
    if (interrupted()) return;

    parallel_for_work(d, double(cut.groups) * double(d) * double(d), [&](index i, int) {
        for (index g = 1; g < cut.groups; ++g)
            for (index j = i; j < d; ++j) products[i * ldc + j] += products[(g * d + i) * ldc + j];
    });
    if (center) {
        GramPanel<T> P(d, cut.groups);  // the deltas between groups are one short panel
        Lease<T> panel(P.size());
        P.data = panel.data();
        Moments total{0, group_means.data()};
        total.weight = group_weights[0];
        P.clear_gaps();
        for (index b = 0; b < P.blocks; ++b)
            for (index j = 0; j < P.ld; ++j) P.row(b, 0)[j] = T(0);
        for (index g = 1; g < cut.groups; ++g) {
            for (index b = 0; b < P.blocks; ++b)
                merge_means<T>(total.weight, total.mean + b * P.ld, group_weights[g], group_means.data() + g * padded + b * P.ld, P.cols(b),
                               P.row(b, g));
            total.weight += group_weights[g];
        }
        add_products<T>(P, cut.groups, products, ldc, {});
        for (index j = 0; j < d; ++j) mean[j] = total.mean[j / P.width * P.ld + j % P.width];
    }
    for (index i = 0; i < d; ++i)
        for (index j = i; j < d; ++j) C(i, j) = C(j, i) = products[i * ldc + j];
}

template void gram<float>(Matrix<const float>, const float*, double*, Matrix<float>);
template void gram<double>(Matrix<const double>, const double*, double*, Matrix<double>);

}  // namespace mlcore::blas
