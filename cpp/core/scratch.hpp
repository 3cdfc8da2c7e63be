// Scratch memory for the duration of one call, leased from a small process-wide store so that repeated
// calls do not pay for fresh pages: the system zeroes each one at its first touch, which costs 0.1 to 0.5 ns
// per byte, more than many of our kernels take.
#pragma once

#include <cstddef>

namespace mlcore {

// Uninitialised memory, aligned to a page (to 2 MiB, and marked for huge pages, from 2 MiB up).
// Throws std::bad_alloc. Any thread may create and destroy one; a fork at any moment is harmless.
class Scratch {
public:
    static constexpr std::size_t max_retained_bytes = std::size_t{64} << 20;  // kept by the store, in all

    explicit Scratch(std::size_t bytes);
    ~Scratch();
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    std::byte* data() noexcept { return data_; }
    std::size_t size() const noexcept { return size_; }  // as asked for

private:
    std::byte* data_ = nullptr;
    std::size_t size_;
    unsigned size_class_ = 0;
};

}  // namespace mlcore
