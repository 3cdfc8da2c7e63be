// normalize: the directions of a stack of vectors,  z = x / ||x||,  zero where x is zero.
//
// Two sweeps: the lengths (norm_stack.cpp), then one division for each element, in the order in which the elements lie in
// memory. A length that is infinite though no element is, or so small that it has lost digits, is rare: such vectors are
// brought to about 1 by a power of two, which rounds nothing, and done again.
//
// Flops 3n; bytes 3n elements. Contract: z may be x itself, element for element. NaN and infinity: as the division has it.
#include <cmath>
#include <limits>

#include "blas/blas.hpp"
#include "blas/map.hpp"
#include "core/lease.hpp"

namespace mlcore::blas {
namespace {

template <class T>
void normalize_scaled(Vector<const T> x, T norm, Vector<T> z) {
    const T largest = amax<T>(x);
    if (!(largest > 0 && largest <= std::numeric_limits<T>::max())) {
        for (index i = 0; i < x.size; ++i) z[i] = largest == 0 ? x[i] : x[i] / norm;
        return;
    }
    const int exponent = std::ilogb(largest);
    for (index i = 0; i < x.size; ++i) z[i] = std::ldexp(x[i], -exponent);
    norm = nrm2<T>(z);
    for (index i = 0; i < x.size; ++i) z[i] /= norm;
}

}  // namespace

template <class T>
void normalize(const Stack<2>& stack, VectorIn<T> x, Vector<T> z) {
    Lease<T> norms(stack.count);
    Stack<2> to_norms = stack;  // x and norms
    Stack<3> elements;          // x, norms, z
    if (x.stride != 1) elements.push(x.size, {x.stride, 0, z.stride});
    index step = stack.count;
    for (int axis = 0; axis < stack.axes; ++axis) {
        step /= stack.shape[axis];
        to_norms.stride[1][axis] = step;
        elements.push(stack.shape[axis], {stack.stride[0][axis], step, stack.stride[1][axis]});
    }
    if (x.stride == 1) elements.push(x.size, {x.stride, 0, z.stride});
    norm_stack<T>(Norm::two, to_norms, x, norms.data());

    constexpr T tiny = std::numeric_limits<T>::min() / std::numeric_limits<T>::epsilon();
    const auto is_safe = [](T norm) { return norm >= tiny && norm <= std::numeric_limits<T>::max(); };
    bool all_safe = true;
    for (index i = 0; i < stack.count; ++i) all_safe &= is_safe(norms[i]);
    if (all_safe) {
        map(elements, x.data, static_cast<const T*>(norms.data()), z.data, [](auto a, auto b) { return a / b; });
        return;
    }
    index entry = 0;
    for_each_entry(stack, 0, stack.count, [&](const index (&at)[2]) {
        const T norm = norms[entry++];
        const Vector<const T> from{x.data + at[0], x.size, x.stride};
        const Vector<T> to{z.data + at[1], z.size, z.stride};
        if (!is_safe(norm)) return normalize_scaled<T>(from, norm, to);
        for (index i = 0; i < from.size; ++i) to[i] = from[i] / norm;
    });
}

template void normalize<float>(const Stack<2>&, Vector<const float>, Vector<float>);
template void normalize<double>(const Stack<2>&, Vector<const double>, Vector<double>);

}  // namespace mlcore::blas
