// Self-test of scratch memory. A plain program; build and run it, from the root, with
//     g++ -std=c++20 -O2 -pthread -Icpp tests/cpp/scratch_selftest.cpp cpp/core/*.cpp -o scratch_selftest && ./scratch_selftest
#include <atomic>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <thread>
#include <vector>

#include "core/scratch.hpp"
#include "selftest.hpp"

namespace mlcore {
namespace {

// Whether a block of this size, once given back, is leased again: a fresh one of more than 32 MiB would hold zeros.
bool is_retained(std::size_t bytes) {
    std::byte* place = nullptr;
    {
        Scratch first(bytes);
        place = first.data();
        place[bytes / 2] = std::byte{77};
    }
    Scratch second(bytes);
    return second.data() == place && place[bytes / 2] == std::byte{77};
}

// Gives back `count` blocks at once.
void fill_store(int count, std::size_t bytes) {
    std::vector<std::unique_ptr<Scratch>> blocks;
    for (int i = 0; i < count; ++i) blocks.push_back(std::make_unique<Scratch>(bytes));
}

void test_store() {
    constexpr std::size_t mib = std::size_t{1} << 20;
    CHECK(is_retained(40 * mib));
    CHECK(is_retained(Scratch::max_retained_bytes));
    CHECK(!is_retained(Scratch::max_retained_bytes + 1));

    // Blocks nobody asks for any more make room for those in use: many small ones, then a few large ones.
    fill_store(40, 1000);
    CHECK(is_retained(40 * mib));
    fill_store(9, 7 * mib);
    CHECK(is_retained(50 * mib));
    fill_store(3, 20 * mib);
    CHECK(is_retained(64 * mib));

    // A block up to twice as large serves, a larger one does not.
    std::byte* place = nullptr;
    {
        Scratch large(50 * mib);
        place = large.data();
    }
    {
        Scratch smaller(40 * mib);
        CHECK(smaller.data() == place && smaller.size() == 40 * mib);
        Scratch other(40 * mib);
        CHECK(other.data() != place);
    }
}

void test_concurrent_leases() {
    std::atomic<bool> ok{true};
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < 4; ++t)
        threads.emplace_back([&ok, t] {
            const auto mark = static_cast<std::byte>(t + 1);
            for (unsigned i = 0; i < 100'000; ++i) {
                const std::size_t bytes = i % 8 == 0 ? 1000 + (i * 7919 + t * 104729) % 100'000 : 100;
                Scratch scratch(bytes);  // two owners of one block would see each other's writes
                for (std::size_t j = 0; j < bytes; j += 997) scratch.data()[j] = mark;
                for (std::size_t j = 0; j < bytes; j += 997)
                    if (static_cast<volatile std::byte&>(scratch.data()[j]) != mark) ok = false;
            }
        });
    for (auto& thread : threads) thread.join();
    CHECK(ok);
}

void test_blocks() {
    for (std::size_t bytes : {0ul, 1ul, 64ul, 4096ul, 16385ul, 100'000ul, 2ul << 20, (3ul << 20) + 1, 65ul << 20}) {
        Scratch scratch(bytes);
        const auto address = reinterpret_cast<std::uintptr_t>(scratch.data());
        CHECK(scratch.size() == bytes && address % 4096 == 0);
        if (bytes >= 2ul << 20) CHECK(address % (2ul << 20) == 0);
        if (bytes > 0) std::memset(scratch.data(), 1, bytes);
    }
    bool thrown = false;
    try {
        const Scratch huge(std::numeric_limits<std::size_t>::max());
    } catch (const std::bad_alloc&) {
        thrown = true;
    }
    CHECK(thrown);
}

}  // namespace
}  // namespace mlcore

int main() {
    mlcore::test_blocks();
    mlcore::test_store();
    mlcore::test_concurrent_leases();
    return mlcore::test_summary();
}
