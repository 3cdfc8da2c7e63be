// C_i = A_i B_i for the entries of a stack: blas/gemm_stack.cpp.
#include "blas/blas.hpp"
#include "calculus/tape.hpp"
#include "core/stack.hpp"

namespace mlcore::calculus {
namespace {

template <class T>
class ProductStep final : public Step {
public:
    ProductStep(const std::vector<index>& stack, index m, index n, index k, View a, View b, View c)
        : m_(m), n_(n), k_(k), a_(std::move(a)), b_(std::move(b)), c_(std::move(c)) {
        for (std::size_t axis = 0; axis < stack.size(); ++axis)
            stack_.push(stack[axis], {a_.strides[axis], b_.strides[axis], c_.strides[axis]});
    }
    bool run(Slots slots) const override {
        if (stack_.count == 0) return true;
        blas::gemm_stack<T>(stack_, matrix<const T>(a_, slots, m_, k_), matrix<const T>(b_, slots, k_, n_), matrix<T>(c_, slots, m_, n_));
        return true;
    }

private:
    template <class U>
    static Matrix<U> matrix(const View& view, Slots slots, index rows, index cols) noexcept {
        const std::size_t axes = view.strides.size();
        return {view.data<U>(slots), rows, cols, view.strides[axes - 2], view.strides[axes - 1]};
    }
    Stack<3> stack_;
    index m_, n_, k_;
    View a_, b_, c_;
};

}  // namespace

StepPointer product_step(Kind kind, std::vector<index> stack, index m, index n, index k, View a, View b, View c) {
    if (kind == Kind::f32) return std::make_unique<ProductStep<float>>(stack, m, n, k, std::move(a), std::move(b), std::move(c));
    return std::make_unique<ProductStep<double>>(stack, m, n, k, std::move(a), std::move(b), std::move(c));
}

}  // namespace mlcore::calculus
