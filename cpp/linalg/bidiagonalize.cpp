// bidiagonalize: a matrix to upper bidiagonal form by Householder reflections from both sides,  Q^T A P = B,  m >= n.
//
// START READING at `bidiagonalize` at the end of the file.
//
// Step j reflects column j into (d_j, 0, ..., 0), then what is left of row j into (e_j, 0, ..., 0):
//
//     d e . .          H_j = I - tau u u^T:        A <- A - u y^T,      y = tau A^T u
//       d e .          G_j = I - sigma v v^T:      A <- A - x v^T,      x = sigma A v
//         * *
//         * *          after j steps:  A_j = A - W Z,     W = (u_0 x_0 u_1 x_1 ...)  m x 2j,    Z = (y_0 v_0 y_1 v_1 ...)^T
//
// Inside a panel of `panel` steps A itself stays as it is; W and Z grow; then one product brings A up to date. A step needs
// A v and then A^T u, where u is the next column of A_j. Row k of that column needs element k of A v and no other, so one
// pass over the rows does both while the row is in L1 (u enters before it is normalised, which is linear):
//
//     for each row k:   x_k = sigma (a_k . v - w_k . Z v);     c_k = a_k[j+1] - w_k . Z[:, j+1];     z += c_k a_k;    p += c_k w_k
//     then  u = (c - beta e_0) / (c_0 - beta),    A^T u = (z - beta a_{j+1}) / (c_0 - beta),    W^T u from p likewise.
//
// Flops 4 n^2 (m - n/3), half of them in the product. Bytes: the matrix that is left is read once for each step (twice without
// the pass in common, as in LAPACK's labrd), m n^2 / 2 - n^3 / 6 elements in all; that is the limit beyond L2. Rows of the pass
// are shared between threads in pieces of fixed size, whose sums are added in order.
//
// Contract: max |a_ij| of order 1 (the driver scales). A column or row of A_j that is below min / eps counts as zero.
//
// Source: G. Golub, W. Kahan, "Calculating the Singular Values and Pseudo-Inverse of a Matrix", SIAM J. Numer. Anal. 2(2), 1965;
// J. Dongarra, D. Sorensen, S. Hammarling, "Block Reduction of Matrices to Condensed Forms", J. Comput. Appl. Math. 27, 1989;
// G. Howell et al., "Cache Efficient Bidiagonalization Using BLAS 2.5 Operators", ACM TOMS 34(3), 2008.
#include <cmath>
#include <limits>

#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "core/parallel.hpp"
#include "linalg/bidiagonal.hpp"
#include "linalg/householder.hpp"
#include "simd/vec.hpp"

namespace mlcore::linalg {
namespace {

using namespace simd;

#ifdef MLCORE_TINY_BLOCKS
constexpr index panel_of(index) noexcept { return 4; }
constexpr index piece_rows = 8;
#else
// Short rows cannot pay for long w_k.
constexpr index panel_of(index n) noexcept { return n < 256 ? 8 : n < 768 ? 16 : 32; }
constexpr index piece_rows = 64;
#endif
constexpr index max_pieces = 16;

// One pass over the rows: what it reads, and where its sums go.
template <class T>
struct Pass {
    Matrix<const T> A;  // rows padded with zeros to whole vectors
    Matrix<T> W;        // rows padded likewise; columns not yet there are zero
    index col;          // the column that c is taken from
    index x_col;        // the column of W that receives x; none if negative
    T sigma;
    const T *v, *g, *h;  // v: zero left of `col`;  g = Z v;  h = Z[:, col]
    Vector<T> c;
};

template <class T>
MLCORE_INLINE void subtract_product(Vec<T>& sum, const T* x, const T* y, index n) noexcept {
    for (index j = 0; j < n; j += lanes<T>) sum -= load(x + j) * load(y + j);
}

// Rows [k, k + R). z and p are added to.
template <class T, int R>
void pass_rows(const Pass<T>& pass, index k, T* z, T* p) noexcept {
    constexpr index L = lanes<T>;
    const index begin = pass.col / L * L, end = round_up(pass.A.cols, L), width = pass.W.cols;
    const T* a[R];
    T* w[R];
    Vec<T> c[R];
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
        a[r] = pass.A.data + (k + r) * pass.A.row_stride;
        w[r] = pass.W.data + (k + r) * pass.W.row_stride;
    }
    if (pass.x_col >= 0) {
        Vec<T> sum[R] = {};
        for (index j = begin; j < end; j += L) {
            const Vec<T> v = load(pass.v + j);
#pragma GCC unroll 4
            for (int r = 0; r < R; ++r) sum[r] += load(a[r] + j) * v;
        }
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) {
            subtract_product<T>(sum[r], w[r], pass.g, width);
            w[r][pass.x_col] = pass.sigma * reduce_add<T>(sum[r]);
        }
    }
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
        Vec<T> sum{};
        subtract_product<T>(sum, w[r], pass.h, width);
        const T element = a[r][pass.col] + reduce_add<T>(sum);
        pass.c[k + r] = element;
        c[r] = broadcast(element);
    }
    for (index j = begin; j < end; j += L) {
        Vec<T> sum = load(z + j);
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) sum += c[r] * load(a[r] + j);
        store(z + j, sum);
    }
    for (index j = 0; j < width; j += L) {
        Vec<T> sum = load(p + j);
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) sum += c[r] * load(w[r] + j);
        store(p + j, sum);
    }
}

// All rows, in pieces; z and p are overwritten. sums: max_pieces times the length of (z, p).
template <class T>
void run_pass(const Pass<T>& pass, T* sums, T* z, T* p) {
    constexpr index L = lanes<T>;
    const index rows = pass.A.rows, begin = pass.col / L * L, end = round_up(pass.A.cols, L), width = pass.W.cols;
    const index each = round_up(std::max(piece_rows, ceil_div(rows, max_pieces)), 4), pieces = ceil_div(rows, each);
    parallel_for_work(pieces, 2 * double(rows) * double(end - begin + width), [&](index piece, int) {
        T *own_z = sums + piece * (end + width), *own_p = own_z + end;
        for (index j = begin; j < end + width; ++j) own_z[j] = T(0);
        const index last = std::min(rows, (piece + 1) * each);
        index k = piece * each;
        for (; k + 4 <= last; k += 4) pass_rows<T, 4>(pass, k, own_z, own_p);
        for (; k < last; ++k) pass_rows<T, 1>(pass, k, own_z, own_p);
    });
    for (index j = begin; j < end + width; j += L) {
        Vec<T> sum = load(sums + j);
        for (index piece = 1; piece < pieces; ++piece) sum += load(sums + piece * (end + width) + j);
        if (j < end)
            store(z + j, sum);
        else
            store(p + j - end, sum);
    }
}

// make_reflector, but for what is too small to matter beside a matrix of order 1: H = I then, and the rest counts as zero.
template <class T>
T reflect(Vector<T> x, T& tau) {
    const T length = blas::nrm2<T>(x);
    if (length >= std::numeric_limits<T>::min() / std::numeric_limits<T>::epsilon()) return make_reflector<T>(x, tau);
    for (index i = 0; i < x.size; ++i) x[i] = T(0);
    return tau = T(0);
}

// y = alpha M x + y
template <class T>
void add_product(T alpha, Matrix<const T> M, Vector<const T> x, T* y) {
    blas::gemv<T>(alpha, M, x, T(1), {y, M.rows});
}

}  // namespace

// A: m x n, m >= n, rows padded with zeros to whole vectors. On return its content is lost; column j of U holds u_j, row j of
// Vt holds v_j, zeros included. d: n, e: n (e[j] couples d[j] and d[j + 1]; e[n - 1] = 0).
template <class T>
Status bidiagonalize(Matrix<T> A, double* d, double* e, Matrix<T> U, T* tau, Matrix<T> Vt, T* sigma) {
    const index m = A.rows, n = A.cols, padded = round_up(n, lanes<T>), panel = panel_of(n), width = round_up(2 * panel, lanes<T>);
    Lease<T> w_room(m * width), z_room(width * padded), sums((max_pieces + 1) * (padded + width)), column(m);
    Lease<T> v_room(padded), small(2 * width);
    T *z = sums.data() + max_pieces * (padded + width), *p = z + padded, *v = v_room.data(), *g = small.data(), *h = g + width;

    for (index first = 0; first < n; first += panel) {
        const index steps = std::min(panel, n - first), rows = m - first;
        const Matrix<T> left = A.block(first, 0, rows, n);  // the rows that are left, all columns
        const Matrix<T> W = row_major(w_room.data(), rows, width), Z = row_major(z_room.data(), width, padded);
        for (index i = 0; i < rows * width; ++i) W.data[i] = T(0);
        for (index i = 0; i < width * padded; ++i) Z.data[i] = T(0);
        for (index j = first; j < first + steps; ++j) {
            poll_interrupt();
            if (interrupted()) return Status::interrupted;
            const index at = j - first, q = 2 * at;  // u_j, y_j: column and row q; x_j, v_j: q + 1
            // x of the step before, the column c, A^T c and W^T c.
            for (index i = 0; i < width; ++i) h[i] = Z(i, j);
            const Pass<T> pass{left.block(at, 0, rows - at, n), W.block(at, 0, rows - at, width), j, q - 1,
                               at > 0 ? sigma[j - 1] : T(0), v, g, h, {column.data(), rows - at}};
            run_pass<T>(pass, sums.data(), z, p);

            const Vector<T> u = pass.c;
            const T c0 = u[0];
            const T beta = reflect<T>(u, tau[j]);
            d[j] = double(beta);
            for (index k = at; k < rows; ++k) W(k, q) = u[k - at];
            if (j + 1 == n) {
                e[j] = 0;
                for (index i = 0; i < n; ++i) Vt(j, i) = T(0);
                sigma[j] = T(0);
                break;  // the last column
            }
            // y = tau (A^T u - Z^T W^T u), for the columns right of j.
            T* const y = &Z(q, 0);
            if (tau[j] != T(0)) {
                const T *a = &left(at, 0), *w = &W(at, 0), scale = T(1) / (c0 - beta);
                for (index i = 0; i < q; ++i) p[i] = scale * (p[i] - beta * w[i]);
                for (index i = j + 1; i < n; ++i) y[i] = tau[j] * scale * (z[i] - beta * a[i]);
                add_product<T>(-tau[j], Z.block(0, j + 1, q, n - j - 1).transposed(), {p, q}, y + j + 1);
            }
            // Row j of A_j, right of j; then v.
            const Vector<T> row{v + j + 1, n - j - 1};
            for (index i = 0; i < padded; ++i) v[i] = i > j && i < n ? left(at, i) : T(0);
            add_product<T>(T(-1), Z.block(0, j + 1, q + 1, n - j - 1).transposed(), {&W(at, 0), q + 1}, row.data);
            e[j] = double(reflect<T>(row, sigma[j]));
            for (index i = 0; i < n; ++i) Vt(j, i) = Z(q + 1, i) = v[i];
            for (index i = 0; i < width; ++i) g[i] = T(0);
            blas::gemv<T>(T(1), Z.block(0, 0, q + 1, padded), {v, padded}, T(0), {g, q + 1});
        }
        for (index k = 0; k < m; ++k)
            for (index j = 0; j < steps; ++j) U(k, first + j) = k < first ? T(0) : W(k - first, 2 * j);
        const index next = first + steps;
        if (next == n) break;
        // The x of the last step, without a column to go on with; then A comes up to date.
        const Matrix<T> rest = A.block(next, next, m - next, n - next), factor = W.block(steps, 0, rest.rows, 2 * steps);
        blas::gemv<T>(sigma[next - 1], rest, {v + next, rest.cols}, T(0), {column.data(), rest.rows});
        blas::gemv<T>(-sigma[next - 1], factor, {g, 2 * steps}, T(1), {column.data(), rest.rows});
        for (index k = 0; k < rest.rows; ++k) factor(k, 2 * steps - 1) = column[k];
        blas::gemm<T>(T(-1), factor, Z.block(0, next, 2 * steps, rest.cols), T(1), rest);
    }
    return Status::ok;
}

template Status bidiagonalize<float>(Matrix<float>, double*, double*, Matrix<float>, float*, Matrix<float>, float*);
template Status bidiagonalize<double>(Matrix<double>, double*, double*, Matrix<double>, double*, Matrix<double>, double*);

}  // namespace mlcore::linalg
