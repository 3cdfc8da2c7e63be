// power_iteration: the eigenvalue of largest modulus of a square matrix, and its vector, by repeated multiplication.
//
//     w = A v                                  one product a step
//     lambda = v^T w                           the Rayleigh quotient: the best lambda for this v
//     residual = |w - lambda v|                how far (lambda, v) is from being an eigenpair
//     v = (w - shift v) / |w - shift v|        the part along the dominant vector grows by |lambda_1 - s| / |lambda_2 - s|
//
// With vectors already known (orthonormal, the columns of P) each product is deflated, w <- w - P (P^T w), and the iteration
// finds the next pair: of a symmetric matrix an eigenpair, of another one the next eigenvalue and its Schur vector.
//
// Only the residual decides: it must fall to tol times the largest |A v| seen, a lower bound of ||A||. A pair of equal
// modulus and opposite sign, or a complex pair, keeps turning v, the residual stays large, and the cap ends the iteration.
//
// Flops 2 n^2 a step; bytes: A once a step, which is what bounds the speed.
//
// Source: B. Parlett, "The Symmetric Eigenvalue Problem", chapter 4, SIAM, 1998; Y. Saad, "Numerical Methods for Large
// Eigenvalue Problems", section 4.2 (Schur-Wielandt deflation), SIAM, 2011.
#include <cmath>

#include "blas/blas.hpp"
#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "linalg/linalg.hpp"

namespace mlcore::linalg {

// v: the start, not zero; overwritten by the vector of length 1. history: room for max_iter values of lambda.
template <class T>
Status power_iteration(MatrixIn<T> A, MatrixIn<T> P, Scalar<T> shift, Scalar<T> tol, index max_iter, Vector<T> v,
                       PowerIteration<T>& result, T* history) {
    const index n = A.rows;
    Lease<T> product(n), overlap(P.cols);
    const Vector<T> w{product.data(), n}, c{overlap.data(), P.cols};
    const auto deflate = [&](Vector<T> x) {
        if (P.cols == 0) return;
        blas::gemv<T>(T(1), P.transposed(), x, T(0), c);
        blas::gemv<T>(T(-1), P, c, T(1), x);
    };
    // v = x / |x|, unless |x| is zero or not finite.
    const auto normalize = [&](Vector<T> x) {
        const T length = blas::nrm2<T>(x);
        if (length > 0 && std::isfinite(length))
            for (index i = 0; i < n; ++i) v[i] = x[i] / length;  // not times 1 / length, which may overflow
        return length;
    };

    deflate(v);
    if (!(normalize(v) > 0)) return Status::not_finite;  // nothing is left outside P, or v holds NaN
    T norm = 0;
    for (result.iterations = 0; result.iterations < max_iter;) {
        poll_interrupt();
        if (interrupted()) return Status::interrupted;
        blas::gemv<T>(T(1), A, v, T(0), w);
        deflate(w);
        result.value = blas::dot<T>(v, w);
        history[result.iterations++] = result.value;
        norm = std::fmax(norm, blas::nrm2<T>(w));
        blas::axpy<T>(-result.value, v, w);
        const T residual = blas::nrm2<T>(w);
        if (!std::isfinite(residual) || !std::isfinite(result.value)) return Status::not_finite;
        result.residual = norm > 0 ? residual / norm : T(0);
        if (residual <= tol * norm) return Status::ok;
        if (result.iterations == max_iter) break;
        blas::axpy<T>(result.value - shift, v, w);  // w is A v - shift v again
        const T length = normalize(w);
        if (!std::isfinite(length)) return Status::not_finite;
        if (length == T(0)) return Status::not_converged;  // the shift is an eigenvalue to the last bit
    }
    return Status::not_converged;
}

template Status power_iteration<float>(Matrix<const float>, Matrix<const float>, float, float, index, Vector<float>,
                                       PowerIteration<float>&, float*);
template Status power_iteration<double>(Matrix<const double>, Matrix<const double>, double, double, index, Vector<double>,
                                        PowerIteration<double>&, double*);

}  // namespace mlcore::linalg
