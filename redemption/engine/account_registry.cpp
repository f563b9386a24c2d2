#include "redemption/engine/account_registry.hpp"

#include <algorithm>
#include <iterator>

namespace gateway::redemption {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

account_registry::account_registry(
    const core_context& context, const std::vector<account_entry>& accounts, const live_table& table
)
    : context_(context), table_(table) {
    for (const auto& entry : accounts) {
        accounts_.emplace(
            entry.account->name(),
            account_state{.entry = entry, .admission = account_admission(entry.limits)}
        );
    }
}

const account_entry& account_registry::entry_of(const live_redemption& live) const {
    return accounts_.at(live.record.account).entry;
}

std::optional<account_admission::refusal> account_registry::refuses(
    const account_name& account, const method_name& method, milliseconds expires_in
) const {
    const auto now = context_.time.now();
    return accounts_.at(account).admission.refuses(method, now + expires_in, now);
}

account_registry::time account_registry::opens_at(const live_redemption& live, time now) const {
    return admission_of(live).opens_at(live.record.method, now);
}

base::redacted_text account_registry::obstacle_of(const live_redemption& live) const {
    const auto& admission = admission_of(live);
    if (admission.pause().active()) {
        return base::fixed_text("its account is paused: ") + admission.pause().reason();
    }
    if (const auto* const pause = admission.pause_of(live.record.method)) {
        return base::fixed_text("its account's calls of this method are paused: ") +
               pause->reason();
    }
    if (admission.breaker().state() != breaker_state::closed) {
        return base::fixed_text("its platform does not answer: ") + admission.last_fault();
    }
    return {};
}

void account_registry::update_estimate(live_redemption& live) const {
    admission_of(live).update_estimate(live.account, live.record.method, context_.time.now());
}

void account_registry::enqueue(live_redemption& live) {
    admission_of(live).enqueue(
        live.account, live.record.method, has_ambiguous_attempt(live.record)
    );
}

account_admission::acquisition account_registry::try_acquire(live_redemption& live) {
    auto answer =
        admission_of(live).try_acquire(live.account, live.record.method, context_.time.now());
    table_.notify(answer.wake);
    return answer;
}

fault_scope account_registry::on_attempt_finished(
    live_redemption& live, const attempt_outcome& outcome
) {
    const auto changed = admission_of(live).on_attempt_finished(
        live.account, live.record.method, outcome, context_.time.now()
    );
    table_.notify(changed.wake);
    report(live.record.account, changed);
    if (outcome.ban || changed.ban_lifted) {
        share_ban(live, outcome);
    }
    return changed.stops;
}

// A ban belongs to the app.
void account_registry::share_ban(const live_redemption& live, const attempt_outcome& outcome) {
    const auto& method = live.record.method;
    const auto now = context_.time.now();
    for_each_sibling(live.record.account, [&](account_admission& sibling) {
        if (outcome.ban) {
            sibling.ban(method, now + *outcome.ban, outcome.ban_doubted, now);
        } else {
            sibling.lift_bans(method, now);
        }
    });
}

void account_registry::cancel_permit(live_redemption& live) {
    table_.notify(admission_of(live).cancel_permit(live.account, context_.time.now()));
}

void account_registry::yield_position(live_redemption& live) {
    table_.notify(admission_of(live).yield_position(live.account));
}

void account_registry::leave(live_redemption& live) {
    cancel_permit(live);
    table_.notify(admission_of(live).cancel_wait(live.account));
}

void account_registry::report(
    const account_name& account, const account_admission::changes& changed
) {
    const auto& admission = accounts_.at(account).admission;
    if (changed.pause && admission.pause().active()) {
        context_.probe.account_paused(account, admission.pause().reason());
    } else if (changed.pause) {
        context_.probe.account_resumed(account);
    }
    for (const auto& method : changed.paused_methods) {
        if (const auto* const pause = admission.pause_of(method)) {
            context_.probe.method_paused(account, method, pause->reason());
        } else {
            context_.probe.method_resumed(account, method);
        }
    }
    const bool closed = admission.breaker().state() == breaker_state::closed;
    if (changed.breaker && closed) {
        context_.probe.breaker_closed(account);
    } else if (changed.breaker) {
        context_.probe.breaker_opened(
            account, admission.breaker().faults(), admission.last_fault()
        );
    }
    if (changed.any()) {
        notify_all(account);
    }
}

void account_registry::notify_all(const account_name& account) const {
    table_.for_each([&](live_redemption& live) {
        if (live.record.account == account) {
            live.wake.notify();
        }
    });
}

void account_registry::secrets_changed(const account_name& account) {
    table_.notify(accounts_.at(account).admission.on_secrets_changed(context_.time.now()));
    notify_all(account);
}

void account_registry::try_now(
    const account_name& account, const std::optional<method_name>& method
) {
    auto& admission = accounts_.at(account).admission;
    const auto now = context_.time.now();
    const auto changed = admission.try_now(method, now);
    report(account, changed);
    notify_all(account);
    for_each_sibling(account, [&](account_admission& sibling) { sibling.lift_bans(method, now); });
}

// A wall clock that was set back must not make a ban longer than the platform named it.
void account_registry::remember(const std::vector<recorded_ban>& bans) {
    const auto wall = context_.time.wall_now();
    const auto now = context_.time.now();
    for (const auto& ban : bans) {
        const auto left = std::min(ban.since + ban.length - wall, ban.length);
        for (auto& [name, one] : accounts_) {
            const bool same_app = scope_of(one.entry.account->identity(), name) == ban.identity;
            if (same_app && left > milliseconds(0)) {
                one.admission.ban(ban.method, now + left, ban.doubted, now);
            }
        }
    }
}

std::vector<account_demand> account_registry::demands() {
    std::vector<account_demand> all;
    for (auto& [name, one] : accounts_) {
        all.push_back(
            {.account = name,
             .rate = one.entry.limits.requests_per_second,
             .wanted = one.admission.demand(context_.time.now())}
        );
    }
    return all;
}

void account_registry::share(const std::vector<account_share>& shares) {
    for (const auto& one : shares) {
        if (const auto known = accounts_.find(one.account); known != accounts_.end()) {
            table_.notify(known->second.admission.share(one.rate, context_.time.now()));
        }
    }
}

std::vector<account_identity> account_registry::identities() const {
    std::vector<account_identity> all;
    for (const auto& [name, one] : accounts_) {
        all.push_back({name, one.entry.account->identity()});
    }
    return all;
}

// Among several accounts of the app, the first by name.
account_name account_registry::now_named(const account_identity& row) const {
    if (serves(row.account) || row.identity.empty()) {
        return row.account;
    }
    const auto same = std::find_if(accounts_.begin(), accounts_.end(), [&](const auto& one) {
        return one.second.entry.account->identity() == row.identity;
    });
    return same == accounts_.end() ? row.account : same->first;
}

void account_registry::follow_renaming(record& what) const {
    what.account = now_named({what.account, what.identity});
}

void account_registry::learn_names(const std::vector<account_identity>& in_journal) {
    std::copy_if(
        in_journal.begin(),
        in_journal.end(),
        std::back_inserter(earlier_names_),
        [&](const account_identity& one) { return now_named(one) != one.account; }
    );
}

std::vector<account_identity> account_registry::earlier_names_for(const list_filter& filter) const {
    std::vector<account_identity> asked;
    for (const auto& earlier : earlier_names_) {
        const auto now = now_named(earlier);
        const bool visible = !filter.accounts || std::ranges::count(*filter.accounts, now) > 0;
        const bool wanted = filter.account ? now == *filter.account : filter.accounts.has_value();
        if (visible && wanted) {
            asked.push_back(earlier);
        }
    }
    return asked;
}

std::vector<account_health> account_registry::health() const {
    std::vector<account_health> all;
    for (const auto& [name, state] : accounts_) {
        all.push_back(health_of(name));
    }
    return all;
}

account_health account_registry::health_of(const account_name& account) const {
    const auto now = context_.time.now();
    const auto left = [now](steady_clock::time_point then) {
        return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(then - now));
    };
    const auto& state = accounts_.at(account);
    const auto& admission = state.admission;
    const auto& breaker = admission.breaker();
    account_health one;
    one.name = account;
    one.platform = state.entry.account->platform();
    one.paused = admission.pause().active();
    one.why = admission.pause().reason();
    one.in_flight = admission.in_flight();
    one.waiting = admission.waiting();
    one.limits = admission.limits();
    one.breaker = breaker.state();
    one.faults_in_a_row = breaker.faults();
    if (breaker.state() != breaker_state::closed) {
        one.last_fault = admission.last_fault();
        one.probe_in = left(breaker.probe_at());
    }
    one.paused_methods = admission.paused_methods();
    for (const auto& ban : admission.bans(now)) {
        auto& shown = one.bans.emplace_back();
        shown.method = ban.method;
        shown.left = left(ban.until);
        if (ban.next_trial) {
            shown.trial_in = left(*ban.next_trial);
        }
    }
    return one;
}

account_admission& account_registry::admission_of(const live_redemption& live) {
    return accounts_.at(live.record.account).admission;
}

const account_admission& account_registry::admission_of(const live_redemption& live) const {
    return accounts_.at(live.record.account).admission;
}

}  // namespace gateway::redemption
