// symmetric_product: y = A v from the lower triangle of A, each element loaded once and used for (i, j) and for (j, i).
//
//         0 ....... k              a  element of the lower part: used for (i, j) and for (j, i)
//       +-------+                  s  diagonal square, stored in full: used for (i, j) alone
//       | s s   |        i
//       | s s   |        |         row i of A v:   sum over j of a_ij v_j   (a dot product)
//       | a a s s|       v         rows j < i:     a_ij v_i                 (an axpy)
//       | a a s s|
//
// Rows are cut into pieces of equal area; each piece has its own y, and they are added in order. Flops 2 k^2, bytes k^2 / 2
// elements: memory, or the cache that holds the triangle, is the limit.
#include <algorithm>
#include <cmath>

#include "core/lease.hpp"
#include "core/parallel.hpp"
#include "linalg/tridiagonal.hpp"

namespace mlcore::linalg {
namespace {

using namespace simd;

#ifdef MLCORE_TINY_BLOCKS
inline constexpr double piece_bytes = 512;
#else
inline constexpr double piece_bytes = 128 * 1024;
#endif
inline constexpr index max_pieces = 8;
// 32 registers: 4 sums + 4 broadcasts + 4.  16 registers: 2 + 2 + 4.
inline constexpr int row_group = vector_registers == 32 ? 4 : 2;

// Rows [i, i + R): y += A v. `square`: first column of the diagonal square.
template <class T, int R>
void multiply_rows(Matrix<const T> A, index i, index square, const T* v, T* y) noexcept {
    constexpr index L = lanes<T>;
    Vec<T> vi[R], sum[R];
    const T* a[R];
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
        vi[r] = broadcast(v[i + r]);
        sum[r] = Vec<T>{};
        a[r] = A.data + (i + r) * A.row_stride;
    }
    for (index j = 0; j < square; j += L) {
        const Vec<T> vj = load(v + j);
        Vec<T> yj = load(y + j);
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) {
            const Vec<T> x = load(a[r] + j);
            sum[r] += x * vj;
            yj += x * vi[r];
        }
        store(y + j, yj);
    }
    for (index j = square; j < square + symmetric_block<T>; j += L) {
        const Vec<T> vj = load(v + j);
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) sum[r] += load(a[r] + j) * vj;
    }
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) y[i + r] += reduce_add<T>(sum[r]);
}

// y[0, last) = the share of rows [first, last) in A v.
template <class T>
void multiply_piece(Matrix<const T> A, index first, index last, const T* v, T* y) noexcept {
    constexpr index block = symmetric_block<T>;
    std::fill_n(y, round_up(last, block), T(0));
    index i = first;
    for (; i + row_group <= last; i += row_group) multiply_rows<T, row_group>(A, i, i / block * block, v, y);
    for (; i < last; ++i) multiply_rows<T, 1>(A, i, i / block * block, v, y);
}

}  // namespace

template <class T>
void symmetric_product(Matrix<const T> A, index k, const T* v, T* y) {
    constexpr index block = symmetric_block<T>;
    const double bytes = double(k) * double(k) / 2 * sizeof(T);
    const index pieces = std::clamp(index(bytes / piece_bytes), index(1), max_pieces), padded = round_up(k, block);
    if (pieces == 1) return multiply_piece(A, 0, k, v, y);
    Lease<T> room((pieces - 1) * padded);
    const auto begin = [&](index piece) {
        return piece == pieces ? k : std::min(round_up(index(double(k) * std::sqrt(double(piece) / double(pieces))), block), k);
    };
    const auto part = [&](index piece) { return piece == pieces - 1 ? y : room.data() + piece * padded; };  // the last is the longest
    parallel_for_work(pieces, bytes, [&](index piece, int) { multiply_piece(A, begin(piece), begin(piece + 1), v, part(piece)); });
    for (index piece = 0; piece < pieces - 1; ++piece) {
        const T* other = part(piece);
        const index end = round_up(begin(piece + 1), block);
        for (index j = 0; j < end; j += lanes<T>) store(y + j, load(y + j) + load(other + j));
    }
}

template void symmetric_product<float>(Matrix<const float>, index, const float*, float*);
template void symmetric_product<double>(Matrix<const double>, index, const double*, double*);

}  // namespace mlcore::linalg
