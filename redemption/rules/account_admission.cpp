#include "redemption/rules/account_admission.hpp"

#include <algorithm>
#include <utility>

namespace gateway::redemption {
namespace {

using std::chrono::milliseconds;

// How much the last attempt says about how long one takes.
constexpr double weight_of_last = 0.125;
// A queue that moves has room soon.
constexpr milliseconds shortest_retry{1'000};
// Shares are drawn with each renewal of the lease.
constexpr milliseconds next_share{1'000};

milliseconds until(account_admission::time then, account_admission::time now) {
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

std::optional<account_admission::refusal> account_admission::refuses(
    const method_name& method, time expires, time now
) const {
    using reason = refusal_reason;
    const auto* const gate = queue_.find_gate(method);
    const auto ban = gate != nullptr ? gate->ban_blocks_until(now) : std::nullopt;
    if (ban && *ban >= expires) {
        return refusal{.reason = reason::ban, .retry_after = until(*ban, now)};
    }
    // A pause after an account fault refuses no wish: new secrets may end it at any time.
    const bool open = breaker_.state() == breaker_state::open;
    if (open && breaker_.probe_at() >= expires) {
        return refusal{.reason = reason::breaker, .retry_after = until(breaker_.probe_at(), now)};
    }
    if (queue_.waiting_beside(method, now) + in_flight_ >= limits_.queue + most_in_flight_) {
        // Before then the queue can't move.
        const auto moves = std::max(
            {opens_at(method, now),
             pause_.blocked_until(now).value_or(now),
             tokens_from(1, now).value_or(now)}
        );
        const auto retry = std::max(shortest_retry, until(moves, now));
        return refusal{.reason = reason::queue_full, .retry_after = retry};
    }
    const auto start = behind_all(method, now);
    if (start.by_rate >= expires) {
        return refusal{.reason = reason::rate, .retry_after = until(start.by_rate, expires)};
    }
    if (start.by_permits >= expires) {
        return refusal{.reason = reason::pace, .retry_after = until(start.by_permits, expires)};
    }
    return std::nullopt;
}

account_admission::time account_admission::could_start(const method_name& method, time now) const {
    const auto start = behind_all(method, now);
    return std::max({start.by_rate, start.by_permits, pause_.blocked_until(now).value_or(now)});
}

void account_admission::update_estimate(account_ticket& ticket, const method_name& method, time now)
    const {
    ticket.starts_about_ = could_start(method, now);
}

account_admission::time account_admission::opens_at(const method_name& method, time now) const {
    const bool open = breaker_.state() == breaker_state::open;
    const auto* const gate = queue_.find_gate(method);
    const auto ban = gate != nullptr ? gate->ban_blocks_until(now) : std::nullopt;
    return std::max({now, ban.value_or(now), open ? breaker_.probe_at() : now});
}

account_admission::estimate account_admission::behind_all(const method_name& method, time now)
    const {
    auto ahead = queue_.groups(method, now);
    if (breaker_.state() == breaker_state::open) {
        for (auto& group : ahead) {
            group.from = std::max(group.from, breaker_.probe_at());
        }
    }
    const auto own = opens_at(method, now);
    const replenishing_capacity tokens{
        .ready = rate_.tokens_at(now),
        .per_second = has_share() ? rate_.per_second() : limits_.requests_per_second,
        .most = rate_.capacity(),
    };
    estimate start{.by_rate = start_behind(ahead, tokens, own, now), .by_permits = own};
    if (usual_ && usual_->count() > 0) {
        const auto all = static_cast<double>(most_in_flight_);
        const replenishing_capacity permits{
            .ready = all - static_cast<double>(in_flight_),
            .per_second = all / usual_->count(),
            .most = all,
        };
        start.by_permits = start_behind(std::move(ahead), permits, own, now);
    }
    return start;
}

void account_admission::enqueue(account_ticket& ticket, const method_name& method, bool in_doubt) {
    if (!in_doubt) {
        queue_.join(ticket, method);
        queue_.count(ticket);
    }
}

account_admission::acquisition account_admission::try_acquire(
    account_ticket& ticket, const method_name& method, time now
) {
    queue_.join(ticket, method);
    if (const auto blocked = blocked_until(method, now)) {
        queue_.ask(ticket);
        ticket.starts_about_ = *blocked;
        return {.acquired = false, .retry_at = blocked, .wake = {}};
    }
    waiter_ids passed;
    // One redemption is the last to meet a fault of the account, or of this method: no two let each
    // other pass.
    const bool whole = pause_.active();
    const auto& paused = whole ? pause_ : queue_.gate(method).pause;
    if (paused.last_met_by(ticket.owner_)) {
        passed = first_if(queue_.let_others_pass(ticket, whole, now));
    }
    const bool turn = queue_.has_turn(ticket, now, lane(now));
    const bool full = in_flight_ >= most_in_flight_;
    const auto token_at = turn && !full ? tokens_from(1, now) : std::nullopt;
    if (!turn || full || token_at) {
        queue_.ask(ticket);
        const auto before = static_cast<double>(queue_.asking_before(ticket, now));
        ticket.starts_about_ = tokens_from(before + 1, now).value_or(now);
        return {.acquired = false, .retry_at = token_at, .wake = std::move(passed)};
    }
    give_permit(ticket, method, now);
    return {.acquired = true, .retry_at = {}, .wake = first_if(queue_.leave(ticket))};
}

// A call that must not be repeated is not spent on a host that may not be the platform, while
// another redemption can find out (docs/redemption-rules.md, Circuit breaker).
account_queue::lane account_admission::lane(time now) const {
    using lane = account_queue::lane;
    if (breaker_.state() != breaker_state::closed) {
        return lane::safe_first;
    }
    const auto usual = usual_.value_or(one_shot_window::length(0));
    const auto most = one_shots_.most(breaker_.faults_missing(), usual, now);
    return one_shots_in_flight_ < most ? lane::all : lane::safe_only;
}

void account_admission::return_permit(account_ticket& ticket) noexcept {
    ticket.acquired_at_.reset();
    --in_flight_;
    one_shots_in_flight_ -= ticket.replay_safe_ ? 0 : 1;
}

void account_admission::give_permit(account_ticket& ticket, const method_name& method, time now) {
    rate_.take(now);
    ++in_flight_;
    ++permitted_;
    one_shots_in_flight_ += ticket.replay_safe_ ? 0 : 1;
    ticket.acquired_at_ = now;
    pause_.begin_probe(ticket.owner_);
    queue_.gate(method).begin_call(ticket.owner_, now);
    if (breaker_.state() != breaker_state::closed) {
        breaker_.begin_probe();
        ticket.probes_host_ = true;
    }
}

account_admission::changes account_admission::on_attempt_finished(
    account_ticket& ticket, const method_name& method, const attempt_outcome& outcome, time now
) {
    if (const auto acquired_at = ticket.acquired_at_) {
        return_permit(ticket);
        const std::chrono::duration<double> took = now - *acquired_at;
        usual_ = usual_ ? *usual_ * (1 - weight_of_last) + took * weight_of_last : took;
    }
    changes changed;
    auto& gate = queue_.gate(method);
    if (outcome.ban) {
        gate.ban(now + *outcome.ban, outcome.ban_doubted, ticket.owner_, now);
    } else if (outcome.phase == phase::answered && !outcome.transport_fault) {
        changed.ban_lifted = gate.on_unbanned(ticket.owner_);
    }
    changed.stops = outcome.stops;
    if (is_its_own_fault(ticket, gate, outcome)) {
        changed.stops = fault_scope::none;
        pause_.cancel_probe(ticket.owner_);
    } else {
        judge_faults(changed, ticket.owner_, method, outcome, now);
    }
    gate.cancel_call(ticket.owner_);
    if (outcome.stops != fault_scope::none || outcome.ban_doubted) {
        queue_.forget_arrival(ticket);  // or it would be each probe until it expires
    }
    changed.breaker = judge_host(ticket, outcome, now);
    changed.wake = queue_.first_of_each();
    return changed;
}

// An answer to another redemption has ended the pause for the fault that this one met, and it meets
// one again: not the account or the method is at fault, but what this redemption holds.
bool account_admission::is_its_own_fault(
    account_ticket& ticket, const method_gate& gate, const attempt_outcome& outcome
) {
    if (outcome.stops == fault_scope::none) {
        if (outcome.phase == phase::answered && !outcome.transport_fault) {
            ticket.met_fault_.reset();
        }
        return false;
    }
    if (!ticket.met_fault_) {
        ticket.met_fault_ = gate.pauses_ended;
    }
    return *ticket.met_fault_ < gate.pauses_ended;
}

void account_admission::judge_faults(
    changes& changed,
    waiter_id who,
    const method_name& method,
    const attempt_outcome& outcome,
    time now
) {
    auto& gate = queue_.gate(method);
    // Another method shows that the account works: more than this one is not stopped.
    const bool narrowed = gate.pause.active() && gate.others_work;
    if (outcome.stops == fault_scope::account && !narrowed) {
        gate.pause.cancel_probe(who);
        gate.met_account_fault = true;
        changed.pause = pause_.on_fault(who, outcome.detail, now);
        return;
    }
    if (outcome.phase != phase::answered || outcome.transport_fault) {
        // The network got in the way: nothing is learnt but of what never left the gateway.
        if (outcome.stops != fault_scope::none && gate.pause.on_fault(who, outcome.detail, now)) {
            changed.paused_methods.push_back(method);
        }
        gate.pause.cancel_probe(who);
        pause_.cancel_probe(who);
        return;
    }
    const bool changes_gate = outcome.stops != fault_scope::none
                                  ? gate.pause.on_fault(who, outcome.detail, now)
                                  : gate.pause.on_answer(who);
    if (changes_gate) {
        gate.others_work = false;
        changed.paused_methods.push_back(method);
    }
    const auto before = pause_;
    changed.pause = pause_.on_answer(who);
    if (outcome.stops == fault_scope::none && (changes_gate || changed.pause)) {
        ++gate.pauses_ended;
    }
    if (changed.pause) {
        end_account_pause(changed, method, before, now);
    }
}

// The pause is over as a call of `answered` was answered. Another method that met the fault is
// tried again by itself: had it been the account's fault, both would have met it.
void account_admission::end_account_pause(
    changes& changed, const method_name& answered, const fault_pause& ended, time now
) {
    queue_.for_each_gate([&](const method_name& method, method_gate& gate) {
        const bool met = std::exchange(gate.met_account_fault, false);
        if (met && method != answered && !gate.pause.active()) {
            gate.pause = ended.for_one_method(now);
            gate.others_work = true;
            changed.paused_methods.push_back(method);
        }
    });
}

bool account_admission::judge_host(
    account_ticket& ticket, const attempt_outcome& outcome, time now
) {
    const bool was_closed = breaker_.state() == breaker_state::closed;
    const bool probe = std::exchange(ticket.probes_host_, false);
    if (outcome.transport_fault) {
        last_fault_ = outcome.detail;
    }
    const auto sign = sign_of(outcome);
    breaker_.on_call_finished(sign, probe && !was_closed, now);
    if (sign == circuit_breaker::sign::answered) {
        one_shots_.on_answer(usual_.value_or(one_shot_window::length(0)), now);
    } else if (sign == circuit_breaker::sign::fault) {
        one_shots_.on_fault();
    }
    if (outcome.hold) {
        breaker_.hold(*outcome.hold, now);
    }
    return was_closed != (breaker_.state() == breaker_state::closed);
}

waiter_ids account_admission::cancel_permit(account_ticket& ticket, time now) {
    if (!ticket.acquired_at_) {
        return {};
    }
    return_permit(ticket);
    rate_.give_back();
    pause_.cancel_probe(ticket.owner_);
    queue_.for_each_gate([&](const method_name&, method_gate& gate) {
        gate.cancel_call(ticket.owner_);
    });
    if (std::exchange(ticket.probes_host_, false) && breaker_.state() == breaker_state::probing) {
        breaker_.on_call_finished(circuit_breaker::sign::nothing, true, now);
    }
    return queue_.first_of_each();
}

waiter_ids account_admission::yield_position(account_ticket& ticket) {
    return first_if(queue_.yield_position(ticket));
}

waiter_ids account_admission::cancel_wait(account_ticket& ticket) {
    return first_if(queue_.cancel_wait(ticket));
}

waiter_ids account_admission::on_secrets_changed(time now) {
    bool paused = pause_.active();
    pause_.on_secrets_changed(now);
    queue_.for_each_gate([&](const method_name&, method_gate& gate) {
        paused = paused || gate.pause.active();
        gate.pause.on_secrets_changed(now);
        gate.others_work = false;
    });
    return paused ? queue_.first_of_each() : waiter_ids{};
}

account_admission::changes account_admission::try_now(
    const std::optional<method_name>& method, time now
) {
    changes changed;
    changed.pause = pause_.active();
    pause_.lift();
    queue_.for_each_gate([&](const method_name& name, method_gate& gate) {
        gate.met_account_fault = false;
        if (method && name != *method) {
            return;
        }
        if (gate.pause.active()) {
            gate.pause.lift();
            gate.others_work = false;
            changed.paused_methods.push_back(name);
        }
        changed.ban_lifted = gate.lift_ban(now) || changed.ban_lifted;
    });
    breaker_.probe_now(now);
    changed.wake = queue_.first_of_each();
    return changed;
}

void account_admission::lift_bans(const std::optional<method_name>& method, time now) {
    queue_.for_each_gate([&](const method_name& name, method_gate& gate) {
        if (!method || name == *method) {
            gate.lift_ban(now);
        }
    });
}

waiter_ids account_admission::first_if(bool turn_passed) const {
    return turn_passed ? queue_.first_of_each() : waiter_ids{};
}

std::optional<account_admission::time> account_admission::blocked_until(
    const method_name& method, time now
) const {
    // All of them must be over; one that is not set is before every time.
    const auto* const gate = queue_.find_gate(method);
    return std::max(
        {pause_.blocked_until(now),
         breaker_until(now),
         gate != nullptr ? gate->closed_until(now) : std::nullopt}
    );
}

std::optional<account_admission::time> account_admission::breaker_until(time now) const {
    if (breaker_.lets_through(now)) {
        return std::nullopt;
    }
    return breaker_.state() == breaker_state::probing ? now + while_probing : breaker_.probe_at();
}

std::optional<account_admission::time> account_admission::tokens_from(double wanted, time now)
    const {
    const auto wait = rate_.wait_for(wanted, now);
    if (wait.count() <= 0) {
        return std::nullopt;
    }
    if (!has_share()) {
        return now + next_share;
    }
    return now + std::chrono::ceil<milliseconds>(wait);
}

const fault_pause* account_admission::pause_of(const method_name& method) const {
    const auto* const gate = queue_.find_gate(method);
    return gate != nullptr && gate->pause.active() ? &gate->pause : nullptr;
}

std::vector<paused_method> account_admission::paused_methods() const {
    std::vector<paused_method> all;
    queue_.for_each_gate([&](const method_name& method, const method_gate& gate) {
        if (gate.pause.active()) {
            all.push_back({.method = method, .why = gate.pause.reason()});
        }
    });
    return all;
}

base::fixed_text to_string(account_admission::refusal_reason reason) noexcept {
    switch (reason) {
        case account_admission::refusal_reason::queue_full:
            return "queue_full";
        case account_admission::refusal_reason::rate:
            return "rate";
        case account_admission::refusal_reason::pace:
            return "pace";
        case account_admission::refusal_reason::ban:
            return "ban";
        case account_admission::refusal_reason::breaker:
            break;
    }
    return "breaker";
}

}  // namespace gateway::redemption
