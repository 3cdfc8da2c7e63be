// A factorisation that may fail, for each matrix of a stack.
#pragma once

#include <algorithm>

#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "core/parallel.hpp"
#include "linalg/linalg.hpp"

namespace mlcore::linalg {

// solve(offsets) -> Status. `work`: multiply-adds of one matrix. Many matrices are shared between threads; a few share out their
// own products. Returns the first status that is not ok, and the number of its matrix in `failed`.
template <int N, class Solve>
Status for_each_matrix(const Stack<N>& stack, double work, index& failed, Solve&& solve) {
    const index per_task = std::max(index(1), index(parallel_threshold / (work + 1))), tasks = ceil_div(stack.count, per_task);
    const auto solve_some = [&](index first, index last, index& failure) {
        Status result = Status::ok;
        index entry = first;
        for_each_entry(stack, first, last, [&](const index (&at)[N]) {
            if (result == Status::ok && !interrupted()) {
                result = solve(at);
                failure = entry;
            }
            ++entry;
        });
        return result;
    };
    if (tasks == 1 || stack.count < 4) return solve_some(0, stack.count, failed);
    Lease<Status> results(tasks);
    Lease<index> failures(tasks);
    for (index task = 0; task < tasks; ++task) results[task] = Status::ok;
    parallel_for_work(tasks, work * double(stack.count), [&](index task, int) {
        const index first = task * per_task;
        results[task] = solve_some(first, std::min(first + per_task, stack.count), failures[task]);
    });
    for (index task = 0; task < tasks; ++task)
        if (results[task] != Status::ok) {
            failed = failures[task];
            return results[task];
        }
    return Status::ok;
}

}  // namespace mlcore::linalg
