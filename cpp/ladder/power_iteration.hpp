// Power iteration: the eigenvalue of largest modulus, and its vector, by repeated multiplication.
//
//     y = A x,      lambda = x^T y      (x has length 1: the Rayleigh quotient),      x <- y / ||y||
//
// Written in the eigenvectors of A, each step multiplies the part along v_i by lambda_i, so that after k steps all parts
// but the first are smaller by (lambda_i / lambda_1)^k. Of a step's 2 n^2 + 5 n flops all but 5 n are the product A x: it is
// the one thing that the steps of this ladder change, and each of them hands its own to this loop.
//
// Source: G. Golub, C. Van Loan, "Matrix Computations", 4th ed., section 7.3.1.
#pragma once

#include "core/lease.hpp"
#include "ladder/steps.hpp"
#include "ladder/vectors.hpp"

namespace mlcore::ladder {

// multiply(x, y) sets y = A x. x: on entry any vector but 0, on return the eigenvector, of length 1. Returns lambda.
template <class T, class Multiply>
T power_iterate(index iterations, Vector<T> x, Multiply&& multiply) {
    Lease<T> product(x.size);
    const Vector<T> y{product.data(), x.size};
    divide(x.size, x.data, norm(x.size, x.data), x.data);
    T lambda = 0;
    for (index iteration = 0; iteration < iterations && !stopped(); ++iteration) {
        multiply(x, y);
        lambda = dot(x.size, x.data, y.data);
        const T length = norm(y.size, y.data);
        if (length == T(0)) break;  // A x = 0: x is an eigenvector for the eigenvalue 0
        divide(x.size, y.data, length, x.data);
    }
    return lambda;
}

}  // namespace mlcore::ladder
