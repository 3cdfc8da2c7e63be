// Program::run: the addresses of all slots, then the steps in order.
#include <cstdint>
#include <cstring>

#include "calculus/tape.hpp"
#include "core/interrupt.hpp"
#include "core/lease.hpp"

namespace mlcore::calculus {
namespace {

template <class T>
class Guard final : public Step {
public:
    Guard(View x, const std::vector<std::byte>& expected) : x_(std::move(x)), expected_(expected.size() / sizeof(T)) {
        if (!expected_.empty()) std::memcpy(expected_.data(), expected.data(), expected.size());
    }
    bool run(Slots slots) const override {
        const T* x = x_.data<const T>(slots);
        for (std::size_t i = 0; i < expected_.size(); ++i) {
            const T given = x[i], expected = expected_[i];
            if (!(given == expected || (given != given && expected != expected))) return false;  // NaN is as NaN
        }
        return true;
    }

private:
    View x_;
    std::vector<T> expected_;
};

}  // namespace

StepPointer guard_step(Kind kind, View x, std::vector<std::byte> expected) {
    if (kind == Kind::f32) return std::make_unique<Guard<float>>(std::move(x), expected);
    if (kind == Kind::i64) return std::make_unique<Guard<std::int64_t>>(std::move(x), expected);
    return std::make_unique<Guard<double>>(std::move(x), expected);
}

int Program::add_constant(std::vector<std::byte> bytes) {
    constants_.push_back(std::move(bytes));
    return add({-1, -1, int(constants_.size()) - 1});
}

int Program::add_work(index offset) { return add({offset, -1}); }

index Program::run(std::byte* const* addresses) const {
    const index count = index(slots_.size());
    Lease<std::byte> memory(count * index(sizeof(std::byte*)) + 64 + work_bytes_);
    std::byte** const slots = reinterpret_cast<std::byte**>(memory.data());
    std::byte* const work = memory.data() + round_up(count * index(sizeof(std::byte*)), 64);
    for (index i = 0; i < count; ++i) {
        const Slot& slot = slots_[std::size_t(i)];
        slots[i] = slot.argument >= 0   ? addresses[slot.argument]
                   : slot.constant >= 0 ? const_cast<std::byte*>(constants_[std::size_t(slot.constant)].data())
                                        : work + slot.work;
    }
    for (std::size_t i = 0; i < steps_.size(); ++i) {
        if (!steps_[i]->run(slots)) return index(i);
        poll_interrupt();
        if (interrupted()) break;
    }
    return -1;
}

}  // namespace mlcore::calculus
