#include "redemption/rules/account_pause.hpp"

#include <algorithm>
#include <utility>

namespace gateway::redemption {
namespace {

constexpr std::chrono::seconds first_interval{5};
constexpr std::chrono::seconds longest_interval{300};

// True if `who` was named; it is no longer.
bool take(waiter_id& name, waiter_id who) {
    if (name != who) {
        return false;
    }
    name = waiter_id::none;
    return true;
}

}  // namespace

std::optional<account_pause::time> account_pause::blocked_until(time now) const {
    if (pause_ && pause_->probe != waiter_id::none) {
        return now + while_probing;
    }
    return pause_ && now < pause_->probe_at ? std::optional(pause_->probe_at) : std::nullopt;
}

void account_pause::begin_probe(waiter_id who) noexcept {
    if (pause_) {
        pause_->probe = who;
    }
}

void account_pause::cancel_probe(waiter_id who) noexcept {
    if (pause_ && !take(pause_->probe, who)) {
        take(pause_->former_probe, who);
    }
}

bool account_pause::on_attempt_finished(waiter_id who, const attempt_outcome& outcome, time now) {
    const bool was_probe = pause_ && take(pause_->probe, who);
    const bool was_former = pause_ && !was_probe && take(pause_->former_probe, who);
    if (outcome.account_fault) {
        return on_fault(was_probe, outcome, now);
    }
    // A probe that met the new secrets half-way may bring bad news of the old ones; good news is
    // true.
    if (!was_probe && !was_former) {
        return false;
    }
    if (outcome.phase != phase::answered || outcome.transport_fault) {
        return false;  // the network got in the way: nothing is learnt about the account
    }
    pause_.reset();
    reason_ = {};
    return true;
}

bool account_pause::on_fault(bool was_probe, const attempt_outcome& outcome, time now) {
    reason_ = outcome.detail;
    if (!pause_) {
        pause_ = pause{.probe_at = now + first_interval, .interval = first_interval};
        return true;
    }
    // Attempts that were in flight when the fault showed say nothing new about the next probe.
    if (was_probe) {
        const auto interval = std::min(longest_interval, pause_->interval * 2);
        pause_ = pause{.probe_at = now + interval, .interval = interval};
    }
    return false;
}

void account_pause::on_secrets_changed(time now) {
    if (pause_) {
        pause_ = pause{
            .probe_at = now,
            .interval = first_interval,
            .former_probe = pause_->probe,
        };
    }
}

}  // namespace gateway::redemption
