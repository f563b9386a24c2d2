#include "redemption/account_gate.hpp"

#include <algorithm>

#include "redemption/live_redemption.hpp"

namespace gateway::redemption {
namespace {

constexpr std::chrono::seconds first_probe{5};
constexpr std::chrono::seconds longest_probe{300};
// While a probe is under way the others look again after this; its end wakes them earlier.
constexpr std::chrono::seconds while_probing{1};

}  // namespace

account_gate::answer account_gate::enter(live_redemption& who, time now) {
    if (const auto until = closed_until(who.what.method, now)) {
        forget(who);
        return {.entered = false, .not_before = until};
    }
    const bool its_turn = queue_.empty() || queue_.front() == &who;
    const bool full = in_flight_ >= limits_.in_flight;
    const auto token_at = its_turn && !full ? next_token(now) : std::nullopt;
    if (!its_turn || full || token_at) {
        if (!who.in_queue) {
            who.in_queue = true;
            queue_.push_back(&who);
        }
        return {.entered = false, .not_before = token_at};
    }
    tokens_ -= 1;
    ++in_flight_;
    if (pause_) {
        pause_->probing = true;
    }
    forget(who);
    return {.entered = true, .not_before = {}};
}

bool account_gate::left(const method_name& method, const attempt_outcome& outcome, time now) {
    --in_flight_;
    if (outcome.ban) {
        auto& until = bans_[method];
        until = std::max(until, now + *outcome.ban);
    }
    const bool changed = apply_health(outcome, now);
    wake_next();
    return changed;
}

bool account_gate::apply_health(const attempt_outcome& outcome, time now) {
    if (outcome.account_fault) {
        const bool fresh = !pause_.has_value();
        const auto interval = fresh ? first_probe : std::min(longest_probe, pause_->interval * 2);
        // Attempts that were in flight when the fault showed say nothing new about the next probe.
        if (fresh || pause_->probing) {
            pause_ = pause{.probe_at = now + interval, .interval = interval, .probing = false};
        }
        why_ = outcome.detail;
        return fresh;
    }
    if (!pause_ || !pause_->probing) {
        return false;
    }
    pause_->probing = false;
    if (outcome.phase != phase::answered) {
        return false;  // the network got in the way: nothing learnt about the account
    }
    pause_.reset();
    why_.clear();
    return true;
}

void account_gate::released() {
    --in_flight_;
    if (pause_) {
        pause_->probing = false;
    }
    wake_next();
}

void account_gate::forget(live_redemption& who) {
    if (!who.in_queue) {
        return;
    }
    who.in_queue = false;
    const bool was_first = queue_.front() == &who;
    std::erase(queue_, &who);
    if (was_first) {
        wake_next();
    }
}

void account_gate::secrets_changed(time now) {
    if (pause_) {
        pause_->probe_at = now;
        pause_->interval = first_probe;
        wake_next();
    }
}

std::optional<account_gate::time> account_gate::closed_until(const method_name& method, time now) {
    if (pause_) {
        if (pause_->probing) {
            return now + while_probing;
        }
        if (now < pause_->probe_at) {
            return pause_->probe_at;
        }
    }
    const auto ban = bans_.find(method);
    if (ban == bans_.end()) {
        return std::nullopt;
    }
    if (ban->second <= now) {
        bans_.erase(ban);
        return std::nullopt;
    }
    return ban->second;
}

std::optional<account_gate::time> account_gate::next_token(time now) {
    // A second's worth may gather, so that a quiet account can answer a burst.
    const std::chrono::duration<double> since = now - refilled_;
    tokens_ = std::min(
        std::max(1.0, limits_.requests_per_second),
        tokens_ + since.count() * limits_.requests_per_second
    );
    refilled_ = now;
    if (tokens_ >= 1) {
        return std::nullopt;
    }
    const std::chrono::duration<double> missing{(1 - tokens_) / limits_.requests_per_second};
    return now + std::chrono::ceil<std::chrono::milliseconds>(missing);
}

void account_gate::wake_next() {
    if (!queue_.empty()) {
        queue_.front()->wake.notify();
    }
}

}  // namespace gateway::redemption
