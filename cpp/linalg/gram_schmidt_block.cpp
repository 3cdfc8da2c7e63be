// Block Gram-Schmidt: as accurate as re-orthogonalisation, at the speed of matrix products.
//
// Columns are taken `panel` at a time; each panel is made orthogonal to all columns before it and then to itself by
// orthogonalize_block, whose work is products of matrices instead of products of a matrix and a vector: the columns before
// the panel are read twice for each panel instead of twice for each column.
//
//      Q                                R
//     +-----------+-------+             +-----------+-------+
//     | done      | panel |             |           |   H   |       panel = done H + new R'
//     |           |       |             +           +-------+
//     |           |       |             |           |   R'  |
//     +-----------+-------+             +-----------+-------+
//
// Flops 2 m n^2, up to 4 m n^2 for ill-conditioned A. Bytes: m n^2 / panel elements and 8 m n.
// Panel: the cost of Cholesky QR on the panel, 6 m panel^2, grows with it, the cost of reading falls; 32 columns are 2 to 4
// tiles of the product.
#include "core/interrupt.hpp"
#include "linalg/gram_schmidt.hpp"
#include "linalg/linalg.hpp"

namespace mlcore::linalg {
namespace {

#ifdef MLCORE_TINY_BLOCKS
constexpr index panel = 3;
#else
constexpr index panel = 32;
#endif

}  // namespace

template <class T>
void gram_schmidt_block(Matrix<T> Q, Matrix<T> R, Scalar<T> rtol, bool* dependent) {
    const index m = Q.rows, n = Q.cols;
    index rank = 0;
    for (index j = 0; j < n; j += panel) {
        poll_interrupt();
        if (interrupted()) return;
        const index b = n - j < panel ? n - j : panel;
        orthogonalize_block<T>(Q.block(0, 0, m, j), Q.block(0, j, m, b), R.block(0, j, j, b), R.block(j, j, b, b), rtol, m - rank,
                               dependent + j);
        for (index c = j; c < j + b; ++c) rank += !dependent[c];
    }
}

template void gram_schmidt_block<float>(Matrix<float>, Matrix<float>, float, bool*);
template void gram_schmidt_block<double>(Matrix<double>, Matrix<double>, double, bool*);

}  // namespace mlcore::linalg
