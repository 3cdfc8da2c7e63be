// norm_stack: the norms of a stack of vectors: the sum of absolute values (1), the Euclidean length (2), the largest absolute
// value (infinity).
//
// As in dot_stack.cpp, contiguous vectors go one by one, and neighbouring columns side by side. A column whose sum of squares
// over- or underflowed is taken up again by nrm2, which knows how.
#include <cmath>
#include <limits>

#include "blas/blas.hpp"
#include "blas/fold_columns.hpp"
#include "core/parallel_stack.hpp"

namespace mlcore::blas {
namespace {

using namespace simd;

template <class T>
T norm(Norm kind, Vector<const T> x) {
    return kind == Norm::one ? asum<T>(x) : kind == Norm::two ? nrm2<T>(x) : amax<T>(x);
}

// out[j * step] = norm of column j of X, whose rows are contiguous.
template <class T>
void norm_columns(Norm kind, Matrix<const T> X, T* out, index step) {
    const double bytes = double(X.rows) * double(X.cols) * sizeof(T);
    const auto fold = [&](auto op, auto term, auto done) {
        fold_columns<decltype(op)>(
            X.rows, X.cols, bytes,
            [&](index i, index j, auto... left) {
                if constexpr (sizeof...(left) == 0)
                    return term(load_as<double>(&X(i, j)));
                else
                    return term(load_partial_as<double>(&X(i, j), left...));
            },
            done);
    };
    const auto magnitude = [](Vec<double> v) { return abs<double>(v); };
    const auto keep = [=](index j, double value) { out[j * step] = T(value); };
    if (kind == Norm::one) {
        fold(Add{}, magnitude, keep);
    } else if (kind == Norm::infinity) {
        fold(Larger{}, magnitude, keep);
    } else {
        fold(Add{}, [](Vec<double> v) { return v * v; }, [=](index j, double sum) {
            out[j * step] = is_safe_sum_of_squares<T>(sum, X.rows) ? T(std::sqrt(sum)) : nrm2<T>(X.col(j));
        });
    }
}

}  // namespace

template <class T>
void norm_stack(Norm kind, const Stack<2>& stack, VectorIn<T> x, T* out) {
    const double work = double(x.size) * sizeof(T);
    const int inner = stack.axes - 1;
    if (stack.axes > 0 && x.stride != 1 && stack.stride[0][inner] == 1 && stack.shape[inner] >= lanes<T>) {
        const index columns = stack.shape[inner];
        parallel_for_each_entry(outer_axes(stack), work * double(columns), [&](const index (&at)[2]) {
            norm_columns<T>(kind, {x.data + at[0], x.size, columns, x.stride, 1}, out + at[1], stack.stride[1][inner]);
        });
    } else {
        parallel_for_each_entry(stack, work, [&](const index (&at)[2]) {
            out[at[1]] = norm<T>(kind, {x.data + at[0], x.size, x.stride});
        });
    }
}

template void norm_stack<float>(Norm, const Stack<2>&, Vector<const float>, float*);
template void norm_stack<double>(Norm, const Stack<2>&, Vector<const double>, double*);

}  // namespace mlcore::blas
