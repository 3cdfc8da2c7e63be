// lu_small, solve_small, determinants_small: elimination with partial pivoting of many matrices of order up to 16, one in each SIMD lane.
//
// The loops are those of the textbook, for all lanes at once (interleaved.hpp). Right-hand sides are further columns of the matrix:
//
//     for each column k:   the row p of the largest |a_ik|, i >= k, the first of equal ones, NaN before any number
//                          l_i = a_ik / a_pk  for the rows i > k, of which one may be row k, exchanged
//                          for each column j > k:   exchange rows k and p;   a_ij -= l_i a_kj
//
// Exchanging is selecting: row k receives a_ij in the lanes where p = i, row i receives a_kj there. It is done column by column in
// registers, on the way to the update; rows below k are counted at compile time, so that loops over them are unrolled.
//
// Flops 2/3 n^3 for each matrix, and n^3 / 2 selections. The elements come in and go out one by one, 2 n^2 moves: for 4 x 4
// that is most of the time, and still a tenth of what one call of a factorisation costs.
//
// Contract as in lu.cpp. The result for a matrix does not depend on its neighbours.
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "linalg/interleaved.hpp"
#include "linalg/linalg.hpp"

namespace mlcore::linalg {
namespace {

using namespace simd;

inline constexpr index max_columns = 2 * small_order;
template <class T>
using Augmented = Interleaved<T, max_columns>;

// The row that was exchanged with row k, in each lane, as a number.
template <class T>
using Exchanges = Vec<T>[small_order];

// Step k of the elimination, with `below` rows below row k.
template <class T, int below>
void eliminate_column(Augmented<T>& A, index k, Exchanges<T>& exchanges) noexcept {
    Vec<T> a[below + 1], l[below + 1];
    Mask<T> here[below + 1];
#pragma GCC unroll 16
    for (int i = 0; i <= below; ++i) a[i] = A(k + i, k);
    Vec<T> largest = simd::abs<T>(a[0]), pivot = a[0], p = broadcast(T(k));
#pragma GCC unroll 16
    for (int i = 1; i <= below; ++i) {
        const Vec<T> size = simd::abs<T>(a[i]);
        const Mask<T> larger = ~(size <= largest) & (largest == largest);  // or NaN
        largest = select<T>(larger, size, largest);
        pivot = select<T>(larger, a[i], pivot);
        p = select<T>(larger, broadcast(T(k + i)), p);
    }
    exchanges[k] = p;
    A.set(k, k, pivot);
    // Without a nonzero pivot the column is passed over: what is left of it is zero.
    const Vec<T> divisor = select<T>(pivot == Vec<T>{}, broadcast(T(1)), pivot);
#pragma GCC unroll 16
    for (int i = 1; i <= below; ++i) {
        here[i] = p == broadcast(T(k + i));
        l[i] = select<T>(here[i], a[0], a[i]) / divisor;
        A.set(k + i, k, l[i]);
    }
    for (index j = k + 1; j < A.cols; ++j) {
#pragma GCC unroll 16
        for (int i = 0; i <= below; ++i) a[i] = A(k + i, j);
        Vec<T> top = a[0];
#pragma GCC unroll 16
        for (int i = 1; i <= below; ++i) top = select<T>(here[i], a[i], top);
        A.set(k, j, top);
#pragma GCC unroll 16
        for (int i = 1; i <= below; ++i) A.set(k + i, j, select<T>(here[i], a[0], a[i]) - l[i] * top);
    }
}

template <class T, int... below>
constexpr auto steps_of(std::integer_sequence<int, below...>) noexcept {
    return std::array{&eliminate_column<T, below>...};
}

// A = (A, B), with the factors of A and L^-1 P B in its place. Multipliers left of a later exchange are not exchanged.
template <class T>
void eliminate(Augmented<T>& A, Exchanges<T>& exchanges) noexcept {
    static constexpr auto steps = steps_of<T>(std::make_integer_sequence<int, small_order>());
    for (index k = 0; k < A.rows; ++k) steps[A.rows - 1 - k](A, k, exchanges);
}

// B becomes U^-1 B. Where the inverse of a pivot is too large for its type, as that of a subnormal number, there is a division.
template <class T>
void substitute_back(Augmented<T>& A) noexcept {
    constexpr int together = 4;  // columns of B: as many chains as the multiply-add takes cycles
    const index n = A.rows;
    for (index k = n - 1; k >= 0; --k) {
        const Vec<T> pivot = A(k, k), inverse = T(1) / pivot;
        const Mask<T> large = simd::abs<T>(inverse) > broadcast(std::numeric_limits<T>::max());
        const bool divide = any<T>(large);
        const auto quotient = [&](Vec<T> x) { return divide ? select<T>(large, x / pivot, x * inverse) : x * inverse; };
        index j = n;
        for (; j + together <= A.cols; j += together) {
            Vec<T> x[together];
#pragma GCC unroll 4
            for (int c = 0; c < together; ++c) x[c] = A(k, j + c);
            for (index i = k + 1; i < n; ++i) {
                const Vec<T> u = A(k, i);
#pragma GCC unroll 4
                for (int c = 0; c < together; ++c) x[c] -= u * A(i, j + c);
            }
#pragma GCC unroll 4
            for (int c = 0; c < together; ++c) A.set(k, j + c, quotient(x[c]));
        }
        for (; j < A.cols; ++j) {
            Vec<T> x = A(k, j);
            for (index i = k + 1; i < n; ++i) x -= A(k, i) * A(i, j);
            A.set(k, j, quotient(x));
        }
    }
}

}  // namespace

// count matrices one after another, the first of them A; pivots: n for each.
template <class T>
void lu_small(index count, Matrix<T> A, index* pivots) {
    const index n = A.rows;
    parallel_for_groups<T>(contiguous_stack(count, n * n), double(n) * double(n) * double(n), [&](index first, const auto& offsets, index lanes) {
        Augmented<T> group(n, n);
        Exchanges<T> exchanges;
        group.gather(A, offsets[0], lanes);
        eliminate(group, exchanges);
        for (index k = 1; k < n; ++k)
            for (index i = k + 1; i < n; ++i) group.exchange(exchanges[k] == broadcast(T(i)), i, k, k);
        group.scatter(A, offsets[0], lanes);
        for (index lane = 0; lane < lanes; ++lane)
            for (index k = 0; k < n; ++k) pivots[(first + lane) * n + k] = index(exchanges[k][lane]);
    });
}

// B becomes A^-1 B for each pair of the stack, or A^-1 whatever it holds if it stands for the identity; singular[entry]: -1, or
// the first zero pivot (B is then of no use).
template <class T>
void solve_small(const Stack<2>& stack, MatrixIn<T> A, Matrix<T> B, bool identity, index* singular) {
    const index n = A.rows;
    parallel_for_groups<T>(stack, double(n) * double(n) * double(n + B.cols), [&](index first, const auto& offsets, index lanes) {
        for (index j = 0; j == 0 || j < B.cols; j += max_columns - n) {
            const Matrix<T> part = B.block(0, j, n, B.cols - j < max_columns - n ? B.cols - j : max_columns - n);
            Augmented<T> group(n, n + part.cols);
            Exchanges<T> exchanges;
            group.gather(A, offsets[0], lanes);
            if (identity)
                for (index i = 0; i < n; ++i)
                    for (index c = 0; c < part.cols; ++c) group.set(i, n + c, broadcast(T(i == j + c)));
            else
                group.gather(part, offsets[1], lanes, n);
            eliminate(group, exchanges);
            substitute_back(group);
            group.scatter(part, offsets[1], lanes, n);
            for (index lane = 0; lane < lanes; ++lane) {
                index zero = 0;
                while (zero < n && group.at(zero, zero)[lane] != T(0)) ++zero;
                singular[first + lane] = zero < n ? zero : -1;
            }
        }
    });
}

// The determinant of each matrix of the stack.
template <class T>
void determinants_small(const Stack<1>& stack, MatrixIn<T> A, Determinant* det) {
    const index n = A.rows;
    parallel_for_groups<T>(stack, double(n) * double(n) * double(n), [&](index first, const auto& offsets, index lanes) {
        Augmented<T> group(n, n);
        Exchanges<T> exchanges;
        group.gather(A, offsets[0], lanes);
        eliminate(group, exchanges);
        // All lanes at once, where no product of 16 such pivots leaves the range.
        constexpr T large = sizeof(T) == 8 ? T(0x1p60) : T(0x1p7);
        Vec<T> product = broadcast(T(1));
        Mask<T> safe = product == product;
        for (index k = 0; k < n; ++k) {
            const Vec<T> u = group(k, k), size = simd::abs<T>(u);
            safe &= (size > broadcast(1 / large)) & (size < broadcast(large));
            product *= select<T>(exchanges[k] == broadcast(T(k)), u, -u);
        }
        for (index lane = 0; lane < lanes; ++lane) {
            if (safe[lane]) {
                const double value = double(product[lane]);
                det[first + lane] = {value < 0 ? -1.0 : 1.0, std::fabs(value), 0};
                continue;
            }
            index pivots[small_order];
            for (index k = 0; k < n; ++k) pivots[k] = index(exchanges[k][lane]);
            det[first + lane] = determinant<T>({group.data + lane, n, n, n * group.L, group.L}, pivots);
        }
    });
}

template void determinants_small<float>(const Stack<1>&, Matrix<const float>, Determinant*);
template void determinants_small<double>(const Stack<1>&, Matrix<const double>, Determinant*);
template void lu_small<float>(index, Matrix<float>, index*);
template void lu_small<double>(index, Matrix<double>, index*);
template void solve_small<float>(const Stack<2>&, Matrix<const float>, Matrix<float>, bool, index*);
template void solve_small<double>(const Stack<2>&, Matrix<const double>, Matrix<double>, bool, index*);

}  // namespace mlcore::linalg
