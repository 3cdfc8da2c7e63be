// Plane rotations of Jacobi's methods: the angle that makes two things orthogonal, and the order in which pairs take turns.
//
//     | c  -s | | x |            c = cos(phi), s = sin(phi), |phi| <= pi/4         tan(2 phi) = -h / d
//     | s   c | | y |
//
// Two-sided (eigh):   d = a_qq - a_pp,      h = 2 a_pq:      a_pq becomes zero.
// One-sided (svd):    d = |y|^2 - |x|^2,    h = 2 x . y:     the vectors x and y become orthogonal.
//
// Of the two angles the smaller one: without it the iteration need not converge. With  r = sqrt(d^2 + h^2),  e = |d| + r,
// w = sqrt(e^2 + h^2)  and the sign of d:
//
//     t = tan(phi) = h / e,     s = h / w,     c = e / w,     tau = s / (1 + c) = h / (e + w);     1 / e and 1 / w from 1 / (e w)
//
//     x' = x - s (y + tau x),   y' = y + s (x - tau y)        errors in proportion to s: small rotations hardly round at all
//
// Sources: H. Rutishauser, "The Jacobi Method for Real Symmetric Matrices", Numer. Math. 9, 1966; J. Demmel, K. Veselic,
// "Jacobi's Method is More Accurate than QR", SIAM J. Matrix Anal. Appl. 13(4), 1992.
#pragma once

#include <algorithm>
#include <utility>

#include "linalg/linalg.hpp"
#include "simd/vec.hpp"

namespace mlcore::linalg {

inline constexpr int jacobi_sweeps = 40;  // the cap: 5 to 10 are needed

// One rotation in each lane.
template <class T>
struct Rotation {
    simd::Vec<T> t, s, tau;

    // Exactly none in the lanes that are not wanted. In the others the larger of |d| and |h| must be within 2^-510 ... 2^500, or
    // 2^-62 ... 2^60 in float, so that squares and products are normal numbers.
    MLCORE_INLINE void set(simd::Vec<T> d, simd::Vec<T> h, simd::Mask<T> wanted) noexcept {
        using namespace simd;
        const Vec<T> zero{}, one = broadcast(T(1));
        h = select<T>(wanted, select<T>(d < zero, -h, h), zero);
        d = select<T>(wanted, simd::abs<T>(d), one);
        const Vec<T> e = d + simd::sqrt<T>(d * d + h * h), w = simd::sqrt<T>(e * e + h * h), inverse = T(1) / (e * w);
        t = h * (w * inverse), s = h * (e * inverse), tau = h / (e + w);
    }
    MLCORE_INLINE void apply(T* x_, T* y_) const noexcept {
        using namespace simd;
        const Vec<T> x = load(x_), y = load(y_);
        store(x_, x - s * (y + tau * x));
        store(y_, y + s * (x - tau * y));
    }
    // To `count` pairs of vectors, each list at a fixed distance.
    MLCORE_INLINE void apply(T* x, index x_step, T* y, index y_step, index count) const noexcept {
        for (; count > 0; --count, x += x_step, y += y_step) apply(x, y);
    }
};

struct Pair {
    index p, q;  // p < q
};

// All pairs of n once each, in rounds of up to n / 2 that share no member: the rotations of a round do not touch each other.
// The tournament: the last player stays, the others go round a table. n - 1 rounds, or n if n is odd.
constexpr index number_of_rounds(index n) noexcept { return n - 1 + n % 2; }

MLCORE_INLINE index pairs_of_round(index n, index round, Pair* pairs) noexcept {
    const index seats = number_of_rounds(n);  // of an even number of players; the last one of an odd n is nobody
    index count = 0;
    for (index i = 0; i <= seats / 2; ++i) {
        index p = round + i < seats ? round + i : round + i - seats;
        index q = i == 0 ? seats : (round - i >= 0 ? round - i : round - i + seats);
        if (p > q) std::swap(p, q);
        if (q < n) pairs[count++] = {p, q};
    }
    return count;
}

// In each lane: sorts the keys, the smallest first, equal ones in their order. order[k]: the number of the one in place k.
// Neighbours in the wrong order change places; n (n - 1) / 2 comparisons serve all lanes.
template <class T>
void sort_lanes(simd::Vec<T>* keys, simd::Vec<T>* order, index n) noexcept {
    using namespace simd;
    for (index j = 0; j < n; ++j) {
        order[j] = broadcast(T(j));
        for (index k = j; k > 0; --k) {
            const Mask<T> wrong = keys[k - 1] > keys[k];
            for (Vec<T>* list : {keys, order}) {
                const Vec<T> x = list[k - 1], y = list[k];
                list[k - 1] = select<T>(wrong, y, x);
                list[k] = select<T>(wrong, x, y);
            }
        }
    }
}

// The numbers of the keys, the largest key first, the first of equal ones first.
template <class T>
void sort_descending(const T* keys, index n, index* order) {
    for (index i = 0; i < n; ++i) order[i] = i;
    std::sort(order, order + n, [keys](index i, index j) { return keys[i] > keys[j] || (keys[i] == keys[j] && i < j); });
}

// Columns side by side, for rotations of whole columns: column j begins at data + j * stride. Its first `rows` elements are made
// orthogonal, all `length` of them are rotated. Both are whole vectors, filled up with zeros; the columns have length about 1 or
// less, and those not longer than least_length count as zero.
template <class T>
struct Columns {
    T* data;
    index count, rows, length, stride;

    T* operator[](index j) const noexcept { return data + j * stride; }
};
template <class T>
inline constexpr T least_length = T(sizeof(T) == 8 ? 0x1p-900 : 0x1p-80);

// orthogonalize_columns.cpp: rotations until all columns are orthogonal. lengths: of the columns; order: longest first.
template <class T>
Status orthogonalize_columns(const Columns<T>& columns, T* lengths, index* order);

}  // namespace mlcore::linalg
