// A bump allocator over memory that the caller owns: how a kernel cuts up the workspace it is given.
//
//     std::size_t foo_workspace(index n) { return workspace_bytes<T>(n) + workspace_bytes<T>(n * n); }
//     void foo(..., Workspace work) noexcept { T* x = work.take<T>(n); T* B = work.take<T>(n * n); ... }
//
// Passed by value, so what a callee takes is free again when it returns.
#pragma once

#include <cassert>
#include <cstddef>
#include <type_traits>

#include "core/types.hpp"

namespace mlcore {

inline constexpr std::size_t workspace_alignment = 64;  // a cache line, and an AVX-512 vector

// Bytes which take<T>(count) uses up.
template <class T>
constexpr std::size_t workspace_bytes(index count) noexcept {
    const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(T);
    return (bytes + workspace_alignment - 1) / workspace_alignment * workspace_alignment;
}

class Workspace {
public:
    // data must be 64-byte aligned (Scratch is).
    Workspace(std::byte* data, std::size_t size) noexcept : next_(data), left_(size) {
        assert(reinterpret_cast<std::size_t>(data) % workspace_alignment == 0);
    }

    // count elements of T, uninitialised, 64-byte aligned. The capacity is the caller's duty.
    template <class T>
    T* take(index count) noexcept {
        static_assert(std::is_trivial_v<T> && alignof(T) <= workspace_alignment);
        const std::size_t bytes = workspace_bytes<T>(count);
        assert(count >= 0 && bytes <= left_);
        T* const taken = reinterpret_cast<T*>(next_);
        next_ += bytes;
        left_ -= bytes;
        return taken;
    }

    std::size_t bytes_left() const noexcept { return left_; }

private:
    std::byte* next_;
    std::size_t left_;
};

}  // namespace mlcore
