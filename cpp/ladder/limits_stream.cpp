// The roof of a memory-bound kernel: how many bytes per second come from, and go to, memory beyond the caches.
//
//     read      s = sum of x        1 number read
//     copy      y = x               1 read, 1 written
//     update    y = a x + y         2 read, 1 written       (axpy)
//     triad     z = x + a y         2 read, 1 written
//
// Bytes are counted as the program sees them. A processor that reads a line before it overwrites it ("write-allocate")
// moves one number more in copy and triad; update has no such hidden traffic, for it reads what it writes.
// One or two flops for each 8 to 24 bytes: arithmetic never is the limit once the arrays are far larger than the caches.
//
// The arrays are cut into pieces of fixed length, which the threads take one after another; `fill` is there so that the
// pages are first touched, and so placed, by the threads that will use them.
//
// Source: J. McCalpin, "Memory Bandwidth and Machine Balance in Current High Performance Computers", IEEE TCCA
// Newsletter, 1995 (STREAM).
#include "core/lease.hpp"
#include "core/thread_pool.hpp"
#include "ladder/ladder.hpp"
#include "simd/vec.hpp"

namespace mlcore::ladder {
namespace {

using namespace simd;

constexpr index piece = 1 << 16;  // elements: 512 KiB, some 20 microseconds
constexpr int L = lanes<double>;

// Calls body(i) for whole vectors and tail(i) for the elements that remain, in pieces shared out among the threads.
template <class Body, class Tail>
void stream(index n, Body body, Tail tail) {
    parallel_for(ceil_div(n, piece), [=](index task, int) {
        const index end = n < (task + 1) * piece ? n : (task + 1) * piece;
        index i = task * piece;
        for (; i + L <= end; i += L) body(i);
        for (; i < end; ++i) tail(i);
    });
}

// Eight sums, for one would wait 4 cycles for each addition. Asking for a line 4 KiB ahead gives 5 % on Zen 4, for the
// hardware's own prefetching stops at the end of a page; in the other loops, which also write, it gives nothing.
double sum_piece(const double* x, index n) noexcept {
    constexpr int sums = 8;
    Vec<double> sum[sums] = {};
    index i = 0;
    for (; i + sums * L <= n; i += sums * L)
#pragma GCC unroll 8
        for (int s = 0; s < sums; ++s) {
            __builtin_prefetch(x + i + s * L + 512);
            sum[s] += load(x + i + s * L);
        }
    double tail = 0;
    for (; i < n; ++i) tail += x[i];
    return reduce_add<double>(((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]))) + tail;
}

}  // namespace

void fill(double a, Vector<double> y) {
    stream(y.size, [=](index i) { store(y.data + i, broadcast(a)); }, [=](index i) { y.data[i] = a; });
}

double read(Vector<const double> x) {
    const index pieces = ceil_div(x.size, piece);
    Lease<double> sums(pieces);
    double* partial = sums.data();
    parallel_for(pieces, [=](index task, int) {
        const index begin = task * piece;
        partial[task] = sum_piece(x.data + begin, x.size - begin < piece ? x.size - begin : piece);
    });
    double sum = 0;
    for (index task = 0; task < pieces; ++task) sum += partial[task];
    return sum;
}

void copy(Vector<const double> x, Vector<double> y) {
    stream(y.size, [=](index i) { store(y.data + i, load(x.data + i)); }, [=](index i) { y.data[i] = x.data[i]; });
}

void update(double a, Vector<const double> x, Vector<double> y) {
    stream(
        y.size, [=](index i) { store(y.data + i, broadcast(a) * load(x.data + i) + load(y.data + i)); },
        [=](index i) { y.data[i] += a * x.data[i]; });
}

void triad(double a, Vector<const double> x, Vector<const double> y, Vector<double> z) {
    stream(
        z.size, [=](index i) { store(z.data + i, load(x.data + i) + broadcast(a) * load(y.data + i)); },
        [=](index i) { z.data[i] = x.data[i] + a * y.data[i]; });
}

}  // namespace mlcore::ladder
