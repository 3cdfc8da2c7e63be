// The store is a handful of atomic slots, each empty (0) or describing one free block in one word: its address, and in the
// low bits, which are zero in an aligned address, its size class. Taking a block is a compare-and-swap of the word with 0,
// so it needs no lock (a fork cannot catch one held) and never looks into memory that another thread may have freed; the
// word says all there is to know about the block, so it does not matter if it left and came back in between.
//
// Size classes: four per power of two, (4 + q) 2^e pages with q = 0 ... 3, so that at most a fifth of a block is unused.
#include "core/scratch.hpp"

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <new>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace mlcore {
namespace {

constexpr std::size_t page = 4096, huge_page = std::size_t{2} << 20;
constexpr std::uintptr_t class_mask = page - 1;

constexpr std::size_t class_bytes(unsigned size_class) { return (page * (4 + size_class % 4)) << (size_class / 4); }

// The first class with at least `bytes`.
constexpr unsigned class_for(std::size_t bytes) {
    const std::size_t pages = bytes / page + (bytes % page != 0);
    if (pages <= 4) return 0;
    // 2^(e+2) < pages <= 2^(e+3); the steps in between are 2^e pages.
    const auto e = static_cast<unsigned>(std::bit_width(pages - 1)) - 3;
    const std::size_t steps = ((pages - 1) >> e) + 1;  // 5 ... 8
    return 4 * e + static_cast<unsigned>(steps - 4);   // steps = 8 is q = 0 of the next power
}
static_assert(class_for(1) == 0 && class_for(4 * page) == 0 && class_for(4 * page + 1) == 1);
static_assert(class_bytes(class_for(8 * page)) == 8 * page && class_bytes(class_for(8 * page + 1)) == 10 * page);
static_assert(class_bytes(class_for(Scratch::max_retained_bytes)) == Scratch::max_retained_bytes);

constexpr unsigned largest_class = 4 * 45;  // 2^59 bytes; more is certainly an error
static_assert(class_bytes(largest_class) == std::size_t{1} << 59);
static_assert(largest_class <= class_mask);

constexpr unsigned class_tolerance = 4;  // a lease may be served by a block up to twice as large

using Slot = std::atomic<std::uintptr_t>;
std::array<Slot, 16> slots{};
std::atomic<std::size_t> retained{0};  // bytes in the slots
std::atomic<unsigned> clock_hand{0};   // whose turn it is to be evicted

std::align_val_t alignment_of(unsigned size_class) {
    return std::align_val_t{class_bytes(size_class) >= huge_page ? huge_page : page};
}

std::byte* allocate(unsigned size_class) {
    const std::size_t bytes = class_bytes(size_class);
    void* block = ::operator new(bytes, alignment_of(size_class));
#ifdef __linux__
    if (bytes >= huge_page) madvise(block, bytes, MADV_HUGEPAGE);  // fewer faults and TLB misses; only a hint
#endif
    return static_cast<std::byte*>(block);
}

void release(std::byte* block, unsigned size_class) noexcept { ::operator delete(block, alignment_of(size_class)); }

struct Block {
    std::byte* data = nullptr;
    unsigned size_class = 0;
};

Block unpack(std::uintptr_t word) {
    return {reinterpret_cast<std::byte*>(word & ~class_mask), static_cast<unsigned>(word & class_mask)};
}

// Takes the block out of a slot; the caller becomes its owner.
Block take(Slot& slot, unsigned smallest, unsigned largest) noexcept {
    std::uintptr_t word = slot.load(std::memory_order_relaxed);
    const Block block = unpack(word);
    if (word == 0 || block.size_class < smallest || block.size_class > largest) return {};
    if (!slot.compare_exchange_strong(word, 0, std::memory_order_acquire, std::memory_order_relaxed)) return {};
    retained.fetch_sub(class_bytes(block.size_class), std::memory_order_relaxed);
    return block;
}

Slot& next_victim() noexcept { return slots[clock_hand.fetch_add(1, std::memory_order_relaxed) % slots.size()]; }

// Books `bytes` into the store, evicting blocks in turn until they fit. A store full of sizes that nobody asks for any
// more would otherwise never serve the current ones.
bool make_room(std::size_t bytes) noexcept {
    if (bytes > Scratch::max_retained_bytes) return false;
    for (std::size_t attempts = 0; attempts <= slots.size(); ++attempts) {
        if (retained.fetch_add(bytes, std::memory_order_relaxed) + bytes <= Scratch::max_retained_bytes) return true;
        retained.fetch_sub(bytes, std::memory_order_relaxed);
        if (const Block old = take(next_victim(), 0, largest_class); old.data != nullptr) release(old.data, old.size_class);
    }
    return false;
}

}  // namespace

Scratch::Scratch(std::size_t bytes) : size_(bytes) {
    if (bytes > class_bytes(largest_class)) throw std::bad_alloc();
    const unsigned smallest = class_for(bytes);
    for (Slot& slot : slots) {
        if (const Block block = take(slot, smallest, smallest + class_tolerance); block.data != nullptr) {
            data_ = block.data;
            size_class_ = block.size_class;
            return;
        }
    }
    data_ = allocate(smallest);
    size_class_ = smallest;
}

Scratch::~Scratch() {
    const std::size_t bytes = class_bytes(size_class_);
    if (!make_room(bytes)) {
        release(data_, size_class_);
        return;
    }
    const std::uintptr_t word = reinterpret_cast<std::uintptr_t>(data_) | size_class_;
    for (Slot& slot : slots) {
        std::uintptr_t empty = 0;
        if (slot.compare_exchange_strong(empty, word, std::memory_order_release, std::memory_order_relaxed)) return;
    }
    const Block old = unpack(next_victim().exchange(word, std::memory_order_acq_rel));
    if (old.data == nullptr) return;
    retained.fetch_sub(class_bytes(old.size_class), std::memory_order_relaxed);
    release(old.data, old.size_class);
}

}  // namespace mlcore
