// The one thread pool of the library: parallel_for over numbered tasks.
//
// Same call, same bits: a kernel cuts its work into tasks by the size of the problem, never by the
// number of threads, lets each task write its own place, and adds partial results afterwards in
// task order. Which worker runs which task is left to chance, so it must not matter.
#pragma once

#include <memory>
#include <type_traits>

#include "core/types.hpp"

namespace mlcore {

inline constexpr int max_num_threads = 1024;

// MLCORE_NUM_THREADS if it is valid, else the CPUs this process may use (see cpu_count.hpp).
int default_num_threads() noexcept;

// nullptr, or what is wrong with MLCORE_NUM_THREADS as a sentence for the user. The binding raises
// it at import; default_num_threads() then answers as if the variable were not set.
const char* num_threads_env_error() noexcept;

// The process-wide setting. A new value (clamped to 1 ... max_num_threads) counts from the next call
// on; threads are started when a call first needs them, and surplus ones sleep.
int num_threads() noexcept;
void set_num_threads(int n) noexcept;

// How many workers parallel_for(tasks, ...) may use from here, at least 1; sizes per-worker scratch.
// It is 1 inside the body of a parallel_for. The answer holds for the parallel_for calls of this
// thread until it asks again: a set_num_threads() in another thread in between cannot make a worker
// number exceed scratch that is already sized.
int parallel_width(index tasks) noexcept;

namespace detail {
using TaskFunction = void (*)(void* body, index task, int worker);
void run_tasks(index tasks, TaskFunction function, void* body);
}  // namespace detail

// Calls body(task, worker) once for each task in [0, tasks), with worker in [0, parallel_width(tasks));
// no two tasks run at once under the same worker number. The caller is worker 0.
//
// - What the bodies wrote is visible to the caller on return.
// - The first exception is rethrown here after all workers have stopped; tasks not begun are skipped.
// - Once the call's InterruptScope is cancelled, tasks not begun are skipped and it returns normally.
// - Inside a body, or while the pool serves another application thread, it runs serially in this
//   thread. A body always counts as inside, even that of a single task: to keep the parallelism of
//   inner calls when there is one task, call it directly.
template <class Body>
void parallel_for(index tasks, Body&& body) {
    using Function = std::remove_reference_t<Body>;
    const void* address = std::addressof(body);
    detail::run_tasks(
        tasks,
        [](void* erased, index task, int worker) { (*static_cast<Function*>(erased))(task, worker); },
        const_cast<void*>(address));
}

}  // namespace mlcore
