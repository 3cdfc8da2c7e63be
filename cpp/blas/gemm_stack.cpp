// gemm_stack: the products C_i = A_i B_i of a stack of matrices, operands broadcast where their strides are 0.
//
// Small matrices are shared out by the hundred, big ones one by one. A product of 3 x 3 matrices is 27 multiply-adds, so
// everything here is about what happens between them: nothing is allocated, packed or divided per matrix (gemm's direct
// path), and the cursor moves on by one addition for each operand.
#include "blas/blas.hpp"
#include "core/parallel.hpp"

namespace mlcore::blas {

template <class T>
void gemm_stack(const Stack<3>& stack, MatrixIn<T> A, MatrixIn<T> B, Matrix<T> C) {
    const double work = double(C.rows) * double(C.cols) * double(A.cols);
    if (stack.count == 1 || work > 1e7) {  // each product shares itself out
        for_each_entry(stack, 0, stack.count, [&](const index (&at)[3]) {
            if (interrupted()) return;
            gemm<T>(T(1), A.shifted(at[0]), B.shifted(at[1]), T(0), C.shifted(at[2]));
        });
        return;
    }
    const index each = 1 + index(parallel_threshold / 4 / (work + 10));
    parallel_for_work(ceil_div(stack.count, each), (work + 10) * double(stack.count), [&](index task, int) {
        const index first = task * each, last = first + each < stack.count ? first + each : stack.count;
        for_each_entry(stack, first, last, [&](const index (&at)[3]) {
            gemm<T>(T(1), A.shifted(at[0]), B.shifted(at[1]), T(0), C.shifted(at[2]));
        });
    });
}

template void gemm_stack<float>(const Stack<3>&, Matrix<const float>, Matrix<const float>, Matrix<float>);
template void gemm_stack<double>(const Stack<3>&, Matrix<const double>, Matrix<const double>, Matrix<double>);

}  // namespace mlcore::blas
