#include "server/observe/observer.hpp"

#include <algorithm>

#include "server/observe/build_info.hpp"
#include "server/observe/metrics_text.hpp"
#include "server/observe/observer_state.hpp"
#include "server/observe/process_usage.hpp"

namespace gateway::server {
namespace {

using config::log_level;
using redemption::record;

}  // namespace

observer::observer(log& out) : log_(out), state_(std::make_unique<state>()) {
    const auto build = this_build();
    state_->series.build_info.at({build.version, build.commit, build.compiler}).Set(1);
    state_->series.operator_actions.at({"resolve"});
    state_->series.operator_actions.at({"retry"});
}

observer::~observer() = default;

void observer::redemption_state(
    const record& what, std::optional<redemption::state> before, std::chrono::nanoseconds age
) {
    if (before == what.state) {
        return;
    }
    auto& series = state_->series;
    const auto& method = what.method.str();
    const auto& account = what.account.str();
    if (before == redemption::state::pending) {
        series.pending.at({method, account}).Decrement();
    } else if (before == redemption::state::unknown) {
        state_->unknown_changed(-1);
    }
    const auto now = redemption::to_string(what.state);
    if (what.state == redemption::state::pending && !series.pending.has({method, account})) {
        show_states(series, account, method);  // picked up, and its account is not configured
    }
    series.redemptions.at({method, account, now}).Increment();
    if (what.state == redemption::state::pending) {
        series.pending.at({method, account}).Increment();
        return;
    }
    if (what.state == redemption::state::unknown) {
        state_->unknown_changed(1);
    }
    series.redemption_seconds.at({method, account, now}).Observe(seconds(age));
    const redemption::evidence none;
    const auto& said = what.error ? what.error->said : none;
    log_.write(
        what.state == redemption::state::unknown ? log_level::warn : log_level::info,
        "redemption",
        {{"id", what.id},
         {"state", now},
         {"method", what.method},
         {"account", what.account},
         {"caller", what.caller},
         {"attempts", static_cast<std::int64_t>(what.attempts.size())},
         {"took_ms", milliseconds(age)},
         {"source", what.error ? redemption::to_string(what.error->source) : base::fixed_text("")},
         {"code", said.code},
         {"sub_code", said.sub_code}}
    );
}

void observer::attempt_finished(
    const record& what,
    const redemption::attempt& which,
    const redemption::attempt_outcome& outcome,
    std::chrono::nanoseconds took
) {
    const auto& method = what.method.str();
    const auto& account = what.account.str();
    const auto phase = redemption::to_string(outcome.phase);
    const auto verdict = redemption::to_string(outcome.verdict);
    state_->series.attempts.at({method, account, phase, verdict}).Increment();
    state_->series.attempt_seconds.at({method, account}).Observe(seconds(took));
    log_.info(
        "attempt",
        {{"id", what.id},
         {"number", std::int64_t{which.number}},
         {"method", what.method},
         {"account", what.account},
         {"phase", phase},
         {"verdict", verdict},
         {"took_ms", milliseconds(took)},
         {"code", outcome.said.code},
         {"sub_code", outcome.said.sub_code},
         {"platform_request_id", outcome.said.platform_request_id},
         {"detail", outcome.detail}}
    );
}

void observer::account_paused(
    const redemption::account_name& account, const base::redacted_text& why
) {
    state_->series.account_paused.at({account.str()}).Set(1);
    log_.warn("account_paused", {{"account", account}, {"why", why}});
}

void observer::account_resumed(const redemption::account_name& account) {
    state_->series.account_paused.at({account.str()}).Set(0);
    log_.info("account_resumed", {{"account", account}});
}

void observer::method_paused(
    const redemption::account_name& account,
    const redemption::method_name& method,
    const base::redacted_text& why
) {
    state_->series.method_paused.at({account.str(), method.str()}).Set(1);
    log_.warn("method_paused", {{"account", account}, {"method", method}, {"why", why}});
}

void observer::method_resumed(
    const redemption::account_name& account, const redemption::method_name& method
) {
    state_->series.method_paused.at({account.str(), method.str()}).Set(0);
    log_.info("method_resumed", {{"account", account}, {"method", method}});
}

void observer::account_tried(
    const redemption::account_name& account,
    const std::optional<redemption::method_name>& method,
    std::string_view who
) {
    state_->series.account_tries.at({account.str()}).Increment();
    log_.info(
        "account_tried",
        {{"account", account},
         {"method", method ? log_value(*method) : log_value("all")},
         {"by", redemption::caller_name(std::string(who))}}
    );
}

void observer::breaker_opened(
    const redemption::account_name& account,
    std::uint32_t faults,
    const base::redacted_text& last_fault
) {
    state_->series.breaker_open.at({account.str()}).Set(1);
    state_->series.breaker_openings.at({account.str()}).Increment();
    log_.warn(
        "breaker_opened",
        {{"account", account}, {"faults", std::int64_t{faults}}, {"last_fault", last_fault}}
    );
}

void observer::breaker_closed(const redemption::account_name& account) {
    state_->series.breaker_open.at({account.str()}).Set(0);
    log_.info("breaker_closed", {{"account", account}});
}

// Not logged: an overload refuses every request.
void observer::turned_away(const redemption::account_name& account, base::fixed_text reason) {
    state_->series.turned_away.at({account.str(), reason}).Increment();
}

void observer::journal_trouble(const record& what, const base::redacted_text& reason) {
    state_->series.journal_waits.at({}).Increment();
    log_.warn("journal_holds_result", {{"id", what.id}, {"why", reason}});
}

void observer::operator_acted(const record& what, const redemption::history_entry& action) {
    const auto word = action.action == "retry" ? base::fixed_text("retry") : "resolve";
    const redemption::caller_name who(action.who);
    state_->series.operator_actions.at({word}).Increment();
    log_.info(
        "operator_acted",
        {{"id", what.id},
         {"action", word},
         {"state", redemption::to_string(what.state)},
         {"method", what.method},
         {"account", what.account},
         {"who", who}}
    );
}

void observer::resolution_contradicted(const record& what, const redemption::attempt& which) {
    state_->series.contradicted_resolutions.at({}).Increment();
    log_.warn(
        "resolution_contradicted",
        {{"id", what.id},
         {"state", redemption::to_string(what.state)},
         {"method", what.method},
         {"account", what.account},
         {"attempt", std::int64_t{which.number}},
         {"why", "the platform executed an attempt of it, as was learned after its resolution"}}
    );
}

// Warned about once an account, with the number that the start found.
void observer::redemptions_orphaned(const redemption::account_name& account, std::size_t pending) {
    state_->series.orphaned.at({account.str()}).Set(static_cast<double>(pending));
    if (pending > 0 && state_->orphans.insert(account.str()).second) {
        log_.warn(
            "account_not_configured",
            {{"account", account},
             {"pending", static_cast<std::int64_t>(pending)},
             {"why",
              "the journal holds pending redemptions of it; they are not sent until it is "
              "configured again"}}
        );
    }
}

void observer::committed(std::size_t operations, std::chrono::nanoseconds took) {
    state_->series.journal_operations.at({}).Observe(static_cast<double>(operations));
    state_->series.journal_seconds.at({}).Observe(seconds(took));
    if (!state_->journal_fault.empty()) {
        state_->journal_fault = {};
        log_.info("journal_works", {});
    }
}

// A failing operation is retried; each new reason is logged once.
void observer::failed(const base::redacted_text& reason) {
    state_->series.journal_failures.at({}).Increment();
    if (state_->journal_fault == reason) {
        return;
    }
    state_->journal_fault = reason;
    log_.write(log_level::error, "journal_failed", {{"why", reason}});
}

void observer::unreadable(std::size_t redemptions, const base::redacted_text& why) {
    state_->series.journal_unreadable.at({}).Increment(static_cast<double>(redemptions));
    log_.warn(
        "journal_unreadable",
        {{"redemptions", static_cast<std::int64_t>(redemptions)}, {"why", why}}
    );
}

void observer::client_event(
    base::fixed_text event,
    const redemption::account_name& account,
    const base::redacted_text& detail
) {
    state_->series.client_events.at({account.str(), event}).Increment();
    log_.warn(event, {{"account", account}, {"detail", detail}});
}

void observer::certificate_known(
    const redemption::account_name& account, std::string_view role, redemption::time_point not_after
) {
    const auto since_1970 = std::chrono::duration<double>(not_after.time_since_epoch()).count();
    state_->series.certificate_expiry.at({account.str(), role}).Set(since_1970);
}

void observer::keys_changed(
    const redemption::account_name& account, const std::vector<base::redacted_text>& faults
) {
    const std::string_view result = faults.empty() ? "taken" : "refused";
    state_->series.key_changes.at({account.str(), result}).Increment();
    state_->series.keys_stale.at({account.str()}).Set(faults.empty() ? 0 : 1);
    if (faults.empty()) {
        log_.info("keys_changed", {{"account", account}});
    }
    for (const auto& fault : faults) {
        log_.write(log_level::error, "keys_refused", {{"account", account}, {"why", fault}});
    }
}

void observer::unknown_at_start(std::uint64_t count) {
    state_->unknown_counted = true;
    state_->unknown_changed(static_cast<std::int64_t>(count));
}

void observer::unknown_counted(std::uint64_t count) {
    state_->unknown_counted = true;
    state_->unknown_changed(static_cast<std::int64_t>(count) - state_->unknown);
}

void observer::pool_changed(std::string_view account, const net::pool_usage& now) {
    auto& series = state_->series;
    series.pool_open.at({account}).Set(static_cast<double>(now.open));
    series.pool_idle.at({account}).Set(static_cast<double>(now.idle));
    series.pool_waiting.at({account}).Set(static_cast<double>(now.waiting));
}

void observer::acquire_timed_out(std::string_view account) {
    state_->series.pool_timeouts.at({account}).Increment();
}

void observer::host_resolved(std::string_view host) {
    state_->series.resolver_refreshes.at({host}).Increment();
}

// Not logged: the attempt that needed the name is, with the reason.
void observer::host_not_resolved(std::string_view host, std::string_view /*why*/) {
    state_->series.resolver_failures.at({host}).Increment();
}

void observer::loop_lagged(std::chrono::nanoseconds lag) {
    state_->series.loop_lag.at({}).Observe(seconds(lag));
}

void observer::task_failed(const base::redacted_text& why) {
    state_->series.task_failures.at({}).Increment();
    log_.write(log_level::error, "task_failed", {{"why", why}});
}

void observer::refresh_process() {
    const auto usage = read_process_usage();
    auto& series = state_->series;
    series.cpu_seconds.at({}).Increment(
        std::max(0.0, usage.cpu_seconds - state_->cpu_seconds_counted)
    );
    state_->cpu_seconds_counted = std::max(usage.cpu_seconds, state_->cpu_seconds_counted);
    const auto dropped = log_.dropped();
    series.log_dropped.at({}).Increment(static_cast<double>(dropped - state_->dropped_lines_counted)
    );
    state_->dropped_lines_counted = dropped;
    series.resident_bytes.at({}).Set(static_cast<double>(usage.resident_bytes));
    series.virtual_bytes.at({}).Set(static_cast<double>(usage.virtual_bytes));
    series.open_files.at({}).Set(static_cast<double>(usage.open_files));
    series.max_files.at({}).Set(static_cast<double>(usage.max_files));
    series.start_time.at({}).Set(usage.start_time_seconds);
}

std::string observer::prometheus_text() {
    refresh_process();
    return server::prometheus_text(state_->series.registry.Collect());
}

std::string observer::openmetrics_text() {
    refresh_process();
    return server::openmetrics_text(state_->series.registry.Collect());
}

}  // namespace gateway::server
