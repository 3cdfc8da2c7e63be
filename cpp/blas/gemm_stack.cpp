// gemm_stack: the products C_i = A_i B_i of a stack of matrices, operands broadcast where their strides are 0.
//
// A product of 3 x 3 matrices is 27 multiply-adds, so what happens between the matrices decides: nothing is allocated,
// packed or even called per matrix. Runs along the innermost axis of the stack, where the matrices lie at even steps, are
// handed to the microkernel whole; they are shared out among the threads by the hundred. Rows of B or C with gaps between
// their elements (B transposed, as in A A^T) are brought together for one run at a time.
#include "blas/blas.hpp"
#include "blas/blocking.hpp"
#include "core/lease.hpp"
#include "core/parallel.hpp"

namespace mlcore::blas {
namespace {

// count matrices, `from_step` and `to_step` apart.
template <class T>
void copy_matrices(index count, MatrixIn<T> from, index from_step, Matrix<T> to, index to_step) noexcept {
    for (index i = 0; i < count; ++i) copy<T>(from.shifted(i * from_step), to.shifted(i * to_step));
}

// count products whose operands lie at even steps.
template <class T>
void multiply_run(index count, MatrixIn<T> A, index a_step, MatrixIn<T> B, index b_step, Matrix<T> C, index c_step) {
    const index m = C.rows, n = C.cols, k = A.cols;
    if (B.col_stride != 1 && n > 1) {
        Lease<T> dense(count * k * n);
        copy_matrices<T>(count, B, b_step, row_major(dense.data(), k, n), k * n);
        multiply_run<T>(count, A, a_step, row_major<const T>(dense.data(), k, n), k * n, C, c_step);
    } else if (C.col_stride != 1 && n > 1) {
        Lease<T> dense(count * m * n);
        multiply_run<T>(count, A, a_step, B, b_step, row_major(dense.data(), m, n), m * n);
        copy_matrices<T>(count, row_major<const T>(dense.data(), m, n), m * n, C, c_step);
    } else {
        gemm_direct<T>(T(1), A, B, T(0), C, {count, a_step, b_step, c_step});
    }
}

}  // namespace

template <class T>
void gemm_stack(const Stack<3>& stack, MatrixIn<T> A, MatrixIn<T> B, Matrix<T> C) {
    const index m = C.rows, n = C.cols, k = A.cols;
    if (m == 0 || n == 0) return;
    const double work = double(m) * double(n) * double(k) + 10;
    if (stack.axes == 0 || work > parallel_threshold || !is_small_product<T>(m, n, k)) {  // each product shares itself out
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
    const index batch = n <= Blocking<T>::direct_vectors * simd::lanes<T> ? run : 1;
    const index runs = ceil_div(length, run);
    parallel_for_work(outer.count * runs, work * double(stack.count), [&](index task, int) {
        const StackCursor<3> cursor(outer, task / runs);
        const index first = task % runs * run, count = length - first < run ? length - first : run;
        const index a_step = stack.stride[0][inner], b_step = stack.stride[1][inner], c_step = stack.stride[2][inner];
        Matrix<const T> B_run = B.shifted(cursor.offset[1]);
        const bool gathered = b_step == 0 && B.col_stride != 1;  // one B for all: brought together once
        Lease<T> dense(gathered ? k * n : 0);
        if (gathered) {
            copy<T>(B_run, row_major(dense.data(), k, n));
            B_run = row_major<const T>(dense.data(), k, n);
        }
        for (index s = first; s < first + count; s += batch)
            multiply_run<T>(first + count - s < batch ? first + count - s : batch, A.shifted(cursor.offset[0] + s * a_step), a_step,
                            B_run.shifted(s * b_step), b_step, C.shifted(cursor.offset[2] + s * c_step), c_step);
    });
}

template void gemm_stack<float>(const Stack<3>&, Matrix<const float>, Matrix<const float>, Matrix<float>);
template void gemm_stack<double>(const Stack<3>&, Matrix<const double>, Matrix<const double>, Matrix<double>);

}  // namespace mlcore::blas
