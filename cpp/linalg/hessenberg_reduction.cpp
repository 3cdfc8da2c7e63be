// reduce_to_hessenberg: A <- Q^T A Q, zero below the subdiagonal, Q = H_lo H_lo+1 ... (Householder reflections).
//
// START READING at `reduce_to_hessenberg` at the end of the file.
//
// H_k clears column k below the subdiagonal. It needs that column as all reflections before it have left it, and A v_k.
// Nothing else of A has to be up to date, so the reflections of `panel_width` columns are gathered first,
//
//     H_k0 ... H_k = I - V T V^T,      Y = A V T                                     (T upper triangular)
//     column k:      a = (I - V T^T V^T) (A - Y V^T) e_k                             from the old A
//     Y grows by     tau_k (A v_k - Y V^T v_k),      T by  -tau_k T V^T v_k  and tau_k
//
// and then applied to all of A by matrix products: A <- (I - V T V^T)^T (A - Y V^T).
//
//          k0     k0+nb    hi                   columns [k0, k0+nb)  finished one by one, rows above k0 by the product
//        | x  x |  Y V^T   | .   <- rows <= k0: Y = A V T by products, too
//        | h  x |          |
//        | 0  h | both     | .   <- beyond hi: from the left alone
//
// Flops 10/3 n^3 with a whole range, a fifth of them in A v_k, which reads all of A for every column: that is what takes the
// time. Q: 4/3 n^3 more, from the last panel to the first, so that each touches only what is no longer the identity.
//
// Source: Golub and Van Loan, "Matrix Computations", 4th ed., 7.4; G. Quintana-Orti, R. van de Geijn, "Improving the Performance
// of Reduction to Hessenberg Form", ACM TOMS 32(2), 2006; LAPACK's gehrd and lahr2.
#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "linalg/householder.hpp"
#include "linalg/nonsymmetric.hpp"

namespace mlcore::linalg {
namespace {

#ifdef MLCORE_TINY_BLOCKS
inline constexpr index panel_width = 3;
#else
inline constexpr index panel_width = 32;  // LAPACK's; 16 and 64 are slower at n = 400
#endif

// Columns that need a reflection: those with two elements or more below the diagonal.
constexpr index reflections(Range range) noexcept { return range.hi - range.lo > 2 ? range.hi - range.lo - 2 : 0; }

// Reflections of the columns [k0, k0 + nb). V: m x nb, rows from k0 + 1 on. Y likewise, of which only the rows below k0.
template <class T>
void factor_panel(Matrix<T> A, index k0, index hi, Matrix<T> V, Matrix<T> Y, Matrix<T> small, T* taus) {
    const index m = V.rows, nb = V.cols;
    Lease<T> column(m), inner(nb), coupling(nb);
    const Vector<T> a{column.data(), m};
    for (index j = 0; j < nb; ++j) {
        const index k = k0 + j;
        const Vector<T> stored = A.col(k).part(k0 + 1, m), h{inner.data(), j}, c{coupling.data(), j};
        for (index i = 0; i < m; ++i) a[i] = stored[i];
        const Matrix<T> Vj = V.block(0, 0, m, j), Tj = small.block(0, 0, j, j);
        if (j > 0) {
            for (index i = 0; i < j; ++i) c[i] = V(j - 1, i);
            blas::gemv<T>(T(-1), Y.block(0, 0, m, j), c, T(1), a);
            blas::gemv<T>(T(1), Vj.transposed(), a, T(0), h);
            blas::gemv<T>(T(1), Tj.transposed(), h, T(0), c);
            blas::gemv<T>(T(-1), Vj, c, T(1), a);
        }
        const Vector<T> v = V.col(j).part(j, m - j), y = Y.col(j);
        for (index i = 0; i < j; ++i) V(i, j) = T(0), stored[i] = a[i];
        for (index i = j; i < m; ++i) V(i, j) = a[i], stored[i] = T(0);
        stored[j] = make_reflector(v, taus[k]);

        blas::gemv<T>(T(1), A.block(k0 + 1, k + 1, m, hi - k - 1), v, T(0), y);
        if (j > 0) {
            blas::gemv<T>(T(1), Vj.transposed(), V.col(j), T(0), h);
            blas::gemv<T>(T(-1), Y.block(0, 0, m, j), h, T(1), y);
            blas::gemv<T>(-taus[k], Tj, h, T(0), c);
        }
        for (index i = 0; i < m; ++i) y[i] *= taus[k];
        for (index i = 0; i < j; ++i) small(i, j) = c[i], small(j, i) = T(0);
        small(j, j) = taus[k];
        poll_interrupt();
        if (interrupted()) return;
    }
}

}  // namespace

template <class T>
Status reduce_to_hessenberg(Matrix<T> A, Range range, Matrix<T> Vt, T* taus) {
    const index n = A.rows, hi = range.hi, count = reflections(range), end = range.lo + count;
    const index widest = count < panel_width ? count : panel_width;
    Lease<T> y(widest * n), t(widest * widest), s(widest * widest), product((range.hi + 1) * widest);
    for (index k0 = range.lo; k0 < end; k0 += panel_width) {
        const index nb = end - k0 < panel_width ? end - k0 : panel_width, m = hi - k0 - 1, top = k0 + 1;
        const Matrix<T> V = Vt.block(k0, k0 + 1, nb, m).transposed(), Y = row_major(y.data(), nb, m).transposed();
        const Matrix<T> small = row_major(t.data(), nb, nb), S = row_major(s.data(), nb, nb);
        factor_panel<T>(A, k0, hi, V, Y, small, taus);
        if (interrupted()) return Status::interrupted;

        // From the right: the rows above with all columns, those below with the columns that were only read so far.
        const Matrix<T> AV = row_major(product.data(), top, nb);
        blas::gemm<T>(T(1), A.block(0, k0 + 1, top, m), V, T(0), AV);
        blas::trmm<T>(blas::Side::right, blas::Triangle::upper, blas::Diagonal::stored, small, AV);
        blas::gemm<T>(T(-1), AV, V.transposed(), T(1), A.block(0, k0 + 1, top, m));
        const Matrix<T> rest = V.block(nb - 1, 0, m - nb + 1, nb);
        blas::gemm<T>(T(-1), Y, rest.transposed(), T(1), A.block(k0 + 1, k0 + nb, m, m - nb + 1));
        form_block_reflector<T>(V, taus + k0, S);
        apply_block_reflector<T>(V, S, true, A.block(k0 + 1, k0 + nb, m, n - k0 - nb));
        if (interrupted()) return Status::interrupted;
    }
    for (index i = range.lo + 2; i < hi; ++i)
        for (index j = range.lo; j < i - 1; ++j) A(i, j) = T(0);
    return Status::ok;
}

template <class T>
void form_hessenberg_q(Range range, Matrix<T> Vt, const T* taus, Matrix<T> Qt) {
    const index n = Qt.rows, count = reflections(range);
    for (index i = 0; i < n; ++i)
        for (index j = 0; j < n; ++j) Qt(i, j) = T(i == j);
    Lease<T> s(panel_width * panel_width);
    for (index panel = ceil_div(count, panel_width) - 1; panel >= 0 && !interrupted(); --panel) {
        const index first = panel * panel_width, nb = count - first < panel_width ? count - first : panel_width;
        const index k0 = range.lo + first, m = range.hi - k0 - 1;
        const Matrix<T> V = Vt.block(k0, k0 + 1, nb, m).transposed(), S = row_major(s.data(), nb, nb);
        form_block_reflector<T>(V, taus + k0, S);
        apply_block_reflector<T>(V, S, false, Qt.block(k0 + 1, k0 + 1, m, m).transposed());
    }
}

template Status reduce_to_hessenberg<float>(Matrix<float>, Range, Matrix<float>, float*);
template Status reduce_to_hessenberg<double>(Matrix<double>, Range, Matrix<double>, double*);
template void form_hessenberg_q<float>(Range, Matrix<float>, const float*, Matrix<float>);
template void form_hessenberg_q<double>(Range, Matrix<double>, const double*, Matrix<double>);

}  // namespace mlcore::linalg
