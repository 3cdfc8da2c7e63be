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

// Pauses at first, then gives the CPU away at each step: on a busy machine the thread that we wait for may be queued
// behind us on the very same CPU. (With pauses only, an empty call took the whole budget there, 80 us.)
//
//     for (Spin spin(budget, yield); !condition();) if (!spin.once()) { sleep; break; }
class Spin {
public:
    // yield: do so from the beginning. For when there are more threads than CPUs.
    Spin(std::chrono::nanoseconds budget, bool yield) noexcept : budget_(budget), yield_(yield) {}

    // One short wait; false when the budget is spent.
    bool once() noexcept {
        if (yield_) {
            std::this_thread::yield();
        } else {
            cpu_pause();
            if (++steps_ % steps_per_reading != 0) return true;  // the clock costs more than a pause
        }
        const auto now = std::chrono::steady_clock::now();
        if (start_ == Time{}) start_ = now;  // a wait that ends at once reads no clock
        yield_ = yield_ || now - start_ >= pause_budget;
        return now - start_ < budget_;
    }

private:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr unsigned steps_per_reading = 32;
    static constexpr std::chrono::microseconds pause_budget{5};  // calls that follow each other closely

    std::chrono::nanoseconds budget_;
    Time start_{};
    unsigned steps_ = 0;
    bool yield_;
};

}  // namespace mlcore
