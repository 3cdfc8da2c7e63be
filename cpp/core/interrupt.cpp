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
    // A signal handler may call the library again, from within this very function: that is a call of its own, with a
    // scope of its own, and it must not change the width that the interrupted kernel has sized its scratch for.
    const detail::CallContext suspended = call_context;
    call_context.scope = call_context.opened = nullptr;
    const bool stop = scope->poll_();
    call_context = suspended;
    if (stop) scope->cancelled_.store(true, std::memory_order_relaxed);
}

}  // namespace mlcore
