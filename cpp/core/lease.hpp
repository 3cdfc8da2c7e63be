// Lease<T>: an array of T from the scratch store, for the duration of one scope. Uninitialised, at least 64-byte aligned.
#pragma once

#include "core/scratch.hpp"
#include "core/types.hpp"

namespace mlcore {

template <class T>
class Lease {
public:
    explicit Lease(index count) : scratch_(static_cast<std::size_t>(count) * sizeof(T)) {}
    T* data() noexcept { return reinterpret_cast<T*>(scratch_.data()); }
    T& operator[](index i) noexcept { return data()[i]; }

private:
    Scratch scratch_;
};

}  // namespace mlcore
