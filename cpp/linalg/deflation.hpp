// Deflation: which of the poles of a secular equation take part in it at all.
//
// A pole whose z_i is negligible is an eigenvalue (a singular value) as it is, with its unit vector. Of two that are close,
//
//     [ z_p ]       [  c  s ] [ z_p ]     [ 0 ]
//     [ z_j ]   <-  [ -s  c ] [ z_j ]  =  [ r ],      r = hypot(z_p, z_j),  c = z_j / r,  s = -z_p / r,
//
// a rotation makes the first one's z vanish; applied to the diagonal as well it leaves one element (d_j - d_p) c s (or the
// like) beside it, which is dropped if it is negligible. Often many poles go this way, and their
// work with them.
//
// Source: J. Dongarra, D. Sorensen, "A Fully Parallel Algorithm for the Symmetric Eigenvalue Problem", SIAM J. Sci. Stat.
// Comput. 8(2), 1987; the order of the tests is that of LAPACK's laed2.
#pragma once

#include <cmath>

#include "core/types.hpp"

namespace mlcore::linalg {

// z: n, in the ascending order of the poles. join(p, j, c, s), p < j, applies the rotation to everything but z and returns
// true if poles p and j may be taken for close; pole j must then still lie between its old value and that of p. Fills `kept`
// (ascending) and `deflated` with the numbers of the poles and returns how many are kept.
template <class Join>
index deflate(index n, double* z, double negligible, Join&& join, index* kept, index* deflated) {
    index keep = 0, drop = 0, pending = -1;
    for (index j = 0; j < n; ++j) {
        if (std::fabs(z[j]) <= negligible) {
            deflated[drop++] = j;
            continue;
        }
        if (pending >= 0) {
            const double r = std::hypot(z[pending], z[j]);
            if (join(pending, j, z[j] / r, -z[pending] / r)) {
                z[j] = r;
                z[pending] = 0;
                deflated[drop++] = pending;
            } else {
                kept[keep++] = pending;
            }
        }
        pending = j;
    }
    if (pending >= 0) kept[keep++] = pending;
    return keep;
}

}  // namespace mlcore::linalg
