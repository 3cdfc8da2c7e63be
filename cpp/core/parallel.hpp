// parallel_for for work that may be too small to share.
#pragma once

#include <type_traits>

#include "core/interrupt.hpp"
#include "core/thread_pool.hpp"
#include "core/types.hpp"

namespace mlcore {

// Waking another core and joining it again costs a few microseconds: about 1e5 multiply-adds, or as many bytes from cache.
inline constexpr double parallel_threshold = 2.5e5;

// `work` counts multiply-adds or bytes of the whole loop. Tasks are the same either way, so the bits are too.
template <class Body>
void parallel_for_work(index tasks, double work, Body&& body) {
    if (work >= parallel_threshold && tasks > 1) {
        parallel_for(tasks, body);
        return;
    }
    for (index task = 0; task < tasks; ++task) body(task, 0);
}

}  // namespace mlcore
