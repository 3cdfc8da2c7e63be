// lu_small, solve_small, determinants_small: elimination with partial pivoting of many matrices of order up to 16, one in each SIMD lane.
//
// The loops are those of the textbook, for all lanes at once (interleaved.hpp):
//
//     for each column k:   the row p of the largest |a_ik|, i >= k, the first of equal ones, NaN before any number
//                          exchange rows k and p: for each i > k, in the lanes where p = i
//                          l_ik = a_ik / a_kk;   a_ij -= l_ik a_kj
//
// Flops 2/3 n^3 for each matrix, and n^3 selections for the exchanges. The elements come in and go out one by one, 2 n^2 moves:
// for 4 x 4 that is most of the time, and still a tenth of what one call of a factorisation costs.
//
// Contract as in lu.cpp. The result for a matrix does not depend on its neighbours.
#include "linalg/interleaved.hpp"
#include "linalg/linalg.hpp"

namespace mlcore::linalg {
namespace {

using namespace simd;

// The row that was exchanged with row k, in each lane, as a number.
template <class T>
using Exchanges = Vec<T>[Interleaved<T>::max_order];

template <class T>
void eliminate(Interleaved<T>& A, Exchanges<T>& exchanges) noexcept {
    const index n = A.rows;
    for (index k = 0; k < n; ++k) {
        Vec<T> largest = broadcast(T(-1)), p = broadcast(T(k));
        for (index i = k; i < n; ++i) {
            const Vec<T> size = simd::abs<T>(A(i, k));
            const Mask<T> larger = (size > largest) | ((size != size) & (largest == largest));  // or NaN
            largest = select<T>(larger, size, largest);
            p = select<T>(larger, broadcast(T(i)), p);
        }
        exchanges[k] = p;
        for (index i = k + 1; i < n; ++i) A.exchange(p == broadcast(T(i)), k, i);

        // Without a nonzero pivot the column is passed over: what is left of it is zero.
        const Vec<T> pivot = A(k, k), divisor = select<T>(pivot == Vec<T>{}, broadcast(T(1)), pivot);
        for (index i = k + 1; i < n; ++i) {
            const Vec<T> l = A(i, k) / divisor;
            A.set(i, k, l);
            for (index j = k + 1; j < n; ++j) A.set(i, j, A(i, j) - l * A(k, j));
        }
    }
}

template <class T>
void substitute(Interleaved<T>& LU, const Exchanges<T>& exchanges, Interleaved<T>& B) noexcept {
    const index n = LU.rows, m = B.cols;
    for (index k = 0; k < n; ++k)
        for (index i = k + 1; i < n; ++i) B.exchange(exchanges[k] == broadcast(T(i)), k, i);
    for (index k = 0; k < n; ++k)
        for (index i = k + 1; i < n; ++i)
            for (index j = 0; j < m; ++j) B.set(i, j, B(i, j) - LU(i, k) * B(k, j));
    for (index k = n - 1; k >= 0; --k) {
        for (index j = 0; j < m; ++j) B.set(k, j, B(k, j) / LU(k, k));
        for (index i = 0; i < k; ++i)
            for (index j = 0; j < m; ++j) B.set(i, j, B(i, j) - LU(i, k) * B(k, j));
    }
}

}  // namespace

// count matrices one after another, the first of them A; pivots: n for each.
template <class T>
void lu_small(index count, Matrix<T> A, index* pivots) {
    const index n = A.rows;
    parallel_for_groups<T>(contiguous_stack(count, n * n), double(n) * double(n) * double(n), [&](index first, const auto& offsets, index lanes) {
        Interleaved<T> group(n, n);
        Exchanges<T> exchanges;
        group.gather(A, offsets[0], lanes);
        eliminate(group, exchanges);
        group.scatter(A, offsets[0], lanes);
        for (index lane = 0; lane < lanes; ++lane)
            for (index k = 0; k < n; ++k) pivots[(first + lane) * n + k] = index(exchanges[k][lane]);
    });
}

// B becomes A^-1 B for each pair of the stack; singular[entry]: -1, or the first zero pivot (B is then of no use).
template <class T>
void solve_small(const Stack<2>& stack, MatrixIn<T> A, Matrix<T> B, index* singular) {
    constexpr index width = Interleaved<T>::max_order;
    const index n = A.rows;
    parallel_for_groups<T>(stack, double(n) * double(n) * double(n + B.cols), [&](index first, const auto& offsets, index lanes) {
        Interleaved<T> group(n, n);
        Exchanges<T> exchanges;
        group.gather(A, offsets[0], lanes);
        eliminate(group, exchanges);
        for (index lane = 0; lane < lanes; ++lane) {
            index zero = 0;
            while (zero < n && group.at(zero, zero)[lane] != T(0)) ++zero;
            singular[first + lane] = zero < n ? zero : -1;
        }
        for (index j = 0; j < B.cols; j += width) {
            const Matrix<T> part = B.block(0, j, n, B.cols - j < width ? B.cols - j : width);
            Interleaved<T> X(n, part.cols);
            X.gather(part, offsets[1], lanes);
            substitute(group, exchanges, X);
            X.scatter(part, offsets[1], lanes);
        }
    });
}

// The determinant of each matrix of the stack.
template <class T>
void determinants_small(const Stack<1>& stack, MatrixIn<T> A, Determinant* det) {
    const index n = A.rows;
    parallel_for_groups<T>(stack, double(n) * double(n) * double(n), [&](index first, const auto& offsets, index lanes) {
        Interleaved<T> group(n, n);
        Exchanges<T> exchanges;
        group.gather(A, offsets[0], lanes);
        eliminate(group, exchanges);
        for (index lane = 0; lane < lanes; ++lane) {
            index pivots[Interleaved<T>::max_order];
            for (index k = 0; k < n; ++k) pivots[k] = index(exchanges[k][lane]);
            det[first + lane] = determinant<T>({group.data + lane, n, n, n * group.L, group.L}, pivots);
        }
    });
}

template void determinants_small<float>(const Stack<1>&, Matrix<const float>, Determinant*);
template void determinants_small<double>(const Stack<1>&, Matrix<const double>, Determinant*);
template void lu_small<float>(index, Matrix<float>, index*);
template void lu_small<double>(index, Matrix<double>, index*);
template void solve_small<float>(const Stack<2>&, Matrix<const float>, Matrix<float>, index*);
template void solve_small<double>(const Stack<2>&, Matrix<const double>, Matrix<double>, index*);

}  // namespace mlcore::linalg
