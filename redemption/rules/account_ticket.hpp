#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "redemption/rules/waiter.hpp"

namespace gateway::redemption {

// A redemption's position in the queue of its account, and its permit. The redemption owns it,
// account_queue and account_admission alone change it.
class account_ticket {
public:
    using time = std::chrono::steady_clock::time_point;

    // `replay_safe`: its call may be repeated, so that a host that is not the platform can't spend
    // it.
    explicit account_ticket(waiter_id owner, bool replay_safe = true) noexcept
        : owner_(owner), replay_safe_(replay_safe) {}
    account_ticket(const account_ticket&) = delete;
    account_ticket& operator=(const account_ticket&) = delete;

    waiter_id owner() const noexcept { return owner_; }
    bool holds_permit() const noexcept { return acquired_at_.has_value(); }
    // About when the redemption can start, as far as could be told when it last asked.
    time starts_about() const noexcept { return starts_about_; }

private:
    friend class account_queue;
    friend class account_admission;

    waiter_id owner_;
    bool replay_safe_;
    std::uint64_t arrival_ = 0;        // at the account, from 1; 0: it has not arrived
    std::optional<std::size_t> fifo_;  // of its method, while it will want a permit
    bool asking_ = false;              // asked for its permit and is queued for it
    bool counted_ = false;             // against the limit of what may wait
    bool probes_host_ = false;         // its attempt probes an open breaker
    std::optional<time> acquired_at_;  // its permit
    // Of its method, method_gate::pauses_ended as it first met a fault of the account or method.
    std::optional<std::uint64_t> met_fault_;
    time starts_about_{};
};

}  // namespace gateway::redemption
