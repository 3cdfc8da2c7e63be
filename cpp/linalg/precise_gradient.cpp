// precise_gradient: g = A^T (b - A x) as if computed in twice the precision, in one read of A.
//
// Near a least-squares solution the residual is orthogonal to the columns of A, so that g is what is left after nearly everything
// has cancelled: in working precision there would be no digit of it. Here products and sums keep their rounding errors,
//
//     p = fl(u v),  e = fma(u, v, -p):     u v = p + e        exactly
//     s = fl(u + v),  z = s - u,  e = (u - (s - z)) + (v - z):     u + v = s + e        exactly
//
// which are added up beside. float numbers are simply computed in double.
//
// Flops about 40 m n. Rows are cut into chunks by m alone, each with sums of its own, added in order: the same bits on any number
// of threads.
//
// Source: T. Ogita, S. Rump, S. Oishi, "Accurate Sum and Dot Product", SIAM J. Sci. Comput. 26(6), 2005, algorithm 5.3.
#include <cmath>

#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "core/parallel.hpp"
#include "linalg/linalg.hpp"

namespace mlcore::linalg {
namespace {

#ifdef MLCORE_TINY_BLOCKS
constexpr index chunk = 8;
#else
constexpr index chunk = 1024;
#endif

// A sum and its rounding errors.
struct Precise {
    double high = 0, low = 0;

    void add(double v) noexcept {
        const double s = high + v, z = s - high;
        low += (high - (s - z)) + (v - z);
        high = s;
    }
    void add_product(double u, double v) noexcept {
        const double p = u * v;
        low += std::fma(u, v, -p);
        add(p);
    }
    double value() const noexcept { return high + low; }
};

}  // namespace

template <class T>
void precise_gradient(MatrixIn<T> A, VectorIn<T> x, VectorIn<T> b, Vector<T> g) {
    const index m = A.rows, n = A.cols, chunks = ceil_div(m, chunk);
    Lease<Precise> room(chunks * n);
    parallel_for_work(chunks, 20 * double(m) * double(n), [&](index task, int) {
        Precise* sums = room.data() + task * n;
        for (index j = 0; j < n; ++j) sums[j] = {};
        const index end = (task + 1) * chunk < m ? (task + 1) * chunk : m;
        for (index i = task * chunk; i < end && !interrupted(); ++i) {
            Precise left;
            left.add(double(b[i]));
            for (index j = 0; j < n; ++j) left.add_product(-double(A(i, j)), double(x[j]));
            const double high = left.value(), low = (left.high - high) + left.low;
            for (index j = 0; j < n; ++j) {
                sums[j].add_product(double(A(i, j)), high);
                sums[j].low += double(A(i, j)) * low;
            }
        }
        poll_interrupt();
    });
    for (index j = 0; j < n; ++j) {
        Precise sum;
        for (index task = 0; task < chunks && !interrupted(); ++task) {
            sum.add(room[task * n + j].high);
            sum.low += room[task * n + j].low;
        }
        g[j] = T(sum.value());
    }
}

template void precise_gradient<float>(Matrix<const float>, Vector<const float>, Vector<const float>, Vector<float>);
template void precise_gradient<double>(Matrix<const double>, Vector<const double>, Vector<const double>, Vector<double>);

}  // namespace mlcore::linalg
