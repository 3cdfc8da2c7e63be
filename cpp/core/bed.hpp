// Where one worker sleeps until it is woken.
//
// No wake-up gets lost: the worker first announces that it will sleep and then looks once more whether there is work;
// whoever brings work publishes it first and then looks whether the bed is occupied. As all four steps are sequentially
// consistent, one of the two sees the other.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

namespace mlcore {

class Bed {
public:
    bool occupied() const noexcept { return occupied_.load(std::memory_order_seq_cst); }
    void announce() noexcept { occupied_.store(true, std::memory_order_seq_cst); }
    void leave() noexcept { occupied_.store(false, std::memory_order_relaxed); }

    void sleep() {  // after announce()
        std::unique_lock lock(mutex_);
        woken_.wait(lock, [this] { return !occupied_.load(std::memory_order_relaxed); });
    }
    void wake() {
        {
            const std::lock_guard lock(mutex_);
            leave();
        }
        woken_.notify_one();
    }

private:
    std::atomic<bool> occupied_{false};
    std::mutex mutex_;
    std::condition_variable woken_;
};

}  // namespace mlcore
