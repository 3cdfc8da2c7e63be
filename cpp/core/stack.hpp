// Stacks: the leading axes of arrays whose last axes are matrices or vectors, broadcast against each other.
//
//     A (10, 1, 3, 4) @ B (7, 4, 5)  ->  C (10, 7, 3, 5)      stack of shape (10, 7), strides 0 along broadcast axes
//
// Axes that lie evenly in memory for all N operands are merged, so that the usual case is one axis, and a cursor steps
// from one matrix to the next by additions alone.
#pragma once

#include "core/types.hpp"

namespace mlcore {

template <int N>
struct Stack {
    static constexpr int max_axes = 64;  // NumPy's limit

    index count = 1;
    int axes = 0;
    index shape[max_axes];
    index stride[N][max_axes];

    // Adds an axis inside those already there.
    void push(index size, const index (&strides)[N]) noexcept {
        count *= size;
        if (size == 1) return;
        bool merges = axes > 0;
        for (int operand = 0; operand < N && merges; ++operand) merges = stride[operand][axes - 1] == size * strides[operand];
        if (merges)
            shape[axes - 1] *= size;
        else
            shape[axes++] = size;
        for (int operand = 0; operand < N; ++operand) stride[operand][axes - 1] = strides[operand];
    }
};

// A stack of `count` contiguous matrices, one after another.
inline Stack<1> contiguous_stack(index count, index size) noexcept {
    Stack<1> stack;
    stack.push(count, {size});
    return stack;
}

template <int N>
class StackCursor {
public:
    StackCursor(const Stack<N>& stack, index position) noexcept : stack_(stack) {
        for (int axis = stack.axes - 1; axis >= 0; --axis) {
            at_[axis] = position % stack.shape[axis];
            position /= stack.shape[axis];
            for (int operand = 0; operand < N; ++operand) offset[operand] += at_[axis] * stack.stride[operand][axis];
        }
    }
    void next() noexcept {
        for (int axis = stack_.axes - 1; axis >= 0; --axis) {
            for (int operand = 0; operand < N; ++operand) offset[operand] += stack_.stride[operand][axis];
            if (++at_[axis] < stack_.shape[axis]) return;
            for (int operand = 0; operand < N; ++operand) offset[operand] -= at_[axis] * stack_.stride[operand][axis];
            at_[axis] = 0;
        }
    }

    index offset[N] = {};  // in elements, from the first matrix of each operand

private:
    const Stack<N>& stack_;
    index at_[Stack<N>::max_axes];
};

// Calls body(offset of operand 0, offset of operand 1, ...) for the entries [first, last) of the stack.
template <int N, class Body>
void for_each_entry(const Stack<N>& stack, index first, index last, Body&& body) {
    StackCursor<N> cursor(stack, first);
    for (index i = first; i < last; ++i, cursor.next()) body(cursor.offset);
}

}  // namespace mlcore
