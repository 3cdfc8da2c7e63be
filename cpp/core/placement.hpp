// Where threads run.
//
// A kernel that runs in a virtual machine takes an idle processor for one that its host has taken away
// (vcpu_is_preempted), and wakes a thread on the processor of the thread that woke it. There the two take turns, some
// milliseconds each, until the load balancer comes by: half the speed on a machine with nothing else to do.
#pragma once

#ifdef __linux__
#include <sched.h>
#endif

namespace mlcore {

// The processor that this thread runs on; -1 if the system does not tell.
inline int current_cpu() noexcept {
#ifdef __linux__
    return sched_getcpu();
#else
    return -1;
#endif
}

// Moves this thread to another one of its processors if it runs on this one. It may come back: the same mask is set again.
inline void move_off(int cpu) noexcept {
#ifdef __linux__
    if (cpu < 0 || sched_getcpu() != cpu) return;
    cpu_set_t all, others;
    if (sched_getaffinity(0, sizeof all, &all) != 0) return;
    others = all;
    CPU_CLR(cpu, &others);
    if (CPU_COUNT(&others) == 0 || sched_setaffinity(0, sizeof others, &others) != 0) return;
    sched_setaffinity(0, sizeof all, &all);
#else
    (void)cpu;
#endif
}

}  // namespace mlcore
