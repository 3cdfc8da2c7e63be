// cross: the vector products of a stack of pairs of vectors in three dimensions,
//
//     c = (a1 b2 - a2 b1,  a2 b0 - a0 b2,  a0 b1 - a1 b0).
//
// Each component is a difference of products. A plain a1 b2 - a2 b1 loses everything when the vectors are nearly parallel;
// with a fused multiply-add the rounding error of one product is recovered exactly and the component is right to 1.5 units in
// the last place (Kahan's difference of products):
//
//     w = c d,   e = w - c d (exact),   f = a b - w,   a b - c d = f + e
//
// Floats are multiplied in double, where both products are exact.
// Flops 9 (24 with the corrections); bytes 9 elements.
// Contract: c may be a or b itself, element for element. Source: C.-P. Jeannerod, N. Louvet, J.-M. Muller, "Further Analysis
// of Kahan's Algorithm for the Accurate Computation of 2x2 Determinants", Mathematics of Computation 82, 2013.
#include <cmath>

#include "blas/blas.hpp"
#include "core/parallel_stack.hpp"

namespace mlcore::blas {
namespace {

// a b - c d
double difference_of_products(double a, double b, double c, double d) noexcept {
    const double w = c * d, e = std::fma(-c, d, w), f = std::fma(a, b, -w);
    const double difference = f + e;
    return difference == difference ? difference : a * b - c * d;  // a product overflowed: as the plain formula has it
}

float difference_of_products(float a, float b, float c, float d) noexcept {
    return float(double(a) * double(b) - double(c) * double(d));
}

}  // namespace

template <class T>
void cross(const Stack<3>& stack, VectorIn<T> a, VectorIn<T> b, Vector<T> c) {
    parallel_for_each_entry(stack, 9.0 * sizeof(T), [&](const index (&at)[3]) {
        const T *p = a.data + at[0], *q = b.data + at[1];
        T* r = c.data + at[2];
        const T p0 = p[0], p1 = p[a.stride], p2 = p[2 * a.stride], q0 = q[0], q1 = q[b.stride], q2 = q[2 * b.stride];
        r[0] = difference_of_products(p1, q2, p2, q1);
        r[c.stride] = difference_of_products(p2, q0, p0, q2);
        r[2 * c.stride] = difference_of_products(p0, q1, p1, q0);
    });
}

template void cross<float>(const Stack<3>&, Vector<const float>, Vector<const float>, Vector<float>);
template void cross<double>(const Stack<3>&, Vector<const double>, Vector<const double>, Vector<double>);

}  // namespace mlcore::blas
