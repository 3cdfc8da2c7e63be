// Sequences of plane rotations, recorded by the QL iteration and applied to the rows of a matrix many at a time.
//
// A sweep is a chain of rotations of neighbouring rows, from the bottom up:
//
//     for i = last-1, ..., first:    [ z_i    ]     [ c_i  -s_i ] [ z_i    ]
//                                    [ z_i+1  ]  <- [ s_i   c_i ] [ z_i+1  ]
//
// The row which two successive rotations share stays in registers, so that a rotation costs one load, one store, and two
// multiplications and two fused multiply-adds.
#pragma once

#include "core/lease.hpp"
#include "core/types.hpp"

namespace mlcore::linalg {

template <class T>
struct Sweep {
    index first, last;
    const T* rotations;  // c, s of i = last-1, then of last-2, ...
};

// rotations.cpp                                   Zt <- (sweep count-1) ... (sweep 0) Zt. Rows padded to whole vectors.
template <class T>
void apply_sweeps(const Sweep<T>* sweeps, index count, Matrix<T> Zt);

#ifdef MLCORE_TINY_BLOCKS
inline constexpr index recorded_sweeps = 3;
#else
inline constexpr index recorded_sweeps = 48;  // 48 n rotations: as many bytes as a stripe of Zt
#endif

// The rotations not yet applied to Zt. If Zt has no columns, none are kept: c and s go to a place that is written again.
template <class T>
class RotationRecorder {
public:
    RotationRecorder(index n, Matrix<T> Zt)
        : Zt_(Zt), rotations_(2 * n * (Zt.cols > 0 ? recorded_sweeps : 1)), sweeps_(recorded_sweeps), next_(rotations_.data()) {}

    // Room for a sweep over rows [first, last]; c, s of row last-1, last-2, ... are to be written there.
    T* begin(index first, index last) {
        if (Zt_.cols == 0) return next_;
        if (count_ == recorded_sweeps) apply();
        sweeps_[count_++] = {first, last, next_};
        T* const room = next_;
        next_ += 2 * (last - first);
        return room;
    }
    // The current sweep ended above row `first`.
    void cut(index first) noexcept {
        if (count_ > 0) sweeps_[count_ - 1].first = first;
    }
    void apply() {
        apply_sweeps(sweeps_.data(), count_, Zt_);
        count_ = 0;
        next_ = rotations_.data();
    }

private:
    Matrix<T> Zt_;
    Lease<T> rotations_;
    Lease<Sweep<T>> sweeps_;
    T* next_;
    index count_ = 0;
};

}  // namespace mlcore::linalg
