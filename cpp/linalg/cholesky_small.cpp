// cholesky_small: the Cholesky factors of many matrices of order up to 16, one in each SIMD lane (interleaved.hpp).
//
//     for each column j:   l_jj = sqrt(a_jj);   l_ij = a_ij / l_jj;   a_ik -= l_ij l_kj   for i >= k > j
//
// Flops n^3 / 3 for each matrix. Contract as in cholesky.cpp; what is above the diagonal becomes zero.
#include "linalg/interleaved.hpp"
#include "linalg/linalg.hpp"

namespace mlcore::linalg {
namespace {

using namespace simd;

// failed: in each lane -1, or the first column whose pivot is not positive.
template <class T>
void factor(Interleaved<T>& A, Vec<T>& failed) noexcept {
    const index n = A.rows;
    failed = broadcast(T(-1));
    for (index j = 0; j < n; ++j) {
        const Vec<T> pivot = A(j, j);
        const Mask<T> positive = pivot > Vec<T>{};
        failed = select<T>(~positive & (failed < Vec<T>{}), broadcast(T(j)), failed);
        const Vec<T> root = simd::sqrt<T>(select<T>(positive, pivot, broadcast(T(1))));
        A.set(j, j, root);
        for (index i = j + 1; i < n; ++i) A.set(i, j, A(i, j) / root);
        for (index i = j + 1; i < n; ++i) {
            for (index k = j + 1; k <= i; ++k) A.set(i, k, A(i, k) - A(i, j) * A(k, j));
            A.set(j, i, Vec<T>{});
        }
    }
}

}  // namespace

// count matrices one after another, the first of them A; failed: for each -1, or the first pivot that is not positive.
template <class T>
void cholesky_small(index count, Matrix<T> A, index* failed) {
    const index n = A.rows;
    parallel_for_groups<T>(contiguous_stack(count, n * n), double(n) * double(n) * double(n) / 2,
                           [&](index first, const auto& offsets, index lanes) {
                               Interleaved<T> group(n, n);
                               Vec<T> failures;
                               group.gather(A, offsets[0], lanes);
                               factor(group, failures);
                               group.scatter(A, offsets[0], lanes);
                               for (index lane = 0; lane < lanes; ++lane) failed[first + lane] = index(failures[lane]);
                           });
}

template void cholesky_small<float>(index, Matrix<float>, index*);
template void cholesky_small<double>(index, Matrix<double>, index*);

}  // namespace mlcore::linalg
