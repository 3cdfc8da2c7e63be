// dot: the inner product  sum over i of x_i y_i.
//
// START READING at `dot`. How the sum is ordered stands in pieces.hpp.
//
// Flops 2n; bytes 2n elements. Beyond cache the memory is the limit: two loads and one multiply-add for each vector keep a
// core busy at several times the speed of memory, so all that matters is to keep loads coming. In cache eight chains hide
// the latency of the addition (4 cycles, 1 multiply-add a cycle for 2 loads).
//
// Contract: any strides; strided vectors are gathered 256 elements at a time and give the same bits as their copies. A float
// piece is summed in float, the pieces in double.
#include "blas/blas.hpp"
#include "blas/pieces.hpp"

namespace mlcore::blas {
namespace {

using namespace simd;

template <class T>
MLCORE_INLINE void add_products(Chains<T>& chains, const T* x, const T* y, index n) noexcept {
    chains.add(n, [=](index i, auto... left) {
        if constexpr (sizeof...(left) == 0)
            return load(x + i) * load(y + i);
        else
            return load_partial(x + i, left...) * load_partial(y + i, left...);
    });
}

template <class T>
T dot_piece(const T* x, const T* y, index n) noexcept {
    Chains<T> chains;
    add_products(chains, x, y, n);
    return chains.total();
}

template <class T>
T dot_piece_strided(Vector<const T> x, Vector<const T> y, index first, index n) noexcept {
    T x_buffer[gathered_size], y_buffer[gathered_size];
    Chains<T> chains;
    for (index i = 0; i < n; i += gathered_size) {
        const index count = n - i < gathered_size ? n - i : gathered_size;
        add_products(chains, contiguous(x, first + i, count, x_buffer), contiguous(y, first + i, count, y_buffer), count);
    }
    return chains.total();
}

}  // namespace

template <class T>
T dot(VectorIn<T> x, VectorIn<T> y) {
    if (x.contiguous() && y.contiguous())
        return T(sum_over_pieces(x.size, 2 * sizeof(T), [=](index i, index n) { return dot_piece(x.data + i, y.data + i, n); }));
    return T(sum_over_pieces(x.size, 2 * sizeof(T), [=](index i, index n) { return dot_piece_strided<T>(x, y, i, n); }));
}

template float dot<float>(Vector<const float>, Vector<const float>);
template double dot<double>(Vector<const double>, Vector<const double>);

}  // namespace mlcore::blas
