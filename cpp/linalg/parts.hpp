// The parts of one level of divide and conquer.
#pragma once

#include "core/interrupt.hpp"
#include "core/lease.hpp"
#include "core/parallel.hpp"
#include "linalg/linalg.hpp"

namespace mlcore::linalg {

// solve(part) -> Status for `count` independent parts of a matrix of order n: all at once if they are many, otherwise one
// after the other, so that each can be shared within. Returns the first status that is not ok.
template <class Solve>
Status solve_parts(index n, index count, Solve&& solve) {
    constexpr index many = 4;
    Lease<Status> results(count);
    const auto body = [&](index part, int) { results[part] = interrupted() ? Status::interrupted : solve(part); };
    parallel_for_work(count, count < many ? 0 : 8 * double(n) * double(n), body);
    for (index part = 0; part < count; ++part)
        if (results[part] != Status::ok) return interrupted() ? Status::interrupted : results[part];
    return interrupted() ? Status::interrupted : Status::ok;
}

}  // namespace mlcore::linalg
