// for_each_entry, shared out among the threads.
#pragma once

#include "core/parallel.hpp"
#include "core/stack.hpp"

namespace mlcore {

// `work` counts the multiply-adds or bytes of one entry. Small entries are shared out by the hundred; entries big enough to
// share themselves out come one by one. body(offsets) must write nothing that another entry writes or reads.
template <int N, class Body>
void parallel_for_each_entry(const Stack<N>& stack, double work, Body&& body) {
    work += 10;
    if (stack.count == 1 || work > 8 * parallel_threshold) {
        for_each_entry(stack, 0, stack.count, [&](const index (&at)[N]) {
            if (!interrupted()) body(at);
        });
        return;
    }
    const index each = 1 + index(parallel_threshold / 4 / work);
    parallel_for_work((stack.count + each - 1) / each, work * double(stack.count), [&](index task, int) {
        const index first = task * each, last = first + each < stack.count ? first + each : stack.count;
        for_each_entry(stack, first, last, body);
    });
}

// A stack without its innermost axis, which must exist.
template <int N>
Stack<N> outer_axes(const Stack<N>& stack) noexcept {
    Stack<N> outer = stack;
    outer.count /= outer.shape[--outer.axes];
    return outer;
}

}  // namespace mlcore
