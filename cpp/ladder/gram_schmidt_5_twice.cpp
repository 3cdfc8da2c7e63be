// Gram-Schmidt, step 5: twice, and four directions at a time.
//
//     h = Q4^T v,   v <- v - Q4 h      for Q4 = (q_0 .. q_3), (q_4 .. q_7), ...;     then all of it once more, and
//     r_j = the sum of both h,         r_jj = ||v||,   q_j = v / r_jj
//
// The first pass leaves errors of size kappa eps along the q_i; the second removes them. "Twice is enough":
// ||I - Q^T Q|| ~ eps for any A whose columns are independent to working precision. One pass cannot do that.
//
// With that assurance, four products may be taken before any of them is subtracted (step 2 forbade it), and they share:
//
//     q_i      [. . . .] -> h_0            v is loaded once for four sums, which do not wait for each other;
//     q_i+1    [. . . .] -> h_1
//     q_i+2    [. . . .] -> h_2            v -= h_0 q_i + h_1 q_i+1 + h_2 q_i+2 + h_3 q_i+3
//     q_i+3    [. . . .] -> h_3            loads and stores v once for four subtractions
//
// The copies of the columns are padded with zeros to whole vectors, so that no loop has a short one at its end.
//
// Flops  4 m n^2, twice those of step 4. Loads and stores  11 for 16 flops, where step 4 has 5 for 4.
//
// Next (method "block" of linalg.gram_schmidt): many columns at a time, so that nearly all of the work is a product of two
// matrices, which reads each q_i once for a whole block of columns and runs on all threads.
//
// Source: L. Giraud, J. Langou, M. Rozloznik, "The loss of orthogonality in the Gram-Schmidt orthogonalization process",
// Computers and Mathematics with Applications 50, 2005.
#include "core/lease.hpp"
#include "ladder/ladder.hpp"
#include "ladder/steps.hpp"
#include "ladder/vectors.hpp"

namespace mlcore::ladder {
namespace {

using namespace simd;

// h_i = q_i . v, then v -= sum over i of h_i q_i, and r_i += h_i, for W rows q_i of whole vectors. The second loop runs
// backwards: it begins with what the first one has just left in L1.
template <int W, class T>
void project(const T* q, index width, T* v, T* r, index r_step) noexcept {
    constexpr index L = lanes<T>;
    Vec<T> sum[W] = {}, h[W];
    for (index p = 0; p < width; p += L) {
        const Vec<T> vp = load(v + p);
#pragma GCC unroll 4
        for (int i = 0; i < W; ++i) sum[i] += load(q + i * width + p) * vp;
    }
#pragma GCC unroll 4
    for (int i = 0; i < W; ++i) {
        const T product = reduce_add<T>(sum[i]);
        h[i] = broadcast(product);
        r[i * r_step] += product;
    }
    for (index p = width - L; p >= 0; p -= L) {
        Vec<T> vp = load(v + p);
#pragma GCC unroll 4
        for (int i = 0; i < W; ++i) vp -= h[i] * load(q + i * width + p);
        store(v + p, vp);
    }
}

}  // namespace

template <class T>
void gram_schmidt_twice(MatrixIn<T> A, Matrix<T> Q, Matrix<T> R) {
    const index m = A.rows, n = A.cols, width = round_up(m, lanes<T>);
    Lease<T> columns(n * width);
    const Matrix<T> V = row_major(columns.data(), n, width);
    transpose(A, V.block(0, 0, n, m));
    set_zero(V.block(0, m, n, width - m));
    set_zero(R);
    for (index j = 0; j < n; ++j) {
        T* v = V.data + j * width;
        for (int pass = 0; pass < 2; ++pass) {
            if (stopped()) return;
            index i = 0;
            for (; i + 4 <= j; i += 4) project<4>(V.data + i * width, width, v, &R(i, j), R.row_stride);
            for (; i < j; ++i) project<1>(V.data + i * width, width, v, &R(i, j), R.row_stride);
        }
        R(j, j) = norm(m, v);
        divide(m, v, R(j, j), v);
    }
    transpose<T>(V.block(0, 0, n, m), Q);
}

template void gram_schmidt_twice<float>(Matrix<const float>, Matrix<float>, Matrix<float>);
template void gram_schmidt_twice<double>(Matrix<const double>, Matrix<double>, Matrix<double>);

}  // namespace mlcore::ladder
