// The room of recorded programs: a straight line of operations on arrays, replayed without Python.
//
// A program is a list of steps. What they read and write are slots: arguments, constants, results, and workspace leased for the
// call, so that any number of threads may run one program at once. Slots hold float64, float32 or int64; a view of one is an
// offset and a stride for each axis, in elements. Truth values are numbers 1 and 0. Python decides everything that depends on
// shapes alone (which operations share a loop, where each value lies): python/mlcore/calculus/_plan.py.
//
//     program.cpp   the slots of one call, and the steps in order
//     loop.cpp      a run of elementwise operations, block by block in the first-level cache
//     kernels.hpp   the operations, one function for each and type
//     reduce.cpp    sums, products and extremes along axes
//     moves.cpp     elements to other places: strided copies, gathers, sums into places
//     product.cpp   stacks of matrix products
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "core/types.hpp"

namespace mlcore::calculus {

enum class Kind : int { f64 = 0, f32 = 1, i64 = 2 };
constexpr index bytes_of(Kind kind) noexcept { return kind == Kind::f32 ? 4 : 8; }

// Where the slots of one call begin.
using Slots = std::byte* const*;

struct View {
    int slot;
    index offset;
    std::vector<index> strides;

    template <class T>
    T* data(Slots slots) const noexcept { return reinterpret_cast<T*>(slots[slot]) + offset; }
};

class Step {
public:
    virtual ~Step() = default;
    // False: a recorded branch goes another way.
    virtual bool run(Slots slots) const = 0;
};
using StepPointer = std::unique_ptr<Step>;

// loop.cpp. Places: `registers` blocks first, then the views. An instruction's numbers are places. Views that are written are
// contiguous.
struct Instruction {
    int op, to, a, b, c;
};
StepPointer loop_step(Kind kind, std::vector<index> shape, std::vector<View> views, int registers, std::vector<Instruction> code);

// reduce.cpp. `result` is contiguous in the order of the kept axes.
enum class Reduction : int { sum = 0, product = 1, largest = 2, smallest = 3 };
StepPointer reduce_step(Kind kind, Reduction reduction, std::vector<index> kept, std::vector<index> kept_strides,
                        std::vector<index> reduced, std::vector<index> reduced_strides, View x, View result);

// moves.cpp. Copies convert between kinds. Zeros: fill first with zeros. Places are element numbers of a contiguous slot.
StepPointer copy_step(std::vector<index> shape, View from, Kind from_kind, View to, Kind to_kind);
StepPointer zero_step(Kind kind, View to, index count);
StepPointer gather_step(Kind kind, View from, std::vector<index> places, View to);
StepPointer add_at_step(Kind kind, View from, std::vector<index> places, View to);

// product.cpp. Strides: rows and columns of the matrix in the last two places, those of the stack before.
StepPointer product_step(Kind kind, std::vector<index> stack, index m, index n, index k, View a, View b, View c);

// program.cpp. Numbers that must be as they were recorded; `expected` holds the bytes of numbers of this kind.
StepPointer guard_step(Kind kind, View x, std::vector<std::byte> expected);

class Program {
public:
    // Arguments and results: their addresses are given to run() in this order.
    int add_argument() { return add({-1, arguments_++}); }
    int add_constant(std::vector<std::byte> bytes);
    int add_work(index offset);
    void set_work_bytes(index bytes) noexcept { work_bytes_ = bytes; }
    void add_step(StepPointer step, double work) { steps_.push_back(std::move(step)), work_ += work; }
    double work() const noexcept { return work_; }
    index steps() const noexcept { return index(steps_.size()); }

    // The number of the step that stopped, or -1.
    index run(std::byte* const* addresses) const;

private:
    struct Slot {
        index work;        // offset in the workspace, or -1
        int argument;      // place among the addresses, or -1
        int constant = -1;
    };
    int add(Slot slot) { slots_.push_back(slot); return int(slots_.size()) - 1; }

    std::vector<Slot> slots_;
    std::vector<std::vector<std::byte>> constants_;
    std::vector<StepPointer> steps_;
    index work_bytes_ = 0;
    int arguments_ = 0;
    double work_ = 0;
};

}  // namespace mlcore::calculus
