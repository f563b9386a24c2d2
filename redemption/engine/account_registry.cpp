#include "redemption/engine/account_registry.hpp"

#include <algorithm>

namespace gateway::redemption {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

account_registry::account_registry(
    const core_context& context, const std::vector<account_entry>& accounts, const live_table& table
)
    : context_(context), table_(table) {
    for (const auto& entry : accounts) {
        accounts_.emplace(
            entry.account->name(), account_state{.entry = entry, .gate = account_gate(entry.limits)}
        );
    }
}

const account_entry& account_registry::entry_of(const live_redemption& live) const {
    return accounts_.at(live.what.account).entry;
}

std::optional<account_gate::refusal> account_registry::refuses(
    const account_name& account, const method_name& method, milliseconds expires_in
) const {
    const auto now = context_.time.now();
    return accounts_.at(account).gate.refuses(method, now + expires_in, now);
}

account_registry::time account_registry::opens(const live_redemption& live, time now) const {
    return gate_of(live).opens(live.what.method, now);
}

account_registry::time account_registry::could_start(const live_redemption& live) const {
    return gate_of(live).could_start(live.what.method, context_.time.now());
}

void account_registry::enqueue(live_redemption& live) {
    gate_of(live).count_waiting(live);
}

account_gate::answer account_registry::try_acquire(live_redemption& live) {
    const auto answer = gate_of(live).enter(live, context_.time.now());
    live.has_permit = answer.entered;
    return answer;
}

void account_registry::on_attempt_finished(live_redemption& live, const attempt_outcome& outcome) {
    live.has_permit = false;
    report(live, gate_of(live).left(live, outcome, context_.time.now()));
}

void account_registry::cancel_permit(live_redemption& live) {
    live.has_permit = false;
    gate_of(live).released(live, context_.time.now());
}

void account_registry::yield_position(live_redemption& live) {
    gate_of(live).step_back(live);
}

void account_registry::leave(live_redemption& live) {
    if (live.has_permit) {
        cancel_permit(live);
    }
    gate_of(live).forget(live);
}

void account_registry::report(const live_redemption& live, account_gate::changes changed) {
    const auto& account = live.what.account;
    const auto& gate = gate_of(live);
    if (changed.pause && gate.paused()) {
        context_.probe.account_paused(account, gate.why());
    } else if (changed.pause) {
        context_.probe.account_resumed(account);
    }
    const bool closed = gate.breaker().state() == breaker_state::closed;
    if (changed.breaker && closed) {
        context_.probe.breaker_closed(account);
    } else if (changed.breaker) {
        context_.probe.breaker_opened(account, gate.breaker().faults(), gate.last_fault());
    }
    if (changed.pause || changed.breaker) {
        notify_all(account);
    }
}

void account_registry::notify_all(const account_name& account) const {
    table_.for_each([&](live_redemption& live) {
        if (live.what.account == account) {
            live.wake.notify();
        }
    });
}

void account_registry::secrets_changed(const account_name& account) {
    accounts_.at(account).gate.secrets_changed(context_.time.now());
    notify_all(account);
}

// A wall clock that was set back must not make a ban longer than the platform named it.
void account_registry::remember(const std::vector<told_ban>& bans) {
    const auto wall = context_.time.wall_now();
    const auto now = context_.time.now();
    for (const auto& ban : bans) {
        const auto left = std::min(ban.told_at + ban.length - wall, ban.length);
        if (serves(ban.account) && left > milliseconds(0)) {
            accounts_.at(ban.account).gate.ban(ban.method, now + left);
        }
    }
}

std::vector<account_health> account_registry::health() const {
    const auto now = context_.time.now();
    const auto left = [now](steady_clock::time_point then) {
        return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(then - now));
    };
    std::vector<account_health> all;
    for (const auto& [name, state] : accounts_) {
        const auto& gate = state.gate;
        const auto& breaker = gate.breaker();
        auto& one = all.emplace_back();
        one.name = name;
        one.platform = state.entry.account->platform();
        one.paused = gate.paused();
        one.why = gate.why();
        one.in_flight = gate.in_flight();
        one.waiting = gate.waiting();
        one.limits = gate.limits();
        one.breaker = breaker.state();
        one.faults_in_a_row = breaker.faults();
        if (breaker.state() != breaker_state::closed) {
            one.last_fault = gate.last_fault();
            one.probe_in = left(breaker.probe_at());
        }
        for (const auto& [method, end] : gate.bans()) {
            if (end > now) {
                one.bans.push_back({.method = method, .left = left(end)});
            }
        }
    }
    return all;
}

account_gate& account_registry::gate_of(const live_redemption& live) {
    return accounts_.at(live.what.account).gate;
}

const account_gate& account_registry::gate_of(const live_redemption& live) const {
    return accounts_.at(live.what.account).gate;
}

}  // namespace gateway::redemption
