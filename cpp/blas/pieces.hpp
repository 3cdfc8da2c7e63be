// What all kernels on vectors share: how long vectors are cut, how strided ones are read, and how sums are kept.
//
//     x   | piece 0 | piece 1 | ...            pieces of 1024 vectors; up to 64 tasks, each a run of pieces
//         one piece:  8 chains of vectors      sum_c += term(i), i = c, c + 8, ... : additions overlap, none waits for another
//
// A sum is therefore 8 * lanes chains of 128 terms for each piece, folded, and the pieces added in order in double precision.
// The order depends on the length and the build alone: not on threads, strides or alignment. The rounding error of a sum of n
// terms is at most about (128 + n / (64 piece) + 64 + 10) eps times the sum of the absolute values, against n eps in one chain.
#pragma once

#include "core/parallel.hpp"
#include "simd/vec.hpp"

namespace mlcore::blas {

#ifdef MLCORE_TINY_BLOCKS
inline constexpr index piece_size = 32 * simd::lanes<double>;
#else
inline constexpr index piece_size = 1024 * simd::lanes<double>;  // 64 KiB of doubles with 512-bit vectors
#endif
inline constexpr index max_vector_tasks = 64;
inline constexpr index gathered_size = 256;  // elements of a strided vector copied to the stack at a time

// How a vector of n elements is shared out: a function of n alone.
struct VectorTasks {
    index count, size;  // of a task, in elements; the last one may be shorter
    index n;

    explicit VectorTasks(index n_) noexcept : n(n_) {
        const index pieces = ceil_div(n, piece_size), each = ceil_div(pieces, max_vector_tasks);
        size = each * piece_size;
        count = ceil_div(n, size > 0 ? size : 1);
    }
    index first(index task) const noexcept { return task * size; }
    index length(index task) const noexcept { return n - task * size < size ? n - task * size : size; }
};

// Sums of terms in eight independent chains of vectors.
template <class T>
struct Chains {
    static constexpr int count = 8;
    static constexpr index step = count * simd::lanes<T>;
    static_assert(gathered_size % step == 0 && piece_size % step == 0, "the cut must not change the order of a sum");
    static_assert(count + 4 <= simd::vector_registers);

    simd::Vec<T> sum[count] = {};

    // Adds term(i) for the whole vectors at i = 0, L, 2L, ..., and term(i, left) for the last one if it is not whole.
    template <class Term>
    MLCORE_INLINE void add(index n, Term&& term) noexcept {
        constexpr index L = simd::lanes<T>;
        index i = 0;
        for (; i + step <= n; i += step)
#pragma GCC unroll 8
            for (int c = 0; c < count; ++c) sum[c] += term(i + c * L);
        for (; i + L <= n; i += L) sum[0] += term(i);
        if (i < n) sum[1] += term(i, n - i);
    }
    MLCORE_INLINE T total() const noexcept {
        return simd::reduce_add<T>(((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7])));
    }
};

// Elements [first, first + count) of x side by side: where they lie, or copied to `buffer`.
template <class T>
MLCORE_INLINE const T* contiguous(Vector<const T> x, index first, index count, T* buffer) noexcept {
    const T* p = x.data + first * x.stride;
    if (x.stride == 1) return p;
    for (index i = 0; i < count; ++i) buffer[i] = p[i * x.stride];
    return buffer;
}

// sum_of(first, count) over the pieces of a vector, added in order.
template <class PieceSum>
double sum_over_pieces(index n, index bytes_per_element, PieceSum&& sum_of) {
    if (n <= piece_size) return sum_of(0, n);
    const VectorTasks tasks(n);
    double sums[max_vector_tasks] = {};
    parallel_for_work(tasks.count, double(n) * double(bytes_per_element), [&](index task, int) {
        const index first = tasks.first(task), last = first + tasks.length(task);
        double sum = 0;
        for (index i = first; i < last; i += piece_size) sum += sum_of(i, last - i < piece_size ? last - i : piece_size);
        sums[task] = sum;
    });
    double total = 0;
    for (index task = 0; task < tasks.count; ++task) total += sums[task];
    return total;
}

// The sum over i of term(x_i), in double precision whatever T is; term maps Vec<double> to Vec<double>, and 0 to 0.
template <class T, class Term>
double sum_of_terms(Vector<const T> x, Term term) {
    const auto add = [term](Chains<double>& chains, const T* p, index n) {
        chains.add(n, [=](index i, auto... left) {
            if constexpr (sizeof...(left) == 0)
                return term(simd::load_as<double>(p + i));
            else
                return term(simd::load_partial_as<double>(p + i, left...));
        });
    };
    return sum_over_pieces(x.size, sizeof(T), [&](index first, index n) {
        Chains<double> chains;
        if (x.contiguous()) {
            add(chains, x.data + first, n);
        } else {
            T buffer[gathered_size];
            for (index i = 0; i < n; i += gathered_size) {
                const index count = n - i < gathered_size ? n - i : gathered_size;
                add(chains, contiguous(x, first + i, count, buffer), count);
            }
        }
        return chains.total();
    });
}

}  // namespace mlcore::blas
