// apply_chains: the recorded reflections of many bulges, applied to the rows of one or more matrices.
//
//     row r      x  ->  x - t0 s           s = x + v1 y + v2 z          one reflection: 5 multiply-adds, 1 load, 1 store:
//     row r+1    y  ->  y - t1 s     next x                             the two rows that the next one shares stay
//     row r+2    z  ->  z - t2 s     next y                             in registers
//
// Columns do not depend on each other: they are cut into stripes a few vectors wide, which stay in L1 while all chains pass
// over them and are shared between threads. Where rows are not contiguous (columns of H are rows of its transpose) or less than a
// vector is left, a stripe is copied together first and back afterwards.
//
// LAPACK multiplies the reflections of a window together and applies their product by gemm: 2 to 3 times the flops, since the
// product is dense. The chains run at 90 % of gemm's speed, so they win.
//
// Flops 10 for each element of a row and reflection. Registers: 3 V + the 5 numbers of a reflection.
// Source: as rotations.cpp; K. Braman, R. Byers, R. Mathias, "The Multishift QR Algorithm, Part I", SIAM J. Matrix Anal. Appl.
// 23(4), 2002, for the chains.
#include "linalg/reflector_chains.hpp"

#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "core/parallel.hpp"

namespace mlcore::linalg {
namespace {

using namespace simd;

inline constexpr int stripe_vectors = vector_registers == 32 ? 8 : 3;
static_assert(3 * stripe_vectors + 5 <= vector_registers);

template <class T, int V>
void apply_to_stripe(const Chain<T>* chains, index count, T* B, index row_stride) noexcept {
    for (index chain = 0; chain < count; ++chain) {
        const Chain<T>& c = chains[chain];
        if (c.count == 0) continue;
        T* row = B + c.first * row_stride;
        Vec<T> x[V], y[V];
#pragma GCC unroll 8
        for (int v = 0; v < V; ++v) x[v] = load(row + v * lanes<T>), y[v] = load(row + row_stride + v * lanes<T>);
        const SmallReflector<T>* h = c.h;
        for (const SmallReflector<T>* const end = h + c.count - c.short_end; h != end; ++h, row += row_stride) {
            const Vec<T> v1 = broadcast(h->v1), v2 = broadcast(h->v2);
            const Vec<T> t0 = broadcast(h->t0), t1 = broadcast(h->t1), t2 = broadcast(h->t2);
#pragma GCC unroll 8
            for (int v = 0; v < V; ++v) {
                const Vec<T> z = load(row + 2 * row_stride + v * lanes<T>), s = x[v] + v1 * y[v] + v2 * z;
                store(row + v * lanes<T>, x[v] - t0 * s);
                x[v] = y[v] - t1 * s;
                y[v] = z - t2 * s;
            }
        }
#pragma GCC unroll 8
        for (int v = 0; v < V; ++v) {
            if (c.short_end) {
                const Vec<T> s = x[v] + broadcast(h->v1) * y[v];
                x[v] -= broadcast(h->t0) * s, y[v] -= broadcast(h->t1) * s;
            }
            store(row + v * lanes<T>, x[v]), store(row + row_stride + v * lanes<T>, y[v]);
        }
    }
}

template <class T, int V>
void apply_to_stripe_of(index vectors, const Chain<T>* chains, index count, T* B, index row_stride) noexcept {
    if constexpr (V > 1)
        if (vectors < V) return apply_to_stripe_of<T, V - 1>(vectors, chains, count, B, row_stride);
    apply_to_stripe<T, V>(chains, count, B, row_stride);
}

// Along the axis that is contiguous outside the stripe; the stripe itself lies in L1.
template <class T>
void copy_stripe(Matrix<const T> from, Matrix<T> to) noexcept {
    if (from.row_stride == 1) {
        for (index j = 0; j < from.cols; ++j)
            for (index i = 0; i < from.rows; ++i) to.data[i * to.row_stride + j] = from.data[i + j * from.col_stride];
    } else if (to.row_stride == 1) {
        for (index j = 0; j < from.cols; ++j)
            for (index i = 0; i < from.rows; ++i) to.data[i + j * to.col_stride] = from.data[i * from.row_stride + j];
    } else {
        for (index i = 0; i < from.rows; ++i)
            for (index j = 0; j < from.cols; ++j) to(i, j) = from(i, j);
    }
}

template <class T>
void apply_to_columns(const Chain<T>* chains, index count, Matrix<T> B) {
    const index vectors = ceil_div(B.cols, lanes<T>);
    if (B.col_stride == 1 && B.cols == vectors * lanes<T>)
        return apply_to_stripe_of<T, stripe_vectors>(vectors, chains, count, B.data, B.row_stride);
    Lease<T> room(B.rows * vectors * lanes<T>);
    const Matrix<T> dense{room.data(), B.rows, B.cols, vectors * lanes<T>, 1};
    for (index i = 1; i <= B.rows; ++i) store(dense.data + i * dense.row_stride - lanes<T>, Vec<T>{});  // lanes beyond the end
    copy_stripe<T>(B, dense);
    apply_to_stripe_of<T, stripe_vectors>(vectors, chains, count, dense.data, dense.row_stride);
    copy_stripe<T>(dense, B);
}

}  // namespace

template <class T>
void apply_chains(const Chain<T>* chains, index count, const Matrix<T>* matrices, int matrix_count) {
    constexpr index width = stripe_vectors * lanes<T>;
    double reflections = 0, columns = 0;
    index stripes = 0;
    for (index chain = 0; chain < count; ++chain) reflections += double(chains[chain].count);
    for (int i = 0; i < matrix_count; ++i) stripes += ceil_div(matrices[i].cols, width), columns += double(matrices[i].cols);
    parallel_for_work(stripes, 5 * reflections * columns, [&](index stripe, int) {
        const Matrix<T>* B = matrices;
        for (index here; stripe >= (here = ceil_div(B->cols, width)); ++B) stripe -= here;
        const index first = stripe * width, cols = B->cols - first < width ? B->cols - first : width;
        if (!interrupted()) apply_to_columns<T>(chains, count, B->block(0, first, B->rows, cols));
    });
}

template void apply_chains<float>(const Chain<float>*, index, const Matrix<float>*, int);
template void apply_chains<double>(const Chain<double>*, index, const Matrix<double>*, int);

}  // namespace mlcore::linalg
