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
//     t = tan(phi) = h / e,     s = h / w,     c = e / w,     tau = s / (1 + c) = h / (e + w)
//
//     x' = x - s (y + tau x),   y' = y + s (x - tau y)        errors in proportion to s: small rotations hardly round at all
//
// Sources: H. Rutishauser, "The Jacobi Method for Real Symmetric Matrices", Numer. Math. 9, 1966; J. Demmel, K. Veselic,
// "Jacobi's Method is More Accurate than QR", SIAM J. Matrix Anal. Appl. 13(4), 1992.
#pragma once

#include <utility>

#include "core/types.hpp"
#include "simd/vec.hpp"

namespace mlcore::linalg {

inline constexpr int jacobi_sweeps = 40;  // the cap: 5 to 10 are needed

// One rotation in each lane.
template <class T>
struct Rotation {
    simd::Vec<T> t, s, tau;

    // Exactly none in the lanes that are not wanted. d^2 + h^2 must neither overflow nor underflow in those that are.
    MLCORE_INLINE Rotation(simd::Vec<T> d, simd::Vec<T> h, simd::Mask<T> wanted) noexcept {
        using namespace simd;
        const Vec<T> zero{}, one = broadcast(T(1));
        h = select<T>(wanted, select<T>(d < zero, -h, h), zero);
        d = select<T>(wanted, simd::abs<T>(d), one);
        const Vec<T> e = d + simd::sqrt<T>(d * d + h * h), w = simd::sqrt<T>(e * e + h * h);
        t = h / e, s = h / w, tau = h / (e + w);
    }
    MLCORE_INLINE void apply(T* x_, T* y_) const noexcept {
        using namespace simd;
        const Vec<T> x = load(x_), y = load(y_);
        store(x_, x - s * (y + tau * x));
        store(y_, y + s * (x - tau * y));
    }
};

// Calls body(p, q), p < q < n, once for each pair: in rounds of pairs that share no member, so that n / 2 rotations at a time
// do not wait for each other. The tournament: the last player stays, the others go round a table.
template <class Body>
MLCORE_INLINE void for_each_pair_in_rounds(index n, Body&& body) {
    const index seats = n - 1 + n % 2;  // of an even number of players; the last one of an odd n is nobody
    for (index round = 0; round < seats; ++round)
        for (index i = 0; i <= seats / 2; ++i) {
            index p = round + i < seats ? round + i : round + i - seats;
            index q = i == 0 ? seats : (round - i >= 0 ? round - i : round - i + seats);
            if (p > q) std::swap(p, q);
            if (q < n) body(p, q);
        }
}

}  // namespace mlcore::linalg
