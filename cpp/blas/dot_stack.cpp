// dot_stack: inner products of a stack of pairs of vectors,  out = sum over k of x_k y_k.
//
// Vectors that are contiguous are multiplied one pair at a time (dot.cpp). When they are not, but the entries of the stack
// are neighbours in memory (the columns of a row-major matrix), they are summed side by side (fold_columns.hpp).
#include "blas/blas.hpp"
#include "blas/fold_columns.hpp"
#include "core/parallel_stack.hpp"

namespace mlcore::blas {

template <class T>
void dot_stack(const Stack<3>& stack, VectorIn<T> x, VectorIn<T> y, T* out) {
    using namespace simd;
    const double work = 2.0 * double(x.size) * sizeof(T);
    const int inner = stack.axes - 1;
    const bool side_by_side = stack.axes > 0 && x.stride != 1 && y.stride != 1 && stack.stride[0][inner] == 1 &&
                              stack.stride[1][inner] == 1 && stack.shape[inner] >= lanes<T>;
    if (!side_by_side) {
        parallel_for_each_entry(stack, work, [&](const index (&at)[3]) {
            out[at[2]] = dot<T>({x.data + at[0], x.size, x.stride}, {y.data + at[1], y.size, y.stride});
        });
        return;
    }
    const index columns = stack.shape[inner], out_step = stack.stride[2][inner];
    parallel_for_each_entry(outer_axes(stack), work * double(columns), [&](const index (&at)[3]) {
        const auto read = [=](index i, index j, auto... left) {
            const T *p = x.data + at[0] + i * x.stride + j, *q = y.data + at[1] + i * y.stride + j;
            if constexpr (sizeof...(left) == 0)
                return load_as<double>(p) * load_as<double>(q);
            else
                return load_partial_as<double>(p, left...) * load_partial_as<double>(q, left...);
        };
        fold_columns<Add>(x.size, columns, work * double(columns), read,
                          [&](index j, double sum) { out[at[2] + j * out_step] = T(sum); });
    });
}

template void dot_stack<float>(const Stack<3>&, Vector<const float>, Vector<const float>, float*);
template void dot_stack<double>(const Stack<3>&, Vector<const double>, Vector<const double>, double*);

}  // namespace mlcore::blas
