// The roof of a compute-bound kernel: how many multiply-adds per second the registers alone can feed.
//
//     x_c <- a x_c + b        for C independent chains c, each a vector wide
//
// A fused multiply-add (FMA) takes about 4 cycles, and one or two may start in each cycle. One chain would wait for itself;
// C chains keep the units busy as soon as C >= latency x units (4 x 2 = 8; 4 x 4 = 16 on large ARM cores). All chains and
// the two constants must fit the registers: 24 + 2 of 32, 12 + 2 of 16. Nothing is loaded or stored inside the loop.
//
//     flops     2 C lanes per iteration, counted as a multiply and an add also where the machine has no FMA instruction
//     bytes     0
//
// AVX-512 on Zen 4: one 64-byte FMA per cycle = 16 float64 or 32 float32 flops per cycle.
// With a = b = 1/2 every chain tends to 1: no overflow, no subnormal numbers, no special cases in the units.
//
// Tried: forcing the chains into registers with asm volatile("" : "+v"(x[c])) made GCC 12 keep the array in memory and
// halved the result. The array as it stands, with constant indices after unrolling, stays in registers.
#include "core/lease.hpp"
#include "core/thread_pool.hpp"
#include "ladder/ladder.hpp"
#include "simd/vec.hpp"

namespace mlcore::ladder {
namespace {

using namespace simd;

constexpr int chains = vector_registers == 32 ? 24 : 12;
static_assert(chains + 2 <= vector_registers);

template <class T>
T run_chains(index iterations, T a_value, T b_value) noexcept {
    const Vec<T> a = broadcast(a_value), b = broadcast(b_value);
    Vec<T> x[chains];
#pragma GCC unroll 32
    for (int c = 0; c < chains; ++c) x[c] = broadcast(T(c));
#pragma GCC unroll 1
    for (index i = 0; i < iterations; ++i)
#pragma GCC unroll 32
        for (int c = 0; c < chains; ++c) x[c] = a * x[c] + b;
    Vec<T> sum = x[0];
#pragma GCC unroll 32
    for (int c = 1; c < chains; ++c) sum += x[c];
    return reduce_add<T>(sum);
}

}  // namespace

template <class T>
double fma_chains(index tasks, index iterations) {
    // A compiler drops a loop whose result it knows or nobody uses: so a and b are volatile, and every task stores its sum.
    volatile T a = T(0.5), b = T(0.5);
    Lease<T> results(tasks);
    T* result = results.data();
    parallel_for(tasks, [&, result](index task, int) { result[task] = run_chains<T>(iterations, a, b); });
    return 2.0 * chains * lanes<T> * double(iterations) * double(tasks);
}

template double fma_chains<float>(index, index);
template double fma_chains<double>(index, index);

}  // namespace mlcore::ladder
