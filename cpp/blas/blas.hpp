// The room of products: every kernel of blas/, one line of contract each. The definition stands in the file of the
// same name, with the formula, the cost and the source.
//
// Common contract: views with any strides and sizes from 0 up; inputs are only read; outputs overlap no input unless
// said otherwise; NaN and infinity propagate as IEEE arithmetic has it; results do not depend on the number of threads.
// Kernels that pack lease memory (core/scratch.hpp) and may throw std::bad_alloc, nothing else.
#pragma once

#include <limits>

#include "core/stack.hpp"
#include "core/types.hpp"

namespace mlcore::blas {

// copy.cpp                                                                                   Y = X
template <class T>
void copy(MatrixIn<T> X, Matrix<T> Y) noexcept;

// dot.cpp                                                                                    sum x_i y_i
template <class T>
T dot(VectorIn<T> x, VectorIn<T> y);

// nrm2.cpp                                                                                   sqrt(sum x_i^2), never over- or underflowing
template <class T>
T nrm2(VectorIn<T> x);

// True if the plain sum of n squares, summed in double, over- or underflowed in none that matters (see nrm2.cpp).
template <class T>
constexpr bool is_safe_sum_of_squares(double sum, index n) noexcept {
    return sizeof(T) == 4 || (sum > double(n) * 0x1p-1020 && sum <= std::numeric_limits<double>::max());
}

// asum.cpp                                                                                   sum |x_i|
template <class T>
T asum(VectorIn<T> x);

// amax.cpp                                                                                   max |x_i|, NaN if there is one
template <class T>
T amax(VectorIn<T> x);

// dot_stack.cpp, norm_stack.cpp                                                              the same for each entry of a stack
enum class Norm { one, two, infinity };
template <class T>
void dot_stack(const Stack<3>& stack, VectorIn<T> x, VectorIn<T> y, T* out);
template <class T>
void norm_stack(Norm kind, const Stack<2>& stack, VectorIn<T> x, T* out);

// normalize.cpp                                                                              z = x / ||x|| for each entry of a stack
template <class T>
void normalize(const Stack<2>& stack, VectorIn<T> x, Vector<T> z);

// axpy.cpp                                                                                   y = alpha x + y;  z = alpha x + y
template <class T>
void axpy(Scalar<T> alpha, VectorIn<T> x, Vector<T> y);
template <class T>
void axpy(const Stack<3>& stack, Scalar<T> alpha, const T* x, const T* y, T* z);

// elementwise.cpp                                                                            z = x + y;  z = x - y;  z = alpha x
template <class T>
void add(const Stack<3>& stack, const T* x, const T* y, T* z);
template <class T>
void subtract(const Stack<3>& stack, const T* x, const T* y, T* z);
template <class T>
void scale(const Stack<3>& stack, Scalar<T> alpha, const T* x, T* z);

// cross.cpp                                                                                  c = a x b in three dimensions
template <class T>
void cross(const Stack<3>& stack, VectorIn<T> a, VectorIn<T> b, Vector<T> c);

// gemv.cpp                                                                                   y = alpha A x + beta y
template <class T>
void gemv(Scalar<T> alpha, MatrixIn<T> A, VectorIn<T> x, Scalar<T> beta, Vector<T> y);

// outer.cpp                                                                                  A = x y^T
template <class T>
void outer(VectorIn<T> x, VectorIn<T> y, Matrix<T> A);

// trsm.cpp                                          X = A^-1 B or B A^-1 in place of B; index of the first zero pivot, or -1
// trmm.cpp                                          B = A B or B A
enum class Side { left, right };
enum class Triangle { lower, upper };
enum class Diagonal { stored, unit };
template <class T>
index trsm(Side side, Triangle triangle, Diagonal diagonal, MatrixIn<T> A, Matrix<T> B);
template <class T>
void trmm(Side side, Triangle triangle, Diagonal diagonal, MatrixIn<T> A, Matrix<T> B);

// gemm.cpp                                                                                   C = alpha A B + beta C
template <class T>
void gemm(Scalar<T> alpha, MatrixIn<T> A, MatrixIn<T> B, Scalar<T> beta, Matrix<T> C);

// gemm_direct.cpp                                       the same for a small row-major B; `stack`: products at even steps
struct EvenStack {
    index count = 1, a_step = 0, b_step = 0, c_step = 0;
};
template <class T>
void gemm_direct(Scalar<T> alpha, MatrixIn<T> A, MatrixIn<T> B, Scalar<T> beta, Matrix<T> C, EvenStack stack = {});

// gemm_stack.cpp                                                                             C_i = A_i B_i
template <class T>
void gemm_stack(const Stack<3>& stack, MatrixIn<T> A, MatrixIn<T> B, Matrix<T> C);

// gram.cpp                                                                                   C = X^T W X, centred if mean
template <class T>
void gram(MatrixIn<T> X, const T* weights, double* mean, Matrix<T> C);

// gram_apply.cpp                                                                             Z = X^T (X V)
template <class T>
void gram_apply(MatrixIn<T> X, MatrixIn<T> V, Matrix<T> Z);

}  // namespace mlcore::blas
