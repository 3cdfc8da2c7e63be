// QR by reflections, step 5: 32 reflections as one.
//
//     H_0 H_1 ... H_31  =  I - V T V^T          V = (v_0 .. v_31)  m x 32;   T  32 x 32, upper triangular
//
//     t_jj = tau_j,     T[0:j, j] = -tau_j T[0:j, 0:j] (V^T v_j)[0:j]        one more column for one more reflection
//
//     | V | C |      1. the panel becomes V, by step 4
//     |   |   |      2. C <- C - V T^T (V^T C)                  two products, by step 6 of the matrix product
//     |   |   |      3. the same again, to the right and below
//
// ("Compact WY".) C is read and written once for 32 reflections, and the arithmetic runs at the pace of a matrix product:
// the first ladder lends its top step to this one.
//
// Flops  those of step 4, and about 64 n (m + n) more for V^T V and for T: a tenth at 1000 x 200. The panels, n / 32 of
//        m x 32, remain at step 4's pace.
//
// Next (cpp/linalg/qr.cpp): panels cut in halves, so that they become products, too; products shared out among threads;
// any size of the elements.
//
// Source: R. Schreiber, C. Van Loan, "A storage-efficient WY representation for products of Householder transformations",
// SIAM J. Sci. Stat. Comput. 10(1), 1989.
#include "ladder/householder.hpp"
#include "ladder/ladder.hpp"

namespace mlcore::ladder {
namespace {

// T of the reflections V, tau; G is room for V^T V.
template <class T>
void form_triangle(Matrix<const T> V, const T* tau, Matrix<T> G, Matrix<T> triangle) {
    const index b = V.cols;
    matmul_packed<T>(V.transposed(), V, G);
    set_zero(triangle);
    for (index j = 0; j < b; ++j) {
        triangle(j, j) = tau[j];
        for (index i = 0; i < j; ++i) {
            T sum = 0;
            for (index p = i; p < j; ++p) sum += triangle(i, p) * G(p, j);
            triangle(i, j) = -tau[j] * sum;
        }
    }
}

// C -= V S (V^T C), S = T or T^T; `room`: two matrices of V.cols x C.cols.
template <class T>
void apply(Matrix<const T> V, Matrix<const T> S, Matrix<T> C, T* room) {
    const Matrix<T> W = row_major(room, V.cols, C.cols), SW = row_major(room + V.cols * C.cols, V.cols, C.cols);
    matmul_packed<T>(V.transposed(), C, W);
    matmul_packed<T>(S, W, SW);
    add_product<T>(T(-1), V, SW, C);
}

}  // namespace

template <class T>
void qr_blocked(MatrixIn<T> A, Matrix<T> Q, Matrix<T> R) {
    const index m = A.rows, n = A.cols;
    Lease<T> copied(m * n), taus(n), triangles(n * qr_panel), room(2 * qr_panel * n);
    const Matrix<T> V = row_major(copied.data(), m, n);
    const auto width = [n](index k) { return n - k < qr_panel ? n - k : qr_panel; };
    const auto panel = [V, width](index k) { return V.block(k, k, V.rows - k, width(k)); };
    const auto triangle = [&](index k) { return row_major(triangles.data() + k * qr_panel, width(k), width(k)); };
    copy(A, V);
    set_zero(R);
    for (index k = 0; k < n; k += qr_panel) {
        const index b = width(k), rest = n - k - b;
        reflect_columns(panel(k), &taus[k], R.block(k, k, b, b));
        form_triangle<T>(panel(k), &taus[k], row_major(room.data(), b, b), triangle(k));
        const Matrix<T> C = V.block(k, k + b, m - k, rest), top = C.block(0, 0, b, rest);
        apply<T>(panel(k), triangle(k).transposed(), C, room.data());
        copy<T>(top, R.block(k, k + b, b, rest));
        set_zero(top);
        if (interrupted()) return;
    }
    set_identity(Q);
    for (index k = round_up(n, qr_panel) - qr_panel; k >= 0; k -= qr_panel) {
        apply<T>(panel(k), triangle(k), Q.block(k, k, m - k, n - k), room.data());
        if (interrupted()) return;
    }
}

template void qr_blocked<float>(Matrix<const float>, Matrix<float>, Matrix<float>);
template void qr_blocked<double>(Matrix<const double>, Matrix<double>, Matrix<double>);

}  // namespace mlcore::ladder
