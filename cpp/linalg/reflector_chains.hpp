// Chains of small reflections, recorded while bulges are chased through a window and applied to the rows beside it afterwards.
#pragma once

#include "linalg/small_reflector.hpp"

namespace mlcore::linalg {

// h[0] reflects rows first, first + 1, first + 2, h[1] those from first + 1 on, and so on; the last one two rows, if `short_end`.
template <class T>
struct Chain {
    index first, count;
    bool short_end;
    const SmallReflector<T>* h;
};

// reflector_chains.cpp: B <- chain[count-1] ... chain[0] B for each of the matrices; any strides, contiguous rows are fastest.
template <class T>
void apply_chains(const Chain<T>* chains, index count, const Matrix<T>* matrices, int matrix_count);

}  // namespace mlcore::linalg
