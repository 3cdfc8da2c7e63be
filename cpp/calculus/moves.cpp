// Elements to other places: copies between views (with conversion), zeros, elements by number, and sums into numbered places.
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "calculus/tape.hpp"

namespace mlcore::calculus {
namespace {

// body(null pointer of the element type)
template <class F>
StepPointer for_kind(Kind kind, F&& body) {
    return kind == Kind::f32 ? body(static_cast<float*>(nullptr))
           : kind == Kind::i64 ? body(static_cast<std::int64_t*>(nullptr))
                               : body(static_cast<double*>(nullptr));
}

template <class From, class To>
class Copy final : public Step {
public:
    Copy(std::vector<index> shape, View from, View to) : shape_(std::move(shape)), from_(std::move(from)), to_(std::move(to)) {
        if (shape_.empty()) shape_ = {1}, from_.strides = {0}, to_.strides = {0};
    }
    bool run(Slots slots) const override {
        copy(0, from_.data<const From>(slots), to_.data<To>(slots));
        return true;
    }

private:
    void copy(std::size_t axis, const From* x, To* y) const noexcept {
        const index s = from_.strides[axis], t = to_.strides[axis];
        if (axis + 1 == shape_.size())
            for (index i = 0; i < shape_[axis]; ++i) y[i * t] = To(x[i * s]);
        else
            for (index i = 0; i < shape_[axis]; ++i) copy(axis + 1, x + i * s, y + i * t);
    }
    std::vector<index> shape_;
    View from_, to_;
};

class Zero final : public Step {
public:
    Zero(View to, index offset_bytes, index bytes) : to_(std::move(to)), offset_(offset_bytes), bytes_(std::size_t(bytes)) {}
    bool run(Slots slots) const override {
        std::memset(slots[to_.slot] + offset_, 0, bytes_);
        return true;
    }

private:
    View to_;
    index offset_;
    std::size_t bytes_;
};

template <class T>
class Gather final : public Step {
public:
    Gather(View from, std::vector<index> places, View to) : from_(std::move(from)), to_(std::move(to)), places_(std::move(places)) {}
    bool run(Slots slots) const override {
        const T* x = from_.data<const T>(slots);
        T* y = to_.data<T>(slots);
        for (index place : places_) *y++ = x[place];
        return true;
    }

private:
    View from_, to_;
    std::vector<index> places_;
};

template <class T>
class AddAt final : public Step {
public:
    AddAt(View from, std::vector<index> places, View to) : from_(std::move(from)), to_(std::move(to)), places_(std::move(places)) {}
    bool run(Slots slots) const override {
        const T* x = from_.data<const T>(slots);
        T* y = to_.data<T>(slots);
        for (index place : places_) y[place] += *x++;
        return true;
    }

private:
    View from_, to_;
    std::vector<index> places_;
};

}  // namespace

StepPointer copy_step(std::vector<index> shape, View from, Kind from_kind, View to, Kind to_kind) {
    return for_kind(from_kind, [&]<class From>(From*) {
        return for_kind(to_kind, [&]<class To>(To*) -> StepPointer { return std::make_unique<Copy<From, To>>(shape, from, to); });
    });
}

StepPointer zero_step(Kind kind, View to, index count) {
    const index offset = to.offset * bytes_of(kind);
    return std::make_unique<Zero>(std::move(to), offset, count * bytes_of(kind));
}

StepPointer gather_step(Kind kind, View from, std::vector<index> places, View to) {
    return for_kind(kind, [&]<class T>(T*) -> StepPointer { return std::make_unique<Gather<T>>(from, std::move(places), to); });
}

StepPointer add_at_step(Kind kind, View from, std::vector<index> places, View to) {
    return for_kind(kind, [&]<class T>(T*) -> StepPointer { return std::make_unique<AddAt<T>>(from, std::move(places), to); });
}

}  // namespace mlcore::calculus
