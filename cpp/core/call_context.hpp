// What a thread knows of the library call it is executing. Shared by interrupt.cpp, thread_count.cpp and thread_pool.cpp only.
#pragma once

namespace mlcore {
class InterruptScope;
}

namespace mlcore::detail {

struct CallContext {
    InterruptScope* scope = nullptr;   // of the current call, in its own thread and in the workers that run it
    InterruptScope* opened = nullptr;  // the same, but only in the thread which opened it and may poll
    int planned_threads = 0;           // num_threads() at the last parallel_width(); 0: not asked
    bool inside_body = false;          // of a parallel_for: nested calls run serially
};

inline constinit thread_local CallContext call_context{};

}  // namespace mlcore::detail
