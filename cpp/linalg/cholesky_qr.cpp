// cholesky_qr: A = Q R of a tall matrix from its Gram matrix, in one to four steps; or not at all.
//
// START READING at `cholesky_qr_open`.
//
//     Q = A,  R = I,  G = Q^T Q                            one read of A
//     repeat
//         G = C^T C,   or  G + s diag(G) = C^T C           the shift s only if G is too ill-conditioned     (gram_factor.cpp)
//         R := C R
//         C well-conditioned:  S = C^-1, done:  A = (Q S) R
//         Q := Q C^-1,   G := Q^T Q                        one read of Q; G while the chunk of Q is in L2   (gram_pass.cpp)
//
// A step without shift leaves |G - I| = c n eps k^2, k the mean condition of the columns (gram_factor.hpp). So the step with
// k <= 1.25 is the last: the first one if columns are that nearly orthogonal, as independent columns with means of zero are; the
// second up to a condition number of about 1e6 in double. A shift bounds the condition of C by 1 / sqrt(s), and divides that
// of Q by as much: three steps up to about 1e12, four for nearly all others. Where columns are dependent, what is left of them is
// rounding errors, which the shifts bring to light like anything else: Q is orthogonal all the same.
//
// The last product is left open: who wants Q X, as the singular value decomposition does, multiplies by S X. After a first step
// with k <= 4, Q is not even written: its G is all that is needed, and A (C_1^-1 C_2^-1) is nearly as good as Q C_2^-1, with
// rounding errors some k times as large.
//
// Nothing is taken on trust. Orthogonality: k is computed in each step. A = Q R: division costs c n eps |Q| |C| for each row,
// whatever the condition of C, and no column of Q gets longer than sqrt(2), or the answer is none, as in all other cases; the
// caller then takes reflections (tall_qr.cpp).
//
// Flops m n^2 for each Gram matrix and about 1.2 m n^2 for each product: 2.2 m n^2 for one step, 4.4 for two, 6.6 for
// three, against 6 m n^2 for reflections, of which the panels are slow: they take longer than four steps.
//
// Contract: rows of Q are contiguous. Rows are cut by m and n alone: the same bits on any number of threads.
//
// Source: T. Fukaya, R. Kannan, Y. Nakatsukasa, Y. Yamamoto, Y. Yanagisawa, "Shifted Cholesky QR for Computing the QR
// Factorization of Ill-Conditioned Matrices", SIAM J. Sci. Comput. 42(1), 2020; for two steps Y. Yamamoto, Y. Nakatsukasa,
// Y. Yanagisawa, T. Fukaya, "Roundoff Error Analysis of the CholeskyQR2 Algorithm", ETNA 44, 2015.
#include "blas/blas.hpp"
#include "core/interrupt.hpp"
#include "linalg/gram_pass.hpp"
#include "linalg/qr.hpp"

namespace mlcore::linalg {
namespace {

constexpr int largest_steps = 4;
constexpr double last_condition = 1.25, unwritten_condition = 4;

}  // namespace

// A: m x n, m >= n. Q: m x n; R: n x n, with a positive diagonal; S: n x n.
template <class T>
OpenQR cholesky_qr_open(MatrixIn<T> A, Matrix<T> Q, Matrix<T> R, Matrix<T> S) {
    using blas::Side, blas::Triangle, blas::Diagonal;
    const index n = A.cols;
    const T longest = T(2);
    Lease<T> gram(n * n);
    const Matrix<T> G = row_major(gram.data(), n, n);
    GramFactor<T> C(n);

    blas::gram<T>(A, nullptr, nullptr, G);
    bool unwritten = false;
    for (int step = 0; step < largest_steps; ++step) {
        if (interrupted() || !C.factor(G, true)) return OpenQR::none;
        for (index j = 0; j < n && step > 0; ++j)
            if (!(G(j, j) <= longest)) return OpenQR::none;
        if (step == 0)
            blas::copy<T>(C.R(), R);
        else
            blas::trmm<T>(Side::left, Triangle::upper, Diagonal::stored, C.R(), R);
        if (C.condition() <= T(last_condition)) {
            if (unwritten)
                blas::trmm<T>(Side::right, Triangle::upper, Diagonal::stored, C.inverse(), S);
            else
                blas::copy<T>(C.inverse(), S);
            return step == 0 || unwritten ? OpenQR::in_a : OpenQR::in_q;
        }
        if (unwritten || step == largest_steps - 1) return OpenQR::none;
        unwritten = step == 0 && C.condition() <= T(unwritten_condition);
        if (unwritten) blas::copy<T>(C.inverse(), S);
        GramPass<T> pass{step == 0 ? A : Matrix<const T>(Q), &C};
        pass.G = G;
        if (!unwritten) pass.Q = Q;
        gram_pass<T>(pass);
    }
    return OpenQR::none;
}

template <class T>
bool cholesky_qr(MatrixIn<T> A, Matrix<T> Q, Matrix<T> R) {
    Lease<T> room(A.cols * A.cols);
    const Matrix<T> S = row_major(room.data(), A.cols, A.cols);
    const OpenQR where = cholesky_qr_open<T>(A, Q, R, S);
    if (where == OpenQR::none) return false;
    multiply_rows<T>(where == OpenQR::in_a ? A : Matrix<const T>(Q), S, true, Q);
    return true;
}

#define MLCORE_CHOLESKY_QR(T)                                                              \
    template OpenQR cholesky_qr_open<T>(Matrix<const T>, Matrix<T>, Matrix<T>, Matrix<T>); \
    template bool cholesky_qr<T>(Matrix<const T>, Matrix<T>, Matrix<T>);
MLCORE_CHOLESKY_QR(float)
MLCORE_CHOLESKY_QR(double)
#undef MLCORE_CHOLESKY_QR

}  // namespace mlcore::linalg
