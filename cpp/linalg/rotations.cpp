// apply_sweeps: many chains of plane rotations, applied to the rows of Zt.
//
// Columns do not depend on each other. Zt is cut into stripes a few vectors wide, narrow enough that a stripe of a thousand
// rows stays in L2 while all recorded sweeps pass over it; stripes are shared between threads.
//
//     Zt      | stripe |        |             one rotation, V vectors wide:
//       i     |  z z   |        |               z   = load row i
//       i+1   |  r r   |        |               row i+1 = s z + c r,   r = c z - s r      r: in registers down the chain
//
// Flops 6 for each element of a row and rotation. Registers: V running + V loaded + c, s; the chain through r is one
// multiply-add long, so V = 4 already keeps the unit busy, and V = 8 halves the loop's overhead.
//
// Two sweeps at once, the second one rotation behind the first, would halve loads and stores; but on Zen 4 the four arithmetic
// operations of a 512-bit vector take four cycles, the load and the store together three.
//
// Source: F. Van Zee, R. van de Geijn, G. Quintana-Orti, "Restructuring the Tridiagonal and Bidiagonal QR Algorithms for
// Performance", ACM TOMS 40(3), 2014.
#include "linalg/rotations.hpp"

#include "core/interrupt.hpp"
#include "core/parallel.hpp"
#include "simd/vec.hpp"

namespace mlcore::linalg {
namespace {

using namespace simd;

inline constexpr int stripe_vectors = vector_registers == 32 ? 8 : 4;

template <class T, int V>
void apply_to_stripe(const Sweep<T>* sweeps, index count, T* Z, index row_stride) noexcept {
    for (index sweep = 0; sweep < count; ++sweep) {
        const T* rotation = sweeps[sweep].rotations;
        T* row = Z + sweeps[sweep].last * row_stride;  // row i + 1
        Vec<T> running[V];
#pragma GCC unroll 8
        for (int v = 0; v < V; ++v) running[v] = load(row + v * lanes<T>);
        for (index i = sweeps[sweep].last - 1; i >= sweeps[sweep].first; --i, rotation += 2, row -= row_stride) {
            const Vec<T> c = broadcast(rotation[0]), s = broadcast(rotation[1]);
#pragma GCC unroll 8
            for (int v = 0; v < V; ++v) {
                const Vec<T> z = load(row - row_stride + v * lanes<T>);
                store(row + v * lanes<T>, s * z + c * running[v]);
                running[v] = c * z - s * running[v];
            }
        }
#pragma GCC unroll 8
        for (int v = 0; v < V; ++v) store(row + v * lanes<T>, running[v]);
    }
}

template <class T, int V>
void apply_to_stripe_of(int vectors, const Sweep<T>* sweeps, index count, T* Z, index row_stride) noexcept {
    if constexpr (V > 1)
        if (vectors < V) return apply_to_stripe_of<T, V - 1>(vectors, sweeps, count, Z, row_stride);
    apply_to_stripe<T, V>(sweeps, count, Z, row_stride);
}

}  // namespace

template <class T>
void apply_sweeps(const Sweep<T>* sweeps, index count, Matrix<T> Zt) {
    double rotations = 0;
    for (index sweep = 0; sweep < count; ++sweep) rotations += double(sweeps[sweep].last - sweeps[sweep].first);
    const index vectors = ceil_div(Zt.cols, lanes<T>), stripes = ceil_div(vectors, stripe_vectors);
    parallel_for_work(stripes, 4 * rotations * double(Zt.cols), [&](index task, int) {
        if (interrupted()) return;
        const index first = task * vectors / stripes, end = (task + 1) * vectors / stripes;  // of nearly equal width
        apply_to_stripe_of<T, stripe_vectors>(int(end - first), sweeps, count, Zt.data + first * lanes<T>, Zt.row_stride);
    });
}

template void apply_sweeps<float>(const Sweep<float>*, index, Matrix<float>);
template void apply_sweeps<double>(const Sweep<double>*, index, Matrix<double>);

}  // namespace mlcore::linalg
