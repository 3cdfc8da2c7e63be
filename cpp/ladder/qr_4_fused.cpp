// QR by reflections, step 4: the sums of the next reflection while the rows of this one are at hand.
//
//     C <- C - v w^T   and   s = C^T u         in one pass over C;    v, w: this reflection (w = tau C^T v);   u: the next one
//
// u is made from a column that this reflection changes, too: so that column is brought up to date first, alone. (Q is formed
// from reflections that are all known.)
//
//     rows i ... i+3 of C   [c c c c]       loaded and stored once for 4 flops each, where step 3 loads it twice
//     w, s                  [w w w w]       loaded once, s also stored once, for four rows
//
// Flops  as before. Loads and stores  11 for 8 multiply-adds; step 3 has 24. Registers: 4 v, 4 u, w, s, c of 16 or 32.
// Bytes  C is read once and written once for each reflection: two thirds of step 3.
//
// Next: one pass over C for many reflections.
//
// Source: G. Howell, J. Demmel, C. Fulton, S. Hammarling, K. Marmol, "Cache efficient bidiagonalization using BLAS 2.5
// operators", ACM TOMS 34(3), 2008, for the idea of one pass.
#include <utility>

#include "ladder/householder.hpp"
#include "ladder/ladder.hpp"
#include "simd/vec.hpp"

namespace mlcore::ladder {
namespace {

using namespace simd;

// For W rows of C:  C -= v w^T,  then  s += C^T u.
template <int W, class T>
void pass_rows(Matrix<T> C, Vector<const T> v, Vector<const T> u, const T* w, T* s) noexcept {
    constexpr index L = lanes<T>;
    Vec<T> vi[W], ui[W];
#pragma GCC unroll 4
    for (int i = 0; i < W; ++i) vi[i] = broadcast(v[i]), ui[i] = broadcast(u[i]);
    index k = 0;
    for (; k + L <= C.cols; k += L) {
        const Vec<T> wk = load(w + k);
        Vec<T> sk = load(s + k);
#pragma GCC unroll 4
        for (int i = 0; i < W; ++i) {
            T* at = C.data + i * C.row_stride + k;
            const Vec<T> c = load(at) - vi[i] * wk;
            store(at, c);
            sk += ui[i] * c;
        }
        store(s + k, sk);
    }
    if (k == C.cols) return;
    const index count = C.cols - k;
    const Vec<T> wk = load_partial(w + k, count);
    Vec<T> sk = load_partial(s + k, count);
#pragma GCC unroll 4
    for (int i = 0; i < W; ++i) {
        T* at = C.data + i * C.row_stride + k;
        const Vec<T> c = load_partial(at, count) - vi[i] * wk;
        store_partial(at, c, count);
        sk += ui[i] * c;
    }
    store_partial(s + k, sk, count);
}

// C -= v w^T,  s = C^T u
template <class T>
void pass(Matrix<T> C, Vector<const T> v, Vector<const T> u, const T* w, T* s) noexcept {
    for (index k = 0; k < C.cols; ++k) s[k] = T(0);
    index i = 0;
    for (; i + 4 <= C.rows; i += 4) pass_rows<4, T>(C.block(i, 0, 4, C.cols), v.part(i, 4), u.part(i, 4), w, s);
    for (; i < C.rows; ++i) pass_rows<1, T>(C.block(i, 0, 1, C.cols), v.part(i, 1), u.part(i, 1), w, s);
}

template <class T>
Vector<const T> below(Matrix<T> V, index j, index row) noexcept {
    return V.col(j).part(row, V.rows - row);
}

}  // namespace

template <class T>
void reflect_columns(Matrix<T> A, T* tau, Matrix<T> R) {
    const index m = A.rows, n = A.cols;
    Lease<T> room(2 * n);
    T *w = room.data(), *s = w + n;
    for (index k = 0; k < n; ++k) w[k] = T(0);  // before the first reflection there is nothing to subtract
    for (index j = 0; j < n; ++j) {
        if (stopped()) return;
        const index before = j > 0 ? j - 1 : 0;
        if (j > 0)
            for (index i = j; i < m; ++i) A(i, j) -= A(i, before) * w[j];
        R(j, j) = reflect(A.col(j).part(j, m - j), tau[j]);
        pass<T>(A.block(j, j + 1, m - j, n - j - 1), below(A, before, j), below(A, j, j), w + j + 1, s + j + 1);
        for (index k = j + 1; k < n; ++k) {  // row j, where v is 1, is finished
            s[k] *= tau[j];
            R(j, k) = A(j, k) - s[k];
            A(j, k) = T(0);
        }
        std::swap(w, s);
    }
}

template <class T>
void qr_fused(MatrixIn<T> A, Matrix<T> Q, Matrix<T> R) {
    const index m = A.rows, n = A.cols;
    Lease<T> copied(m * n), taus(n), room(2 * n);
    const Matrix<T> V = row_major(copied.data(), m, n);
    T *tau = taus.data(), *w = room.data(), *s = w + n;
    copy(A, V);
    set_zero(R);
    reflect_columns(V, tau, R);
    set_identity(Q);
    for (index j = n - 1; j >= 0; --j) {
        if (stopped()) return;
        w[j] = tau[j];  // column j of Q is still that of I
        for (index k = j + 1; k < n; ++k) w[k] = tau[j] * s[k];
        pass<T>(Q.block(j, j, m - j, n - j), below(V, j, j), below(V, j > 0 ? j - 1 : 0, j), w + j, s + j);
    }
}

template void reflect_columns<float>(Matrix<float>, float*, Matrix<float>);
template void reflect_columns<double>(Matrix<double>, double*, Matrix<double>);
template void qr_fused<float>(Matrix<const float>, Matrix<float>, Matrix<float>);
template void qr_fused<double>(Matrix<const double>, Matrix<double>, Matrix<double>);

}  // namespace mlcore::ladder
