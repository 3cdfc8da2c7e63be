// Waiting without sleeping, for a bounded time: going to sleep and being woken costs 5 to 50 us, longer than many
// kernels run.
#pragma once

#include <chrono>
#include <thread>

namespace mlcore {

// Tells the CPU that this is a waiting loop: it saves power and leaves the core to its hyper-twin.
inline void cpu_pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("isb");  // `yield` is a no-op on most cores; isb delays by some 10 ns
#else
    std::this_thread::yield();
#endif
}

// for (Spin spin(budget, yield); !condition();) if (!spin.once()) { sleep; break; }
class Spin {
public:
    // yield: give the CPU away at each step. For when there are more threads than CPUs, and the thread
    // we wait for may be waiting for ours.
    Spin(std::chrono::nanoseconds budget, bool yield) noexcept : budget_(budget), yield_(yield) {}

    // One short pause; false when the budget is spent.
    bool once() noexcept {
        if (yield_) {
            std::this_thread::yield();
        } else {
            cpu_pause();
            if (++steps_ % steps_per_reading != 0) return true;  // the clock costs more than a pause
        }
        const auto now = std::chrono::steady_clock::now();
        if (deadline_ == Time{}) deadline_ = now + budget_;  // a wait that ends at once reads no clock
        return now < deadline_;
    }

private:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr unsigned steps_per_reading = 32;

    std::chrono::nanoseconds budget_;
    Time deadline_{};
    unsigned steps_ = 0;
    bool yield_;
};

}  // namespace mlcore
