// Self-test of scratch memory and workspaces. A plain program; build and run it, from the root, with
//     g++ -std=c++20 -O2 -pthread -Icpp tests/cpp/scratch_selftest.cpp cpp/core/*.cpp -o scratch_selftest && ./scratch_selftest
#include <atomic>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <thread>
#include <vector>

#include "core/scratch.hpp"
#include "core/workspace.hpp"
#include "selftest.hpp"

namespace mlcore {
namespace {

void test_scratch() {
    for (std::size_t bytes : {0ul, 1ul, 64ul, 4096ul, 16385ul, 100'000ul, 2ul << 20, (3ul << 20) + 1, 65ul << 20}) {
        Scratch scratch(bytes);
        const auto address = reinterpret_cast<std::uintptr_t>(scratch.data());
        CHECK(scratch.size() == bytes && address % 4096 == 0);
        if (bytes >= 2ul << 20) CHECK(address % (2ul << 20) == 0);
        if (bytes > 0) std::memset(scratch.data(), 1, bytes);
    }
    std::byte* first = nullptr;
    {
        Scratch a(10'000'000), b(10'000'000);
        CHECK(a.data() != b.data());
        first = a.data();
    }
    bool again = false;
    {
        Scratch a(10'000'000), b(10'000'000);
        again = a.data() == first || b.data() == first;
    }
    CHECK(again);

    // Sizes nobody asks for any more make room for those in use, large and small.
    for (std::size_t i = 1; i <= 40; ++i) const Scratch old(i * 1'500'000);
    for (std::size_t bytes : {50'000ul, 60'000'000ul}) {
        { const Scratch warm(bytes); }
        Scratch one(bytes);
        std::byte* const place = one.data();
        one.~Scratch();
        new (&one) Scratch(bytes);
        CHECK(one.data() == place);
    }

    bool thrown = false;
    try {
        const Scratch huge(std::numeric_limits<std::size_t>::max());
    } catch (const std::bad_alloc&) {
        thrown = true;
    }
    CHECK(thrown);

    std::atomic<bool> ok{true};
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < 4; ++t)
        threads.emplace_back([&ok, t] {
            for (unsigned i = 0; i < 2000; ++i) {
                const std::size_t bytes = 1000 + (i * 7919 + t * 104729) % 300'000;
                Scratch scratch(bytes);  // two owners of one block would see each other's writes
                const auto mark = static_cast<std::byte>(t + 1);
                for (std::size_t j = 0; j < bytes; j += 997) scratch.data()[j] = mark;
                std::this_thread::yield();
                for (std::size_t j = 0; j < bytes; j += 997)
                    if (scratch.data()[j] != mark) ok = false;
            }
        });
    for (auto& thread : threads) thread.join();
    CHECK(ok);

    Scratch memory(workspace_bytes<double>(3) + workspace_bytes<float>(17) + workspace_bytes<int>(0));
    Workspace work(memory.data(), memory.size());
    double* const x = work.take<double>(3);
    float* const y = work.take<float>(17);
    CHECK(reinterpret_cast<std::byte*>(x) == memory.data() && reinterpret_cast<std::byte*>(y) == memory.data() + 64);
    CHECK(work.bytes_left() == 0);
    static_assert(workspace_bytes<double>(0) == 0 && workspace_bytes<double>(8) == 64 && workspace_bytes<float>(17) == 128);
}

}  // namespace
}  // namespace mlcore

int main() {
    mlcore::test_scratch();
    return mlcore::test_summary();
}
