// cholesky_small: the Cholesky factors of many matrices of order up to 16, one in each SIMD lane (interleaved.hpp).
//
//     for each column j:   a_ij -= l_ik l_jk  for k < j;   l_jj = sqrt(a_jj);   l_ij = a_ij / l_jj   for i > j
//
// A column stays in registers until it is done; rows below the diagonal are counted at compile time.
//
// Flops n^3 / 3 for each matrix; a column is multiplied by 1 / l_jj, half a unit in the last place less exact than divided.
// Contract as in cholesky.cpp; what is above the diagonal becomes zero.
#include <array>
#include <utility>

#include "linalg/interleaved.hpp"
#include "linalg/linalg.hpp"

namespace mlcore::linalg {
namespace {

using namespace simd;

// Column j, with `below` rows below the diagonal. failed: in each lane -1, or the first column whose pivot is not positive.
template <class T, int below>
void factor_column(Interleaved<T>& A, index j, Vec<T>& failed) noexcept {
    Vec<T> a[below + 1];
#pragma GCC unroll 16
    for (int i = 0; i <= below; ++i) a[i] = A(j + i, j);
    for (index k = 0; k < j; ++k) {
        const Vec<T> l = A(j, k);
#pragma GCC unroll 16
        for (int i = 0; i <= below; ++i) a[i] -= A(j + i, k) * l;
    }
    const Mask<T> positive = a[0] > Vec<T>{};
    failed = select<T>(~positive & (failed < Vec<T>{}), broadcast(T(j)), failed);
    const Vec<T> root = simd::sqrt<T>(select<T>(positive, a[0], broadcast(T(1)))), inverse = T(1) / root;
    A.set(j, j, root);
#pragma GCC unroll 16
    for (int i = 1; i <= below; ++i) {
        A.set(j + i, j, a[i] * inverse);
        A.set(j, j + i, Vec<T>{});
    }
}

template <class T, int... below>
constexpr auto steps_of(std::integer_sequence<int, below...>) noexcept {
    return std::array{&factor_column<T, below>...};
}

template <class T>
void factor(Interleaved<T>& A, Vec<T>& failed) noexcept {
    static constexpr auto steps = steps_of<T>(std::make_integer_sequence<int, small_order>());
    failed = broadcast(T(-1));
    for (index j = 0; j < A.rows; ++j) steps[A.rows - 1 - j](A, j, failed);
}

}  // namespace

// L: contiguous matrices, one after another. failed: for each entry -1, or the first pivot that is not positive.
template <class T>
void cholesky_small(const Stack<2>& stack, MatrixIn<T> A, Matrix<T> L, index* failed) {
    const index n = A.rows;
    parallel_for_groups<T>(stack, double(n) * double(n) * double(n) / 2, [&](index first, const auto& offsets, index lanes) {
        Interleaved<T> group(n, n);
        Vec<T> failures;
        group.gather(A, offsets[0], lanes);
        factor(group, failures);
        group.scatter(L, offsets[1], lanes);
        for (index lane = 0; lane < lanes; ++lane) failed[first + lane] = index(failures[lane]);
    });
}

template void cholesky_small<float>(const Stack<2>&, Matrix<const float>, Matrix<float>, index*);
template void cholesky_small<double>(const Stack<2>&, Matrix<const double>, Matrix<double>, index*);

}  // namespace mlcore::linalg
