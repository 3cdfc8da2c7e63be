// Ctrl-C during a long call.
//
// The binding opens an InterruptScope round a call that may be long. Kernels need to do little:
// parallel_for polls between tasks; a serial loop calls poll_interrupt() now and then and leaves when
// interrupted() says so. The results are then incomplete and the binding, which asks the scope,
// raises instead of returning them.
#pragma once

#include <atomic>
#include <chrono>

namespace mlcore {

// True when the user asked to stop (the binding: PyErr_CheckSignals under the GIL).
using PollFunction = bool (*)() noexcept;

// Not nestable: a scope opened inside another one of the same thread stands for the outer one.
class InterruptScope {
public:
    explicit InterruptScope(PollFunction poll) noexcept;
    ~InterruptScope();
    InterruptScope(const InterruptScope&) = delete;
    InterruptScope& operator=(const InterruptScope&) = delete;

    bool interrupted() const noexcept { return outermost_->cancelled_.load(std::memory_order_relaxed); }

private:
    friend void poll_interrupt() noexcept;

    using Clock = std::chrono::steady_clock;
    static constexpr std::chrono::milliseconds poll_interval{50};

    PollFunction poll_;
    Clock::time_point next_poll_;
    std::atomic<bool> cancelled_{false};
    InterruptScope* outermost_;
};

// True once the scope of the current call is cancelled, also in pool workers which run that call.
// A thread-local load and a relaxed load: cheap enough for every block of a loop. Without a scope: false.
bool interrupted() noexcept;

// Asks the user at most every 50 ms, and only in the thread which opened the scope; elsewhere it does
// nothing. Costs a reading of the clock, so call it per block of work (microseconds), not per element.
void poll_interrupt() noexcept;

}  // namespace mlcore
