#include "redemption/rules/account_gate.hpp"

#include <algorithm>
#include <utility>

#include "redemption/engine/live_redemption.hpp"
#include "redemption/rules/start_estimate.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds first_probe{5};
constexpr std::chrono::seconds longest_probe{300};
// While a probe is under way the others look again after this; its end wakes them earlier.
constexpr std::chrono::seconds while_probing{1};
// How much the last attempt says about how long one takes.
constexpr double weight_of_last = 0.125;
// A place in a queue that moves is free soon.
constexpr milliseconds shortest_refusal{1'000};

milliseconds until(account_gate::time then, account_gate::time now) {
    return std::chrono::ceil<milliseconds>(then - now);
}

circuit_breaker::sign sign_of(const attempt_outcome& outcome) {
    if (outcome.transport_fault) {
        return circuit_breaker::sign::fault;
    }
    return outcome.phase == phase::answered ? circuit_breaker::sign::answered
                                            : circuit_breaker::sign::nothing;
}

}  // namespace

std::optional<account_gate::refusal> account_gate::refuses(
    const method_name& method, time expires, time now
) const {
    const auto ban = ban_until(method, now);
    if (ban && *ban >= expires) {
        return refusal{.reason = why_not::ban, .again = until(*ban, now)};
    }
    // A pause after an account fault refuses nobody: new secrets may end it at any time.
    const bool left_alone = breaker_.state() == breaker_state::open;
    if (left_alone && breaker_.probe_at() >= expires) {
        return refusal{.reason = why_not::breaker, .again = until(breaker_.probe_at(), now)};
    }
    if (waiting_with(method, now) + in_flight_ >= limits_.queue + limits_.in_flight) {
        const auto again = std::max(shortest_refusal, until(moves(method, now), now));
        return refusal{.reason = why_not::queue_full, .again = again};
    }
    const auto start = behind_all(method, now);
    if (start.by_rate >= expires) {
        return refusal{.reason = why_not::rate, .again = until(start.by_rate, expires)};
    }
    if (start.by_places >= expires) {
        return refusal{.reason = why_not::pace, .again = until(start.by_places, expires)};
    }
    return std::nullopt;
}

account_gate::time account_gate::could_start(const method_name& method, time now) const {
    const auto start = behind_all(method, now);
    return std::max({start.by_rate, start.by_places, pause_until(now).value_or(now)});
}

account_gate::estimate account_gate::behind_all(const method_name& method, time now) const {
    std::vector<queued_group> ahead;
    for (const auto& [name, size] : lines_.sizes()) {
        ahead.push_back({.from = opens(name, now), .size = size});
    }
    const auto own = opens(method, now);
    const double rate = limits_.requests_per_second;
    const replenishing_capacity tokens{
        .ready = tokens_at(now), .per_second = rate, .most = most_tokens()
    };
    estimate start{.by_rate = start_behind(ahead, tokens, own, now), .by_places = own};
    if (usual_ && usual_->count() > 0) {
        const auto all = static_cast<double>(limits_.in_flight);
        const replenishing_capacity places{
            .ready = all - static_cast<double>(in_flight_),
            .per_second = all / usual_->count(),
            .most = all,
        };
        start.by_places = start_behind(std::move(ahead), places, own, now);
    }
    return start;
}

account_gate::time account_gate::opens(const method_name& method, time now) const {
    const bool left_alone = breaker_.state() == breaker_state::open;
    return std::max(
        {now, ban_until(method, now).value_or(now), left_alone ? breaker_.probe_at() : now}
    );
}

account_gate::time account_gate::moves(const method_name& method, time now) const {
    return std::max(
        {opens(method, now), pause_until(now).value_or(now), when_tokens(1, now).value_or(now)}
    );
}

std::size_t account_gate::waiting() const noexcept {
    std::size_t all = 0;
    for (const auto& [method, count] : waiting_) {
        all += count;
    }
    return all;
}

// A ban may be long: those behind it leave the queue to the methods that are not banned.
std::size_t account_gate::waiting_with(const method_name& method, time now) const {
    std::size_t all = 0;
    for (const auto& [other, count] : waiting_) {
        all += other == method || !ban_until(other, now) ? count : 0;
    }
    return all;
}

void account_gate::count_waiting(live_redemption& who) {
    if (!who.waits && !has_ambiguous_attempt(who.what)) {
        who.waits = true;
        ++waiting_[who.what.method];
        lines_.join(who);
    }
}

account_gate::answer account_gate::enter(live_redemption& who, time now) {
    if (const auto closed = closed_until(who.what.method, now)) {
        lines_.ask(who);
        who.starts_about = *closed;
        return {.entered = false, .not_before = closed};
    }
    lines_.join(who);
    const auto open = [&](const method_name& method) {
        return !ban_until(method, now);
    };
    const bool its_turn = lines_.its_turn(who, open);
    const bool full = in_flight_ >= limits_.in_flight;
    const auto token_at = its_turn && !full ? when_tokens(1, now) : std::nullopt;
    if (!its_turn || full || token_at) {
        lines_.ask(who);
        const auto before = static_cast<double>(lines_.asked_before(who, open));
        who.starts_about = when_tokens(before + 1, now).value_or(now);
        return {.entered = false, .not_before = token_at};
    }
    tokens_ = tokens_at(now) - 1;
    refilled_ = now;
    ++in_flight_;
    who.entered_at = now;
    if (pause_) {
        pause_->prober = &who;
    }
    if (breaker_.state() != breaker_state::closed) {
        breaker_.begin_probe();
        who.probe = true;
    }
    forget(who);
    return {.entered = true, .not_before = {}};
}

account_gate::changes account_gate::left(
    live_redemption& who, const attempt_outcome& outcome, time now
) {
    --in_flight_;
    const std::chrono::duration<double> took = now - who.entered_at;
    usual_ = usual_ ? *usual_ * (1 - weight_of_last) + took * weight_of_last : took;
    const bool probe = std::exchange(who.probe, false);
    if (outcome.ban) {
        ban(who.what.method, now + *outcome.ban);
    }
    changes changed;
    changed.pause = judge_account(who, outcome, now);
    changed.breaker = judge_host(probe, outcome, now);
    lines_.wake_first();
    return changed;
}

void account_gate::ban(const method_name& method, time until) {
    auto& end = bans_[method];
    end = std::max(end, until);
}

bool account_gate::judge_account(
    const live_redemption& who, const attempt_outcome& outcome, time now
) {
    const bool probe = pause_ && pause_->prober == &who;
    if (outcome.account_fault) {
        const bool fresh = !pause_.has_value();
        const auto interval = fresh ? first_probe : std::min(longest_probe, pause_->interval * 2);
        // Attempts that were in flight when the fault showed say nothing new about the next probe.
        if (fresh || probe) {
            pause_ = pause{.probe_at = now + interval, .interval = interval};
        }
        why_ = outcome.detail;
        return fresh;
    }
    // A probe that met the new secrets half-way may bring bad news of the old ones; good news is
    // true.
    if (!probe && !(pause_ && pause_->former == &who)) {
        return false;
    }
    (probe ? pause_->prober : pause_->former) = nullptr;
    if (outcome.phase != phase::answered || outcome.transport_fault) {
        return false;  // the network got in the way: nothing learnt about the account
    }
    pause_.reset();
    why_.clear();
    return true;
}

bool account_gate::judge_host(bool probe, const attempt_outcome& outcome, time now) {
    const bool was_closed = breaker_.state() == breaker_state::closed;
    if (outcome.transport_fault) {
        last_fault_ = outcome.detail;
    }
    breaker_.on_call_finished(sign_of(outcome), probe && !was_closed, now);
    return was_closed != (breaker_.state() == breaker_state::closed);
}

void account_gate::released(live_redemption& who, time now) {
    --in_flight_;
    tokens_ += 1;
    if (pause_ && pause_->prober == &who) {
        pause_->prober = nullptr;
    } else if (pause_ && pause_->former == &who) {
        pause_->former = nullptr;
    }
    if (std::exchange(who.probe, false) && breaker_.state() == breaker_state::probing) {
        breaker_.on_call_finished(circuit_breaker::sign::nothing, true, now);
    }
    lines_.wake_first();
}

void account_gate::step_back(live_redemption& who) {
    if (lines_.step_back(who)) {
        lines_.wake_first();
    }
}

void account_gate::forget(live_redemption& who) {
    if (who.waits) {
        who.waits = false;
        --waiting_.at(who.what.method);
    }
    if (lines_.leave(who)) {
        lines_.wake_first();
    }
}

void account_gate::secrets_changed(time now) {
    if (pause_) {
        pause_ = pause{.probe_at = now, .interval = first_probe, .former = pause_->prober};
        lines_.wake_first();
    }
}

std::optional<account_gate::time> account_gate::closed_until(const method_name& method, time now) {
    const auto ban = ban_until(method, now);
    if (!ban) {
        bans_.erase(method);
    }
    // All of them must be over; one that is not set stands before every time.
    return std::max({pause_until(now), breaker_until(now), ban});
}

std::optional<account_gate::time> account_gate::pause_until(time now) const {
    if (pause_ && pause_->prober) {
        return now + while_probing;
    }
    return pause_ && now < pause_->probe_at ? std::optional(pause_->probe_at) : std::nullopt;
}

std::optional<account_gate::time> account_gate::breaker_until(time now) const {
    if (breaker_.lets_through(now)) {
        return std::nullopt;
    }
    return breaker_.state() == breaker_state::probing ? now + while_probing : breaker_.probe_at();
}

std::optional<account_gate::time> account_gate::ban_until(const method_name& method, time now)
    const {
    const auto ban = bans_.find(method);
    return ban != bans_.end() && ban->second > now ? std::optional(ban->second) : std::nullopt;
}

// A second's worth may gather, so that a quiet account can answer a burst.
double account_gate::most_tokens() const {
    return std::max(1.0, limits_.requests_per_second);
}

double account_gate::tokens_at(time now) const {
    const std::chrono::duration<double> since = now - refilled_;
    return std::min(most_tokens(), tokens_ + since.count() * limits_.requests_per_second);
}

std::optional<account_gate::time> account_gate::when_tokens(double wanted, time now) const {
    const double missing = wanted - tokens_at(now);
    if (missing <= 0) {
        return std::nullopt;
    }
    const std::chrono::duration<double> wait{missing / limits_.requests_per_second};
    return now + std::chrono::ceil<milliseconds>(wait);
}

std::string_view to_string(account_gate::why_not reason) noexcept {
    switch (reason) {
        case account_gate::why_not::queue_full:
            return "queue_full";
        case account_gate::why_not::rate:
            return "rate";
        case account_gate::why_not::pace:
            return "pace";
        case account_gate::why_not::ban:
            return "ban";
        case account_gate::why_not::breaker:
            break;
    }
    return "breaker";
}

}  // namespace gateway::redemption
