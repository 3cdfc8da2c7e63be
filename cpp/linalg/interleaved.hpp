// Small matrices of a stack side by side, one in each SIMD lane: element (i, j) of all of them is one vector.
//
//     matrix 0   a b      matrix 1   e f                     lanes   0 1 2 3
//                c d                 g h      ...     -->    (0,0)   a e . .
//                                                            (0,1)   b f . .
//
// An algorithm written for one number then runs for 2 to 16 matrices at once, whatever it does for each: exchanges of rows
// become selections. A matrix of 4 x 4 is too small for vectors of its own.
#pragma once

#include <cstdint>
#include <limits>

#include "core/parallel.hpp"
#include "core/stack.hpp"
#include "linalg/linalg.hpp"
#include "simd/vec.hpp"

namespace mlcore::linalg {

// 16 x 16 elements of a vector are 16 KiB, half of L1.
template <class T, index max_cols = small_order>
struct Interleaved {
    static constexpr index L = simd::lanes<T>;

    index rows, cols;
    alignas(64) T data[small_order * max_cols * L];

    Interleaved(index rows_, index cols_) noexcept : rows(rows_), cols(cols_) {}
    T* at(index i, index j) noexcept { return data + (i * cols + j) * L; }
    simd::Vec<T> operator()(index i, index j) noexcept { return simd::load(at(i, j)); }
    void set(index i, index j, simd::Vec<T> x) noexcept { simd::store(at(i, j), x); }

    // The matrix `A` of each lane begins `offsets[lane]` further on; lanes from `count` on repeat the first one. It goes to the
    // columns from `first` on.
    void gather(Matrix<const T> A, const index* offsets, index count, index first = 0) noexcept {
        const T* from[L];
        for (index lane = 0; lane < L; ++lane) from[lane] = A.data + offsets[lane < count ? lane : 0];
        if (is_dense(A)) {
            // Where the same lane of the next group lies, if the stack goes on like this. As a number: it may be past the end.
            const std::uintptr_t ahead = std::uintptr_t(L * (offsets[count > 1] - offsets[0])) * sizeof(T);
            for_each_square(A, first, [&](index e, index size, auto place) {
                simd::Vec<T> v[L];
                if (size == L) {
#pragma GCC unroll 16
                    for (index lane = 0; lane < L; ++lane)
                        __builtin_prefetch(reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(from[lane] + e) + ahead));
                    simd::load_transposed<T>(from, e, v);
#pragma GCC unroll 16
                    for (index k = 0; k < L; ++k) simd::store(place(k), v[k]);
                    return;
                }
                for (index lane = 0; lane < L; ++lane) v[lane] = simd::load_partial(from[lane] + e, size);
                simd::transpose<T>(v);
                for (index k = 0; k < size; ++k) simd::store(place(k), v[k]);
            });
            return;
        }
        // Vector by vector: a load from bytes that were just written in parts would wait for the last of these stores.
        for (index i = 0; i < A.rows; ++i)
            for (index j = 0; j < A.cols; ++j) {
                const index place = i * A.row_stride + j * A.col_stride;
                T* to = at(i, first + j);
#pragma GCC unroll 16
                for (index lane = 0; lane < L; ++lane) to[lane] = from[lane][place];
            }
    }
    void scatter(Matrix<T> A, const index* offsets, index count, index first = 0) noexcept {
        if (is_dense(A)) {
            T* to[L];
            for (index lane = 0; lane < count; ++lane) to[lane] = A.data + offsets[lane];
            for_each_square(A, first, [&](index e, index size, auto place) {
                simd::Vec<T> v[L];
                if (size == L && count == L) {
#pragma GCC unroll 16
                    for (index k = 0; k < L; ++k) v[k] = simd::load(place(k));
                    return simd::store_transposed<T>(to, e, v);
                }
                for (index k = 0; k < L; ++k) v[k] = k < size ? simd::load(place(k)) : simd::Vec<T>{};
                simd::transpose<T>(v);
                for (index lane = 0; lane < count; ++lane) simd::store_partial(to[lane] + e, v[lane], size);
            });
            return;
        }
        for (index lane = 0; lane < count; ++lane) {
            T* to = A.data + offsets[lane];
            for (index i = 0; i < A.rows; ++i)
                for (index j = 0; j < A.cols; ++j) to[i * A.row_stride + j * A.col_stride] = at(i, first + j)[lane];
        }
    }
    // Row i of one lane. Plus zero: whether a zero is negative may depend on what was done for the sake of other lanes.
    void copy_row(index i, index lane, Vector<T> to) noexcept {
        const T* from = at(i, 0) + lane;
        for (index j = 0; j < to.size; ++j) to.data[j * to.stride] = from[j * L] + T(0);
    }
    // Exchanges rows i and k in the lanes of the mask, as far as column `end`.
    void exchange(simd::Mask<T> mask, index i, index k, index end) noexcept {
        for (index j = 0; j < end; ++j) {
            const simd::Vec<T> x = (*this)(i, j), y = (*this)(k, j);
            set(i, j, simd::select<T>(mask, y, x));
            set(k, j, simd::select<T>(mask, x, y));
        }
    }

private:
    template <class U>
    static bool is_dense(Matrix<U> A) noexcept {
        return A.col_stride == 1 && (A.row_stride == A.cols || A.rows == 1);
    }
    // Elements of a dense matrix, taken as a list, a square of L elements by L lanes at a time: body(number of the first element,
    // how many, place), where element k of them is kept at place(k). Most squares are kept without a gap.
    template <class U, class Body>
    void for_each_square(Matrix<U> A, index first, Body&& body) noexcept {
        const index total = A.rows * A.cols, gap = (cols - A.cols) * L;
        T* to = at(0, first);
        index left = A.cols;  // of the row
        if (gap == 0 || A.cols % L == 0) {
            for (index e = 0; e < total; e += L) {
                body(e, total - e < L ? total - e : L, [to](index k) { return to + k * L; });
                to += L * L;
                if ((left -= L) == 0) to += gap, left = A.cols;
            }
            return;
        }
        for (index e = 0; e < total; e += L) {
            T* places[L];
            for (index k = 0; k < L; ++k) {
                places[k] = to;
                to += L;
                if (--left == 0) to += gap, left = A.cols;
            }
            body(e, total - e < L ? total - e : L, [&places](index k) { return places[k]; });
        }
    }
};

// Scales the matrix in each lane by a power of two, so that its largest element is between 1 and 2, and returns the power that
// undoes it. `lower`: only the lower triangle is looked at. Lanes with NaN or infinity become zero.
template <class T>
simd::Vec<T> scale_lanes(Interleaved<T>& A, bool lower, simd::Mask<T>& finite) noexcept {
    using namespace simd;
    using Limits = std::numeric_limits<T>;
    Vec<T> largest{};
    finite = largest == largest;
    for (index i = 0; i < A.rows; ++i)
        for (index j = 0; j < (lower ? i + 1 : A.cols); ++j) {
            const Vec<T> size = simd::abs<T>(A(i, j));
            finite &= size <= broadcast(Limits::max());
            largest = simd::max<T>(size, largest);
        }
    const Vec<T> power = simd::max<T>(select<T>(finite, leading_power<T>(largest), broadcast(T(1))), broadcast(Limits::min()));
    const Vec<T> scale = T(1) / power;
    for (index i = 0; i < A.rows; ++i)
        for (index j = 0; j < (lower ? i + 1 : A.cols); ++j) A.set(i, j, select<T>(finite, A(i, j) * scale, Vec<T>{}));
    return power;
}

// The status of a stack from those of its entries, and the number of the first one that failed.
inline Status first_failure(const Status* outcome, index count, index& failed) noexcept {
    if (interrupted()) return Status::interrupted;
    for (failed = 0; failed < count; ++failed)
        if (outcome[failed] != Status::ok) return outcome[failed];
    return Status::ok;
}

// body(first, offsets, count) for groups of up to as many entries as there are lanes; `first` is the number of the first.
// `work` counts the multiply-adds of one entry.
template <class T, int N, class Body>
void parallel_for_groups(const Stack<N>& stack, double work, Body&& body) {
    constexpr index L = simd::lanes<T>;
    const index groups = ceil_div(stack.count, L), each = 1 + index(parallel_threshold / 4 / (double(L) * (work + 10)));
    parallel_for_work(ceil_div(groups, each), (work + 10) * double(stack.count), [&](index task, int) {
        const index first = task * each * L, last = first + each * L < stack.count ? first + each * L : stack.count;
        StackCursor<N> cursor(stack, first);
        for (index entry = first; entry < last; entry += L) {
            const index count = last - entry < L ? last - entry : L;
            index offsets[N][L];
            for (index lane = 0; lane < count; ++lane, cursor.next())
                for (int operand = 0; operand < N; ++operand) offsets[operand][lane] = cursor.offset[operand];
            body(entry, offsets, count);
        }
    });
}

}  // namespace mlcore::linalg
