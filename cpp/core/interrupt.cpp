#include "core/interrupt.hpp"

#include "core/call_context.hpp"

namespace mlcore {

using detail::call_context;

InterruptScope::InterruptScope(PollFunction poll) noexcept
    : poll_(poll), next_poll_(Clock::now() + poll_interval), outermost_(call_context.opened) {
    if (outermost_ != nullptr) return;
    outermost_ = this;
    call_context.opened = call_context.scope = this;
}

InterruptScope::~InterruptScope() {
    if (outermost_ == this) call_context.opened = call_context.scope = nullptr;
}

bool interrupted() noexcept {
    const InterruptScope* scope = call_context.scope;
    return scope != nullptr && scope->interrupted();
}

void poll_interrupt() noexcept {
    InterruptScope* scope = call_context.opened;
    if (scope == nullptr || scope->interrupted()) return;
    const auto now = InterruptScope::Clock::now();
    if (now < scope->next_poll_) return;
    scope->next_poll_ = now + InterruptScope::poll_interval;
    // A signal handler may call the library again, from within this very function: it must not change
    // the width that the interrupted kernel has sized its scratch for.
    const int planned_threads = call_context.planned_threads;
    if (scope->poll_()) scope->cancelled_.store(true, std::memory_order_relaxed);
    call_context.planned_threads = planned_threads;
}

}  // namespace mlcore
