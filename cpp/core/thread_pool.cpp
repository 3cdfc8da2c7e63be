// The protocol.
//
// One job (one parallel_for) runs at a time. All hand-offs go through a single 64-bit atomic, the *job word*:
//
//     | epoch: 39 bits | caller sleeps: 1 | open: 1 | width: 11 | active: 12 |
//
//     caller                                     worker k = 1, 2, ...
//     ------                                     ------
//     write the job's fields                     spin, then sleep, until the word is open with
//     publish: word = {epoch + 1, open, w, 0}      a new epoch and k < width
//     wake sleeping workers 1 ... w - 1          join:  compare-and-swap active -> active + 1
//     claim tasks until none is left             claim tasks until none is left
//     close: open = 0; no one joins any more     leave: active -> active - 1
//     wait until active == 0                       (and wake the caller if it sleeps and active is now 0)
//
// - A job is over when those who joined have left. A worker that wakes up late finds the job closed: the caller never
//   waits for a thread that has not begun, so on a busy machine it loses the speed-up and no more.
// - Memory order: publish releases the job's fields, join acquires them (other joins in between are read-modify-writes
//   and continue the release sequence). Leave releases what the bodies wrote, close and the wait acquire it. Only a
//   thread that is counted in `active` reads the fields, and they are only written when active == 0 and closed.
// - Tasks are claimed by next_.fetch_add(1). An exception or an interrupt stops the job by using the counter up.
// - Lost wake-ups: a worker announces that it sleeps (seq_cst store), then looks at the word once more; the caller
//   publishes (seq_cst store), then looks who sleeps. One of them sees the other. The caller announces its own sleep
//   within the word itself, so a leaving worker cannot miss it.
// - Nothing here is ever freed: at exit, workers may still sleep in the pool, and a forked child, where they do not
//   exist, forgets the pool without touching its locks.

#include "core/thread_pool.hpp"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "core/bed.hpp"
#include "core/call_context.hpp"
#include "core/cpu_count.hpp"
#include "core/fp_control.hpp"
#include "core/interrupt.hpp"
#include "core/placement.hpp"
#include "core/spin.hpp"

namespace mlcore {
namespace {

using detail::call_context;
using detail::TaskFunction;
using namespace std::chrono_literals;

constexpr std::chrono::nanoseconds spin_budget = 80us;   // before a worker, or the waiting caller, goes to sleep
constexpr std::chrono::milliseconds sleep_slice = 10ms;  // of the waiting caller, between looks for Ctrl-C
constexpr std::size_t cache_line = 64;

// ---- the job word ----

using Word = std::uint64_t;
constexpr Word active_one = 1, active_mask = (Word{1} << 12) - 1;
constexpr int width_shift = 12;
constexpr Word width_mask = (Word{1} << 11) - 1;
constexpr Word open_bit = Word{1} << 23, caller_sleeps_bit = Word{1} << 24;
constexpr int epoch_shift = 25;
static_assert(static_cast<Word>(max_num_threads) <= std::min(width_mask, active_mask));

constexpr Word epoch_of(Word word) { return word >> epoch_shift; }
constexpr int width_of(Word word) { return static_cast<int>(word >> width_shift & width_mask); }
constexpr Word first_word(Word epoch, int width) {
    return epoch << epoch_shift | open_bit | static_cast<Word>(width) << width_shift;
}

// Makes this thread, for a while, one that executes a body.
class InsideBody {
public:
    InsideBody() noexcept : outer_(call_context.inside_body) { call_context.inside_body = true; }
    ~InsideBody() { call_context.inside_body = outer_; }
    InsideBody(const InsideBody&) = delete;
    InsideBody& operator=(const InsideBody&) = delete;

private:
    bool outer_;
};

void run_serially(index tasks, TaskFunction function, void* body) {
    const InsideBody inside;
    for (index task = 0; task < tasks && !interrupted(); ++task) {
        function(body, task, 0);
        poll_interrupt();
    }
}

// ---- the pool ----

class Pool {
public:
    Pool() : usable_cpus_(usable_cpu_count()) {}

    bool try_acquire() noexcept { return !busy_.exchange(true, std::memory_order_acquire); }
    void release() noexcept { busy_.store(false, std::memory_order_release); }

    // Start reading here. Only the thread which acquired the pool calls this; width >= 2.
    void run(index tasks, int width, TaskFunction function, void* body) {
        start_workers(width - 1);
        job_ = {function, body, tasks, call_context.scope, fp_control(), width <= usable_cpus_ ? current_cpu() : -1};
        next_.store(0, std::memory_order_relaxed);
        yield_.store(width > usable_cpus_, std::memory_order_relaxed);

        word_.store(first_word(++epoch_, width), std::memory_order_seq_cst);
        const std::size_t wanted = std::min(beds_.size(), static_cast<std::size_t>(width - 1));
        bool woke = false;
        for (std::size_t k = 0; k < wanted; ++k)
            if (beds_[k]->occupied()) {
                beds_[k]->wake();
                woke = true;
            }
        if (woke && job_.caller_cpu >= 0) std::this_thread::yield();  // to a worker that was woken here and is to move off

        {
            const InsideBody inside;
            claim_tasks(job_, 0);
        }
        close_and_wait();
        if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
    }

private:
    struct Job {
        TaskFunction function;
        void* body;
        index tasks;
        InterruptScope* scope;
        FpControl fp;
        int caller_cpu;  // where no worker should run; -1 if some must
    };

    // Executes tasks until none is left; in the caller it also looks for Ctrl-C.
    void claim_tasks(const Job job, int worker) noexcept {
        try {
            for (;;) {
                const index task = next_.fetch_add(1, std::memory_order_relaxed);
                if (task >= job.tasks) return;
                job.function(job.body, task, worker);
                poll_interrupt();  // does nothing in a worker
                if (interrupted()) break;
            }
        } catch (...) {
            if (!failed_.exchange(true, std::memory_order_relaxed)) error_ = std::current_exception();
        }
        next_.store(job.tasks, std::memory_order_relaxed);  // skip the rest
    }

    void close_and_wait() {
        if ((word_.fetch_and(~open_bit, std::memory_order_acq_rel) & active_mask) != 0) {
            Spin spin(spin_budget, yield_.load(std::memory_order_relaxed));
            while ((word_.load(std::memory_order_acquire) & active_mask) != 0) {
                if (spin.once()) continue;
                sleep_until_all_left();
                break;
            }
        }
        failed_.store(false, std::memory_order_relaxed);
    }

    void sleep_until_all_left() {
        const auto all_left = [this] { return (word_.load(std::memory_order_acquire) & active_mask) == 0; };
        word_.fetch_or(caller_sleeps_bit, std::memory_order_acq_rel);
        std::unique_lock lock(caller_mutex_);
        while (!caller_woken_.wait_for(lock, sleep_slice, all_left)) {
            lock.unlock();  // the poll may run other people's code
            poll_interrupt();
            lock.lock();
        }
    }

    void leave() {
        const Word before = word_.fetch_sub(active_one, std::memory_order_acq_rel);
        if ((before & caller_sleeps_bit) == 0 || (before & active_mask) != active_one) return;
        { const std::lock_guard lock(caller_mutex_); }  // the caller is before its test or in its wait, not between
        caller_woken_.notify_one();
    }

    // The life of worker k.
    [[noreturn]] void work(int k, Bed& bed) {
        call_context.inside_body = true;
        bool woken = false;  // since the last job
        for (Word epoch = 0;;) {
            const Word word = wait_for_job(k, epoch, bed, woken);
            epoch = epoch_of(word);
            if (!try_join(word)) continue;
            const Job job = job_;
            call_context.scope = job.scope;
            if (fp_control() != job.fp) set_fp_control(job.fp);
            if (std::exchange(woken, false)) move_off(job.caller_cpu);
            claim_tasks(job, k);
            call_context.scope = nullptr;
            leave();
        }
    }

    // Returns the word of an open job that worker k has not seen yet; sets `woken` if it slept before.
    Word wait_for_job(int k, Word last_epoch, Bed& bed, bool& woken) {
        const auto is_new = [=](Word word) {
            return (word & open_bit) != 0 && epoch_of(word) != last_epoch && k < width_of(word);
        };
        for (;;) {
            Spin spin(spin_budget, yield_.load(std::memory_order_relaxed));
            do {
                const Word word = word_.load(std::memory_order_relaxed);
                if (is_new(word)) return word;
            } while (spin.once());
            bed.announce();
            if (is_new(word_.load(std::memory_order_seq_cst))) {
                bed.leave();
            } else {
                bed.sleep();
                woken = true;
            }
        }
    }

    bool try_join(Word word) noexcept {
        const Word epoch = epoch_of(word);
        while ((word & open_bit) != 0 && epoch_of(word) == epoch)
            if (word_.compare_exchange_weak(word, word + active_one, std::memory_order_acquire,
                                            std::memory_order_relaxed))
                return true;
        return false;
    }

    // If the system refuses a thread we go on with those we have: slower, the same bits.
    void start_workers(int wanted) {
        beds_.reserve(static_cast<std::size_t>(wanted));  // a bed in use must not get lost
        while (beds_.size() < static_cast<std::size_t>(wanted)) {
            const int k = static_cast<int>(beds_.size()) + 1;
            sigset_t blocked, before;  // inherited: signals go to the application's threads, which can answer Ctrl-C,
            sigfillset(&blocked);      // except those that report a thread's own fault
            for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT}) sigdelset(&blocked, fault);
            pthread_sigmask(SIG_SETMASK, &blocked, &before);
            try {
                auto bed = std::make_unique<Bed>();
                std::thread([this, k, bed = bed.get()] { work(k, *bed); }).detach();
                beds_.push_back(std::move(bed));
            } catch (const std::exception&) {
                wanted = 0;
            }
            pthread_sigmask(SIG_SETMASK, &before, nullptr);
        }
    }

    alignas(cache_line) std::atomic<Word> word_{0};
    Job job_{};  // beside the word: a joining worker fetches both with one miss
    alignas(cache_line) std::atomic<index> next_{0};
    alignas(cache_line) std::atomic<bool> failed_{false};
    std::exception_ptr error_;  // written by whoever set failed_, read by the caller after the end
    std::mutex caller_mutex_;
    std::condition_variable caller_woken_;

    // Below: touched only by the thread that acquired the pool.
    alignas(cache_line) std::atomic<bool> busy_{false};
    std::atomic<bool> yield_{false};  // more threads than CPUs
    Word epoch_ = 0;
    int usable_cpus_;
    std::vector<std::unique_ptr<Bed>> beds_;  // beds_[k - 1] is worker k's
};

std::atomic<Pool*> current_pool{nullptr};

Pool& the_pool() {
    if (Pool* pool = current_pool.load(std::memory_order_acquire)) return *pool;
    auto fresh = std::make_unique<Pool>();
    Pool* expected = nullptr;
    if (current_pool.compare_exchange_strong(expected, fresh.get(), std::memory_order_acq_rel)) return *fresh.release();
    return *expected;
}

// Registered when the library is loaded, so that no fork can fall between first use and registration.
[[maybe_unused]] const int fork_handler_registered =
    pthread_atfork(nullptr, nullptr, [] { current_pool.store(nullptr, std::memory_order_relaxed); });

}  // namespace

int parallel_width(index tasks) noexcept {
    if (call_context.inside_body) return 1;
    const int planned = call_context.planned_threads = num_threads();
    return static_cast<int>(std::clamp<index>(tasks, 1, planned));
}

void detail::run_tasks(index tasks, TaskFunction function, void* body) {
    if (tasks <= 0 || interrupted()) return;
    if (!call_context.inside_body && tasks > 1) {
        int threads = num_threads();
        if (call_context.planned_threads != 0) threads = std::min(threads, call_context.planned_threads);
        if (threads > 1) {
            Pool& pool = the_pool();
            if (pool.try_acquire()) {
                struct Release {
                    Pool& pool;
                    ~Release() { pool.release(); }
                } const release{pool};
                pool.run(tasks, static_cast<int>(std::min<index>(tasks, threads)), function, body);
                return;
            }
        }
    }
    run_serially(tasks, function, body);
}

}  // namespace mlcore
