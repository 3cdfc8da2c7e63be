// gemm_stack: the products C_i = A_i B_i of a stack of matrices, operands broadcast where their strides are 0.
//
// A product of 3 x 3 matrices is 27 multiply-adds, so what happens between the matrices decides: nothing is allocated,
// packed or even called per matrix. Runs along the innermost axis of the stack, where the matrices lie at even steps, are
// handed to the microkernel whole; they are shared out among the threads by the hundred.
#include "blas/blas.hpp"
#include "blas/blocking.hpp"
#include "core/parallel.hpp"

namespace mlcore::blas {

template <class T>
void gemm_stack(const Stack<3>& stack, MatrixIn<T> A, MatrixIn<T> B, Matrix<T> C) {
    const index m = C.rows, n = C.cols, k = A.cols;
    const double work = double(m) * double(n) * double(k) + 10;
    const bool direct = is_small_product<T>(m, n, k) && (B.col_stride == 1 || n == 1) && (C.col_stride == 1 || n == 1);
    if (!direct || stack.axes == 0 || work > parallel_threshold) {  // each product shares itself out
        for_each_entry(stack, 0, stack.count, [&](const index (&at)[3]) {
            if (interrupted()) return;
            poll_interrupt();
            gemm<T>(T(1), A.shifted(at[0]), B.shifted(at[1]), T(0), C.shifted(at[2]));
        });
        return;
    }

    Stack<3> outer = stack;
    const int inner = --outer.axes;
    const index length = stack.shape[inner];
    outer.count = stack.count / length;
    const index most = 1 + index(parallel_threshold / 4 / work), run = length < most ? length : most;
    // A stack of matrices wider than one column of tiles would be passed over once for each column: one matrix at a time.
    const index batch = n <= Blocking<T>::NR ? run : 1;
    const index runs = ceil_div(length, run);
    parallel_for_work(outer.count * runs, work * double(stack.count), [&](index task, int) {
        const StackCursor<3> cursor(outer, task / runs);
        const index first = task % runs * run, count = length - first < run ? length - first : run;
        for (index s = first; s < first + count; s += batch) {
            const auto at = [&](int operand) { return cursor.offset[operand] + s * stack.stride[operand][inner]; };
            gemm_direct<T>(T(1), A.shifted(at(0)), B.shifted(at(1)), T(0), C.shifted(at(2)),
                           {first + count - s < batch ? first + count - s : batch, stack.stride[0][inner],
                            stack.stride[1][inner], stack.stride[2][inner]});
        }
    });
}

template void gemm_stack<float>(const Stack<3>&, Matrix<const float>, Matrix<const float>, Matrix<float>);
template void gemm_stack<double>(const Stack<3>&, Matrix<const double>, Matrix<const double>, Matrix<double>);

}  // namespace mlcore::blas
