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

}  // namespace mlcore::linalg
