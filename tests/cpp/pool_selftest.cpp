// Self-test of the thread pool and of interrupts. A plain program; build and run it, from the root, with
//     g++ -std=c++20 -O2 -pthread -Icpp tests/cpp/pool_selftest.cpp cpp/core/*.cpp -o pool_selftest && ./pool_selftest
// It is also worth running under -fsanitize=thread and -fsanitize=address,undefined.
// `pool_selftest --latency` prints how long a hand-off takes.
#include <fenv.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "core/interrupt.hpp"
#include "core/scratch.hpp"
#include "core/thread_pool.hpp"
#include "selftest.hpp"

namespace mlcore {  // rather than `using`: <strings.h> has a function called index
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

std::size_t at(index i) { return static_cast<std::size_t>(i); }

// How long a body takes is varied, so that tasks move between workers.
void dawdle(int steps) {
    for (volatile int i = 0; i < steps;) i = i + 1;
}

bool each_task_once(index tasks) {
    const int width = parallel_width(tasks);
    std::vector<int> count(at(tasks));
    std::vector<std::atomic<int>> busy(at(width));
    std::atomic<bool> ok{true};
    parallel_for(tasks, [&](index task, int worker) {
        if (task < 0 || task >= tasks || worker < 0 || worker >= width) {
            ok = false;
            return;
        }
        if (busy[at(worker)].exchange(1) != 0) ok = false;  // a worker does one thing at a time
        dawdle(static_cast<int>(task % 7) * 20);
        ++count[at(task)];
        busy[at(worker)] = 0;
    });
    return ok && std::all_of(count.begin(), count.end(), [](int c) { return c == 1; });
}

void test_tasks() {
    for (int threads : {1, 2, 3, 8}) {
        set_num_threads(threads);
        CHECK(num_threads() == threads);
        for (index tasks : {0, 1, 2, 3, 7, 8, 9, 100, 1000}) CHECK(each_task_once(tasks));
    }
    set_num_threads(2);
    CHECK(parallel_width(0) == 1 && parallel_width(1) == 1 && parallel_width(2) == 2 && parallel_width(99) == 2);
    set_num_threads(0);
    CHECK(num_threads() == 1);
    set_num_threads(max_num_threads + 1);
    CHECK(num_threads() == max_num_threads);

    set_num_threads(4);
    index calls = 0;
    parallel_for(0, [&](index, int) { ++calls; });
    parallel_for(-3, [&](index, int) { ++calls; });
    CHECK(calls == 0);

    bool repeated = true;
    for (int i = 0; i < 20000; ++i) {  // back to back: the end of one call against the start of the next
        std::atomic<int> sum{0};
        parallel_for(5, [&](index task, int) { sum += static_cast<int>(task); });
        repeated = repeated && sum == 10;
    }
    CHECK(repeated);

    std::vector<unsigned char> seen(1'000'000);
    parallel_for(1'000'000, [&](index task, int) { ++seen[at(task)]; });
    CHECK(std::all_of(seen.begin(), seen.end(), [](unsigned char c) { return c == 1; }));

    const auto constant = [](index, int) {};
    parallel_for(3, constant);
}

// Three tasks which wait for each other: only three threads can do that.
bool three_workers_take_part() {
    set_num_threads(3);
    std::mutex mutex;
    std::set<int> workers;
    std::set<std::thread::id> threads;
    std::atomic<int> arrived{0};
    const auto deadline = Clock::now() + 20s;
    parallel_for(3, [&](index, int worker) {
        {
            const std::lock_guard lock(mutex);
            workers.insert(worker);
            threads.insert(std::this_thread::get_id());
        }
        ++arrived;
        while (arrived < 3 && Clock::now() < deadline) std::this_thread::yield();
    });
    return workers == std::set<int>{0, 1, 2} && threads.size() == 3 && threads.count(std::this_thread::get_id()) == 1;
}

void test_workers_take_part() {
    CHECK(three_workers_take_part());
    set_num_threads(8);
    CHECK(each_task_once(100));
    CHECK(three_workers_take_part());
}

void test_sleeping_workers() {
    set_num_threads(3);
    bool ok = true;
    for (int i = 0; i < 300; ++i) {
        // Pauses around the spin budget, where falling asleep meets the next call.
        std::this_thread::sleep_for(std::chrono::microseconds(i % 30 * 10));
        std::atomic<int> arrived{0};
        const auto deadline = Clock::now() + 20s;
        parallel_for(2, [&](index, int) {  // needs the worker to wake up
            ++arrived;
            while (arrived < 2 && Clock::now() < deadline) std::this_thread::yield();
        });
        ok = ok && arrived == 2 && Clock::now() < deadline;
    }
    CHECK(ok);

    // The other way round: the caller falls asleep waiting for the last worker.
    for (int i = 0; i < 20; ++i) {
        std::atomic<int> done{0};
        parallel_for(2, [&](index, int worker) {
            std::this_thread::sleep_for(worker == 0 ? 0ms : std::chrono::milliseconds(i % 4 * 8));
            ++done;
        });
        ok = ok && done == 2;
    }
    CHECK(ok);
}

void test_exceptions() {
    for (int threads : {1, 2, 4}) {
        set_num_threads(threads);
        for (index bad : {0, 1, 50, 99}) {
            std::string message;
            std::atomic<int> running{0};
            try {
                parallel_for(100, [&](index task, int) {
                    ++running;
                    dawdle(2000);
                    if (task == bad) {
                        --running;
                        throw std::runtime_error("task " + std::to_string(task));
                    }
                    --running;
                });
            } catch (const std::runtime_error& error) {
                message = error.what();
            }
            CHECK(message == "task " + std::to_string(bad));
            CHECK(running == 0);
        }
        int thrown = 0;
        try {
            parallel_for(100, [&](index task, int) { throw static_cast<int>(task); });
        } catch (int) {
            ++thrown;
        }
        CHECK(thrown == 1);
        CHECK(parallel_width(100) == threads);  // "inside a body" ends with an exception, too
        CHECK(each_task_once(50));
    }
}

void test_nesting() {
    set_num_threads(4);
    std::atomic<int> inner_calls{0};
    std::atomic<bool> serial{true};
    for (index outer : {1, 6}) {
        parallel_for(outer, [&](index, int) {
            const auto me = std::this_thread::get_id();
            if (parallel_width(100) != 1) serial = false;
            index next = 0;
            parallel_for(10, [&](index task, int worker) {
                if (worker != 0 || std::this_thread::get_id() != me || task != next++) serial = false;
                ++inner_calls;
            });
        });
        CHECK(parallel_width(100) == 4);
    }
    CHECK(serial && inner_calls == 70);
}

void test_application_threads() {
    set_num_threads(3);
    std::atomic<bool> ok{true};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 200; ++i)
                if (!each_task_once(20)) ok = false;
        });
    for (auto& thread : threads) thread.join();
    CHECK(ok);

    // A change of the setting by another thread does not widen a call that has sized its scratch.
    set_num_threads(2);
    const int width = parallel_width(100);
    std::thread([] { set_num_threads(8); }).join();
    std::atomic<int> largest{0};
    parallel_for(50, [&](index, int worker) {
        std::this_thread::sleep_for(1ms);  // time enough for any worker to join
        for (int seen = largest; worker > seen && !largest.compare_exchange_weak(seen, worker);) {
        }
    });
    CHECK(width == 2 && largest < width);
    CHECK(parallel_width(100) == 8);
}

void test_signals_and_fp_control() {
    set_num_threads(3);
    std::atomic<int> arrived{0}, workers{0}, wrong_mask{0}, wrong_rounding{0};
    const auto main_thread = std::this_thread::get_id();
    fesetround(FE_UPWARD);
    parallel_for(3, [&](index, int) {
        const auto deadline = Clock::now() + 20s;
        for (++arrived; arrived < 3 && Clock::now() < deadline;) std::this_thread::yield();
        volatile double one = 1.0, tiny = 1e-30;
        if (one + tiny == 1.0) ++wrong_rounding;
        if (std::this_thread::get_id() == main_thread) return;
        ++workers;
        sigset_t mask;
        pthread_sigmask(SIG_SETMASK, nullptr, &mask);
        if (!sigismember(&mask, SIGINT) || !sigismember(&mask, SIGTERM) || sigismember(&mask, SIGSEGV)) ++wrong_mask;
    });
    fesetround(FE_TONEAREST);
    CHECK(workers == 2 && wrong_mask == 0);
    CHECK(wrong_rounding == 0);
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    CHECK(!sigismember(&mask, SIGINT));
}

void test_fork() {
#ifndef __SANITIZE_THREAD__  // that sanitizer cannot start threads in a forked child
    for (int threads : {2, 4}) {
        set_num_threads(threads);
        CHECK(each_task_once(100));
        CHECK(in_child([] {
            bool ok = true;
            for (int i = 0; i < 20; ++i) ok = ok && each_task_once(100);
            return ok && three_workers_take_part() && in_child([] { return three_workers_take_part(); });
        }));
        CHECK(each_task_once(100));
    }

    // Fork while another thread is in the middle of a call and of leasing scratch.
    std::atomic<bool> stop{false}, ok{true};
    std::thread other([&] {
        while (!stop) {
            const Scratch scratch(100'000);
            if (!each_task_once(30)) ok = false;
        }
    });
    for (int i = 0; i < 20; ++i)
        CHECK(in_child([] {
            const Scratch scratch(100'000);
            return each_task_once(100);
        }));
    stop = true;
    other.join();
    CHECK(ok);
#endif
}

std::atomic<bool> user_stops{false};
std::atomic<int> polls{0};
std::atomic<std::thread::id> poller;

bool poll() noexcept {
    ++polls;
    poller = std::this_thread::get_id();
    return user_stops;
}

void test_interrupt() {
    for (int threads : {1, 3}) {
        set_num_threads(threads);
        user_stops = false;
        {
            const InterruptScope scope(&poll);
            std::thread user([] {
                std::this_thread::sleep_for(120ms);
                user_stops = true;
            });
            std::atomic<int> done{0}, late{0};
            parallel_for(100'000, [&](index, int) {
                if (user_stops) ++late;
                std::this_thread::sleep_for(1ms);
                ++done;
            });
            user.join();
            CHECK(scope.interrupted() && interrupted());
            CHECK(done < 100'000);
            CHECK(late <= 100 * threads);  // 100 ms worth of tasks, however slow the clock on the wall
            CHECK(poller.load() == std::this_thread::get_id());

            // What follows within the cancelled scope is skipped.
            int more = 0;
            parallel_for(10, [&](index, int) { ++more; });
            CHECK(more == 0);
        }
        CHECK(!interrupted());
        CHECK(each_task_once(10));
    }

    // The caller has nothing to do but wait for a worker, which looks itself.
    set_num_threads(2);
    user_stops = true;
    std::atomic<int> arrived{0};
    {
        const InterruptScope scope(&poll);
        const auto deadline = Clock::now() + 20s;
        bool seen_by_worker = false;
        parallel_for(2, [&](index, int worker) {
            for (++arrived; arrived < 2 && Clock::now() < deadline;) std::this_thread::yield();
            if (worker == 0) return;
            while (!interrupted() && Clock::now() < deadline) std::this_thread::sleep_for(1ms);
            seen_by_worker = interrupted();
        });
        CHECK(seen_by_worker && scope.interrupted());
    }

    // An inner scope stands for the outer one; a serial loop; no more than one poll in 50 ms.
    user_stops = false;
    polls = 0;
    {
        const InterruptScope outer(&poll);
        {
            const InterruptScope inner(&poll);
            const auto start = Clock::now();
            while (Clock::now() - start < 120ms) poll_interrupt();
            CHECK(polls >= 1 && polls <= 3);
            CHECK(!inner.interrupted());
            user_stops = true;
            while (!interrupted() && Clock::now() - start < 20s) poll_interrupt();
            CHECK(inner.interrupted() && outer.interrupted());
        }
        CHECK(interrupted());
        std::thread([] { CHECK(!interrupted()); }).join();  // another call's thread is not concerned
    }
    CHECK(!interrupted());
    poll_interrupt();  // without a scope: nothing
    CHECK(!interrupted());
    user_stops = false;
}

// Threads still asleep or spinning must not disturb the end of the process.
void test_exit() {
#ifndef __SANITIZE_THREAD__
    for (const auto pause : {0ms, 10ms})
        CHECK(in_child([=] {
            set_num_threads(4);
            parallel_for(100, [](index, int) { dawdle(1000); });
            std::this_thread::sleep_for(pause);
            std::exit(0);
            return false;
        }));
#endif
}

void print_latency() {
    set_num_threads(2);
    for (int width : {2, 3}) {
        set_num_threads(width);
        std::vector<double> empty, both;
        for (int i = 0; i < 20000; ++i) {
            auto start = Clock::now();
            parallel_for(width, [](index, int) {});
            empty.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
            std::atomic<int> arrived{0};
            start = Clock::now();
            parallel_for(width, [&](index, int) {
                ++arrived;
                while (arrived.load(std::memory_order_relaxed) < width) std::this_thread::yield();
            });
            both.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
        }
        std::sort(empty.begin(), empty.end());
        std::sort(both.begin(), both.end());
        std::printf("%d threads, empty: median %.2f us, 95%% %.2f us; all must take part: median %.2f us, 95%% %.2f us\n",
                    width, empty[10000], empty[19000], both[10000], both[19000]);
    }
    std::vector<double> cold;
    for (int i = 0; i < 500; ++i) {
        std::this_thread::sleep_for(1ms);
        const auto start = Clock::now();
        parallel_for(2, [](index, int) {});
        cold.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
    }
    std::sort(cold.begin(), cold.end());
    std::printf("sleeping workers, empty: median %.2f us, 95%% %.2f us\n", cold[250], cold[475]);
    const auto start = Clock::now();
    parallel_for(1'000'000, [](index, int) {});
    std::printf("one of a million tiny tasks: %.1f ns\n",
                std::chrono::duration<double, std::nano>(Clock::now() - start).count() / 1e6);
}

int run(int argc, char** argv) {
    if (argc > 1 && std::string(argv[1]) == "--latency") {
        print_latency();
        return 0;
    }
    test_tasks();
    test_workers_take_part();
    test_sleeping_workers();
    test_exceptions();
    test_nesting();
    test_application_threads();
    test_signals_and_fp_control();
    test_fork();
    test_interrupt();
    test_exit();
    return test_summary();
}

}  // namespace
}  // namespace mlcore

int main(int argc, char** argv) { return mlcore::run(argc, argv); }
