// What the driver does with its accounts beside sending: who may come in, what changed, how they
// are.

#include <algorithm>

#include "redemption/engine/driver.hpp"

namespace gateway::redemption {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

void driver::take_place(live_redemption& live) {
    orders_.join(live);
    state_of(live).gate.count_waiting(live);
}

void driver::link(live_redemption& live, const std::vector<order_key>& lines) {
    orders_.link(live, lines);
}

// It entered its account's gate but is not sent after all.
void driver::give_back(live_redemption& live) {
    state_of(live).gate.released(live, context_.time.now());
    live.in_flight = false;
    orders_.wake_next(live);
}

std::optional<account_gate::refusal> driver::refuses(
    const account_name& account, const method_name& method, milliseconds expires_in
) const {
    const auto now = context_.time.now();
    return accounts_.at(account).gate.refuses(method, now + expires_in, now);
}

void driver::tell_changes(const live_redemption& live, account_gate::changes changed) {
    const auto& account = live.what.account;
    const auto& gate = state_of(live).gate;
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
        wake_account(account);
    }
}

void driver::wake_account(const account_name& account) {
    table_.for_each([&](live_redemption& live) {
        if (live.what.account == account) {
            live.wake.notify();
        }
    });
}

void driver::secrets_changed(const account_name& account) {
    accounts_.at(account).gate.secrets_changed(context_.time.now());
    wake_account(account);
}

// A wall clock that was set back must not make a ban longer than it was told.
void driver::remember(const std::vector<told_ban>& bans) {
    const auto wall = context_.time.wall_now();
    const auto now = context_.time.now();
    for (const auto& ban : bans) {
        const auto left = std::min(ban.told_at + ban.length - wall, ban.length);
        if (serves(ban.account) && left > milliseconds(0)) {
            accounts_.at(ban.account).gate.ban(ban.method, now + left);
        }
    }
}

std::vector<account_health> driver::health() const {
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

}  // namespace gateway::redemption
