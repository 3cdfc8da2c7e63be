// A run of elementwise operations on values of one shape.
//
// The elements are taken in blocks; for each block all instructions are done, one after another, before the next block begins, so
// that what passes between them stays in the first-level cache (a few hundred bytes to 4 KiB for each register) and no value
// in between ever has its full size. Operands that are contiguous are read where they are; single numbers are spread over a block
// once; others are collected for each block. Cost: one call by pointer for each instruction and block, some 3 ns.
#include <algorithm>

#include "calculus/kernels.hpp"
#include "calculus/tape.hpp"
#include "core/lease.hpp"
#include "core/parallel.hpp"
#include "simd/vec.hpp"

namespace mlcore::calculus {
namespace {

constexpr index cache = 32 * 1024;

// n elements of a view from number `first` on, in the order of the shape.
template <class T>
void collect(const std::vector<index>& shape, const View& view, const T* x, index first, index n, T* out) noexcept {
    const int axes = int(shape.size());
    index at[64], offset = 0, rest = first;
    for (int axis = axes - 1; axis >= 0; --axis) {
        at[axis] = rest % shape[axis];
        rest /= shape[axis];
        offset += at[axis] * view.strides[axis];
    }
    const index length = shape[axes - 1], step = view.strides[axes - 1];
    while (n > 0) {
        const index run = std::min(n, length - at[axes - 1]);
        const T* from = x + offset;
        for (index i = 0; i < run; ++i) out[i] = from[i * step];
        out += run, n -= run, offset += run * step, at[axes - 1] += run;
        for (int axis = axes - 1; axis > 0 && at[axis] == shape[axis]; --axis) {
            offset += view.strides[axis - 1] - shape[axis] * view.strides[axis];
            at[axis] = 0, ++at[axis - 1];
        }
    }
}

template <class T>
class Loop final : public Step {
public:
    Loop(std::vector<index> shape, std::vector<View> views, int registers, const std::vector<Instruction>& code)
        : shape_(std::move(shape)), views_(std::move(views)), registers_(registers) {
        for (index n : shape_) count_ *= n;
        for (const View& view : views_) {
            index expected = 1;
            bool contiguous = true, repeated = true;
            for (int axis = int(shape_.size()) - 1; axis >= 0; --axis) {
                contiguous = contiguous && (shape_[axis] == 1 || view.strides[axis] == expected);
                repeated = repeated && (shape_[axis] == 1 || view.strides[axis] == 0);
                expected *= shape_[axis];
            }
            ways_.push_back(contiguous ? Way::direct : repeated ? Way::repeated : Way::collected);
            if (!contiguous) ++blocks_;
        }
        blocks_ += registers_;
        for (const Instruction& i : code) code_.push_back({kernel<T>(i.op), i.to, i.a, i.b, i.c});
        constexpr index L = simd::lanes<T>;
#ifdef MLCORE_TINY_BLOCKS
        block_ = L;
#else
        block_ = std::clamp(cache / index(sizeof(T)) / std::max(blocks_, index(1)) / 64 * 64, index(128), index(1024));
#endif
        block_ = std::min(block_, round_up(std::max(count_, index(1)), L));
    }

    bool run(Slots slots) const override {
        if (count_ == 0) return true;
        const index blocks = ceil_div(count_, block_), per_task = std::max(index(1), 8192 / block_);
        const index tasks = ceil_div(blocks, per_task);
        const double work = double(count_) * double(code_.size());
        const bool shared = tasks > 1 && work >= parallel_threshold;
        const index places = index(registers_) + index(views_.size());
        const index own = round_up(blocks_ * block_ * index(sizeof(T)) + places * index(sizeof(T*)), 64);
        Lease<std::byte> memory(own * (shared ? parallel_width(tasks) : 1));
        parallel_for_work(tasks, work, [&](index task, int worker) {
            std::byte* const mine = memory.data() + own * worker;
            run_blocks(slots, reinterpret_cast<T*>(mine), reinterpret_cast<T**>(mine + blocks_ * block_ * index(sizeof(T))),
                       task * per_task * block_, std::min(count_, (task + 1) * per_task * block_));
        });
        return true;
    }

private:
    enum class Way { direct, repeated, collected };
    struct Line {
        Kernel<T> kernel;
        int to, a, b, c;
    };

    void run_blocks(Slots slots, T* blocks, T** place, index first, index last) const {
        const std::size_t views = views_.size();
        for (int r = 0; r < registers_; ++r) place[r] = blocks + r * block_;
        T* spare = blocks + registers_ * block_;
        const index length = std::min(block_, last - first);
        for (std::size_t v = 0; v < views; ++v) {
            T*& p = place[std::size_t(registers_) + v];
            if (ways_[v] == Way::direct) {
                p = views_[v].data<T>(slots) + first;
                continue;
            }
            p = spare, spare += block_;
            if (ways_[v] == Way::repeated) std::fill(p, p + length, *views_[v].data<const T>(slots));
        }
        for (index start = first;;) {
            const index n = std::min(block_, last - start);
            for (std::size_t v = 0; v < views; ++v)
                if (ways_[v] == Way::collected)
                    collect<T>(shape_, views_[v], views_[v].data<const T>(slots), start, n, place[std::size_t(registers_) + v]);
            for (const Line& line : code_) line.kernel(n, place[line.to], place[line.a], place[line.b], place[line.c]);
            start += n;
            if (start >= last) return;
            for (std::size_t v = 0; v < views; ++v)
                if (ways_[v] == Way::direct) place[std::size_t(registers_) + v] += n;
        }
    }

    std::vector<index> shape_;
    std::vector<View> views_;
    std::vector<Way> ways_;
    std::vector<Line> code_;
    index registers_, blocks_ = 0, block_, count_ = 1;
};

}  // namespace

StepPointer loop_step(Kind kind, std::vector<index> shape, std::vector<View> views, int registers, std::vector<Instruction> code) {
    if (kind == Kind::f32) return std::make_unique<Loop<float>>(std::move(shape), std::move(views), registers, code);
    return std::make_unique<Loop<double>>(std::move(shape), std::move(views), registers, code);
}

}  // namespace mlcore::calculus
