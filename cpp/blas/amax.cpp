// amax: the largest absolute value  max over i of |x_i|; 0 for an empty vector; NaN if there is one.
//
// Without their sign bits, floating-point numbers sort as the integers of the same bits, with infinity above all numbers
// and NaN above infinity. So an integer maximum finds the largest magnitude and the NaN at once, without a comparison that
// NaN could slip through.
//
// Bytes n elements. Contract: any strides. A maximum does not depend on any order.
#include <bit>
#include <cstdint>

#include "blas/blas.hpp"
#include "blas/pieces.hpp"

namespace mlcore::blas {
namespace {

using namespace simd;

template <class T>
using Bits = std::conditional_t<sizeof(T) == 8, std::int64_t, std::int32_t>;

template <class T>
Bits<T> amax_piece(const T* x, index n) noexcept {
    constexpr index L = lanes<T>;
    Mask<T> largest[4] = {};
    const auto see = [](Mask<T>& most, Vec<T> v) {
        const Mask<T> bits = (Mask<T>)abs<T>(v);
        most = bits > most ? bits : most;
    };
    index i = 0;
    for (; i + 4 * L <= n; i += 4 * L)
#pragma GCC unroll 4
        for (int c = 0; c < 4; ++c) see(largest[c], load(x + i + c * L));
    for (; i < n; i += L) see(largest[0], n - i < L ? load_partial(x + i, n - i) : load(x + i));
    Bits<T> most = 0;
    for (int c = 0; c < 4; ++c)
        for (int lane = 0; lane < L; ++lane) most = largest[c][lane] > most ? largest[c][lane] : most;
    return most;
}

}  // namespace

template <class T>
T amax(VectorIn<T> x) {
    const VectorTasks tasks(x.size);
    Bits<T> most[max_vector_tasks] = {};
    parallel_for_work(tasks.count, double(x.size) * sizeof(T), [&](index task, int) {
        const index last = tasks.first(task) + tasks.length(task);
        const index chunk = x.contiguous() ? piece_size : gathered_size;
        T buffer[gathered_size];
        for (index i = tasks.first(task); i < last; i += chunk) {
            const index n = last - i < chunk ? last - i : chunk;
            const Bits<T> here = amax_piece(contiguous(x, i, n, buffer), n);
            most[task] = here > most[task] ? here : most[task];
        }
    });
    for (index task = 1; task < tasks.count; ++task) most[0] = most[task] > most[0] ? most[task] : most[0];
    return std::bit_cast<T>(most[0]);
}

template float amax<float>(Vector<const float>);
template double amax<double>(Vector<const double>);

}  // namespace mlcore::blas
