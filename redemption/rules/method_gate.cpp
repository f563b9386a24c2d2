#include "redemption/rules/method_gate.hpp"

#include <algorithm>

namespace gateway::redemption {

void method_gate::ban(time until, bool doubted, waiter_id who, time now) {
    const bool newest_word = trial_ != waiter_id::none && trial_ == who;
    if (newest_word) {
        trial_ = waiter_id::none;
    }
    if (!newest_word && until <= banned_until_) {
        return;
    }
    banned_until_ = until;
    trial_at_ = doubted ? std::optional(now + ban_trial_interval) : std::nullopt;
}

std::optional<method_gate::time> method_gate::banned_until(time now) const {
    return banned_until_ > now ? std::optional(banned_until_) : std::nullopt;
}

std::optional<method_gate::time> method_gate::ban_blocks_until(time now) const {
    const auto until = banned_until(now);
    if (!until || !trial_at_) {
        return until;
    }
    if (trial_ != waiter_id::none) {
        return std::min(*until, now + while_probing);
    }
    return *trial_at_ > now ? std::optional(std::min(*until, *trial_at_)) : std::nullopt;
}

std::optional<method_gate::time> method_gate::closed_until(time now) const {
    return std::max(ban_blocks_until(now), pause.blocked_until(now));
}

void method_gate::begin_call(waiter_id who, time now) noexcept {
    pause.begin_probe(who);
    if (trial_at_ && banned_until_ > now) {
        trial_ = who;
    }
}

void method_gate::cancel_call(waiter_id who) noexcept {
    pause.cancel_probe(who);
    if (trial_ == who) {
        trial_ = waiter_id::none;
    }
}

bool method_gate::on_unbanned(waiter_id who) noexcept {
    if (trial_ == waiter_id::none || trial_ != who) {
        return false;
    }
    banned_until_ = {};
    trial_at_.reset();
    trial_ = waiter_id::none;
    return true;
}

bool method_gate::lift_ban(time now) noexcept {
    const bool banned = banned_until_ > now;
    banned_until_ = {};
    trial_at_.reset();
    return banned;
}

}  // namespace gateway::redemption
