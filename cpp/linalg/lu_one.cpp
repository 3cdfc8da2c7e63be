// solve_one, determinant_one: what lu_small.cpp does for many matrices of order up to 16, for one alone, whose rows are the vectors.
//
//     | A  0  B |     A from column 0, B from the next whole vector on
//
// There a lone matrix would fill one SIMD lane of eight; of order 16 it is inverted four times as fast here. Flops and contract
// as there.
//
// The same bits as in lu_small.cpp, so that a matrix does not feel whether it has neighbours: every element meets the same
// operations in the same order, a_ij - l_i u_kj in the elimination, x_k - u_ki x_i and the product with 1 / u_kk after it (or the
// quotient, if that inverse is infinite).
#include <cmath>
#include <limits>
#include <utility>

#include "linalg/linalg.hpp"
#include "simd/vec.hpp"

namespace mlcore::linalg {
namespace {

using namespace simd;

// Below the diagonal of A there is in the end nothing of use.
template <class T>
struct Augmented {
    static constexpr index L = lanes<T>, width = 2 * small_order;

    index n, first, end;  // columns of B are from `first` to `end`
    index exchanges[small_order];
    alignas(64) T a[small_order][width];

    Augmented(Matrix<const T> A, index columns) noexcept : n(A.rows), first(round_up(n, L)), end(first + round_up(columns, L)) {
        fill(A, 0);
    }

    // X goes to the columns from j on, zeros follow up to a whole vector.
    void fill(Matrix<const T> X, index j) noexcept {
        for (index i = 0; i < n; ++i)
            for (index c = 0; c < X.cols; c += L) {
                const index size = X.cols - c < L ? X.cols - c : L;
                const T* x = &X(i, c);
                if (X.col_stride == 1) {
                    store(a[i] + j + c, size == L ? load(x) : load_partial(x, size));
                } else {
                    Vec<T> v{};
                    for (index lane = 0; lane < size; ++lane) v[lane] = x[lane * X.col_stride];
                    store(a[i] + j + c, v);
                }
            }
    }

    void eliminate() noexcept {
        index pivot = largest(0);
        for (index k = 0; k < n; ++k) {
            exchanges[k] = pivot;
            const index start = k / L * L;
            if (pivot != k)
                for (index j = start; j < end; j += L) {
                    const Vec<T> x = load(a[k] + j), y = load(a[pivot] + j);
                    store(a[k] + j, y);
                    store(a[pivot] + j, x);
                }
            // Without a nonzero pivot the column is passed over: what is left of it is zero.
            const T divisor = a[k][k] == T(0) ? T(1) : a[k][k];
            for (index i = k + 1; i < n; ++i) {
                const Vec<T> l = broadcast(a[i][k] / divisor);
                for (index j = start; j < end; j += L) store(a[i] + j, load(a[i] + j) - l * load(a[k] + j));
            }
            if (k + 1 < n) pivot = largest(k + 1);
        }
    }

    // The row of the largest |a_ik|, i >= k: the first of equal ones, NaN before any number.
    index largest(index k) const noexcept {
        index best = k;
        T size = std::fabs(a[k][k]);
        for (index i = k + 1; i < n; ++i) {
            const T x = std::fabs(a[i][k]);
            const bool larger = !(x <= size) && size == size;
            size = larger ? x : size;
            best = larger ? i : best;
        }
        return best;
    }

    // B becomes U^-1 B.
    void substitute_back() noexcept {
        for (index k = n - 1; k >= 0; --k) {
            const T pivot = a[k][k], inverse = T(1) / pivot;
            const bool divide = std::fabs(inverse) > std::numeric_limits<T>::max();
            for (index j = first; j < end; j += L) {
                Vec<T> x = load(a[k] + j);
                for (index i = k + 1; i < n; ++i) x -= broadcast(a[k][i]) * load(a[i] + j);
                store(a[k] + j, divide ? x / broadcast(pivot) : x * broadcast(inverse));
            }
        }
    }
};

}  // namespace

// B becomes A^-1 B, or A^-1 whatever it holds if it stands for the identity. Returns -1, or the first zero pivot (B is then of
// no use).
template <class T>
index solve_one(MatrixIn<T> A, Matrix<T> B, bool identity) noexcept {
    const index n = A.rows, most = Augmented<T>::width - round_up(n, lanes<T>);
    if (identity)
        for (index i = 0; i < n; ++i)
            for (index j = 0; j < n; ++j) B(i, j) = T(i == j);
    for (index j = 0; j < B.cols; j += most) {
        const Matrix<T> part = B.block(0, j, n, B.cols - j < most ? B.cols - j : most);
        Augmented<T> M(A, part.cols);
        M.fill(part, M.first);
        M.eliminate();
        for (index i = 0; i < n; ++i)
            if (M.a[i][i] == T(0)) return i;
        M.substitute_back();
        for (index i = 0; i < n; ++i)
            for (index c = 0; c < part.cols; ++c) part(i, c) = M.a[i][M.first + c];
    }
    return -1;
}

template <class T>
Determinant determinant_one(MatrixIn<T> A) noexcept {
    Augmented<T> M(A, 0);
    M.eliminate();
    constexpr T large = sizeof(T) == 8 ? T(0x1p60) : T(0x1p7);  // as in lu_small.cpp
    T product = 1;
    bool safe = true;
    for (index k = 0; k < M.n; ++k) {
        const T u = M.a[k][k], size = std::fabs(u);
        safe &= size > 1 / large && size < large;
        product *= M.exchanges[k] == k ? u : -u;
    }
    if (safe) return {product < 0 ? -1.0 : 1.0, std::fabs(double(product)), 0};
    return determinant<T>({&M.a[0][0], M.n, M.n, M.width, 1}, M.exchanges);
}

template index solve_one<float>(Matrix<const float>, Matrix<float>, bool) noexcept;
template index solve_one<double>(Matrix<const double>, Matrix<double>, bool) noexcept;
template Determinant determinant_one<float>(Matrix<const float>) noexcept;
template Determinant determinant_one<double>(Matrix<const double>) noexcept;

}  // namespace mlcore::linalg
