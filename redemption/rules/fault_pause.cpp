#include "redemption/rules/fault_pause.hpp"

#include <algorithm>

namespace gateway::redemption {
namespace {

constexpr std::chrono::seconds first_interval{5};
constexpr std::chrono::seconds longest_interval{300};
// As long as one redemption alone met the fault, which may be that one's own: another one that
// comes should not have to wait for long to show it.
constexpr std::chrono::seconds longest_of_one{30};

// True if `who` was named; it is no longer.
bool take(waiter_id& name, waiter_id who) {
    if (name != who) {
        return false;
    }
    name = waiter_id::none;
    return true;
}

}  // namespace

std::optional<fault_pause::time> fault_pause::blocked_until(time now) const {
    if (pause_ && pause_->probe != waiter_id::none) {
        return now + while_probing;
    }
    return pause_ && now < pause_->probe_at ? std::optional(pause_->probe_at) : std::nullopt;
}

void fault_pause::begin_probe(waiter_id who) noexcept {
    if (pause_) {
        pause_->probe = who;
    }
}

void fault_pause::cancel_probe(waiter_id who) noexcept {
    if (pause_ && !take(pause_->probe, who)) {
        take(pause_->former_probe, who);
    }
}

bool fault_pause::on_fault(waiter_id who, const base::redacted_text& words, time now) {
    reason_ = words;
    if (!pause_) {
        pause_ = pause{
            .probe_at = now + first_interval,
            .interval = first_interval,
            .met_by = who,
            .last_met_by = who
        };
        return true;
    }
    pause_->last_met_by = who;
    pause_->met_by_others = pause_->met_by_others || pause_->met_by != who;
    // Attempts that were in flight when the fault showed say nothing new about the next probe. A
    // probe that met the new secrets half-way may bring bad news of the old ones.
    if (take(pause_->probe, who)) {
        const auto longest = pause_->met_by_others ? longest_interval : longest_of_one;
        pause_->interval = std::min(longest, pause_->interval * 2);
        pause_->probe_at = now + pause_->interval;
        pause_->former_probe = waiter_id::none;
    } else {
        take(pause_->former_probe, who);
    }
    return false;
}

// Good news is true of a former probe as well.
bool fault_pause::on_answer(waiter_id who) noexcept {
    if (!pause_ || !(take(pause_->probe, who) || take(pause_->former_probe, who))) {
        return false;
    }
    lift();
    return true;
}

void fault_pause::on_secrets_changed(time now) {
    if (pause_) {
        pause_ = pause{
            .probe_at = now,
            .interval = first_interval,
            .former_probe = pause_->probe,
            .met_by = pause_->met_by,
            .met_by_others = pause_->met_by_others,
        };
    }
}

fault_pause fault_pause::for_one_method(time now) const {
    fault_pause rest = *this;
    if (rest.pause_) {
        rest.pause_ = pause{
            .probe_at = now,
            .interval = rest.pause_->interval,
            .met_by = rest.pause_->met_by,
            .met_by_others = rest.pause_->met_by_others,
        };
    }
    return rest;
}

void fault_pause::lift() noexcept {
    pause_.reset();
    reason_ = {};
}

}  // namespace gateway::redemption
