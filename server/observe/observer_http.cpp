// The observer's series and log lines of the listeners' events.
#include <algorithm>

#include "server/observe/observer_state.hpp"

namespace gateway::server {
namespace {

using config::log_level;

base::fixed_text method_label(std::string_view method) {
    const auto* found = std::find(method_labels.begin(), method_labels.end(), method);
    return found == method_labels.end() ? method_labels.back() : *found;
}

base::fixed_text route_label(base::fixed_text route) {
    return route.empty() ? no_route : route;
}

// A problem's text names the request, and people quote it. Not those that come in floods: answers
// to strangers, and to callers that are too many or too fast.
bool is_quoted_to_support(const exchange_facts& facts) {
    constexpr int too_many_requests = 429;
    constexpr int service_unavailable = 503;
    const bool flood = facts.status == too_many_requests || facts.status == service_unavailable;
    return facts.status == 500 || (facts.status >= 400 && facts.caller != nullptr && !flood);
}

}  // namespace

void observer::connection_opened(base::fixed_text listener) {
    state_->series.http_connections.at({listener}).Increment();
}

void observer::connection_closed(base::fixed_text listener) {
    state_->series.http_connections.at({listener}).Decrement();
}

void observer::connection_refused(base::fixed_text listener) {
    state_->series.http_refused.at({listener}).Increment();
}

void observer::connection_evicted(base::fixed_text listener) {
    state_->series.http_evicted.at({listener}).Increment();
}

// Scanners cause many of these: not logged at the usual level.
void observer::handshake_failed(base::fixed_text listener, const base::redacted_text& why) {
    state_->series.http_handshake_failures.at({listener}).Increment();
    log_.write(log_level::debug, "handshake_failed", {{"listener", listener}, {"why", why}});
}

void observer::shed(base::fixed_text listener, base::fixed_text reason) {
    state_->series.http_shed.at({listener, reason}).Increment();
}

void observer::accept_failed(base::fixed_text listener, const base::redacted_text& why) {
    state_->series.http_accept_errors.at({listener}).Increment();
    log_.warn("accept_failed", {{"listener", listener}, {"why", why}});
}

void observer::answered(const exchange_facts& facts) {
    const auto route = route_label(facts.route);
    const auto method = method_label(facts.method);
    const auto code = std::to_string(facts.status);
    auto& series = state_->series;
    series.http_requests.at({facts.listener, route, method, code}).Increment();
    if (facts.took) {
        series.http_seconds.at({facts.listener, route, method}).Observe(seconds(*facts.took));
    }
    const bool loud =
        facts.named_by_caller || !facts.trace_id.empty() || is_quoted_to_support(facts);
    log_.write(
        loud ? log_level::info : log_level::debug,
        "request",
        {{"listener", facts.listener},
         {"method", method},
         {"route", route},
         {"status", std::int64_t{facts.status}},
         {"took_ms", facts.took ? log_value(milliseconds(*facts.took)) : log_value("")},
         {"caller", facts.caller ? log_value(*facts.caller) : log_value(base::fixed_text(""))},
         {"trace_id", facts.trace_id},
         {"request_id", facts.request_id},
         {"redemption", facts.redemption}}
    );
}

void observer::handler_failed(base::fixed_text route, const base::redacted_text& why) {
    state_->series.http_handler_failures.at({route_label(route)}).Increment();
    log_.write(log_level::error, "handler_failed", {{"route", route}, {"why", why}});
}

void observer::listener_keys_changed(
    base::fixed_text listener, const std::vector<base::redacted_text>& faults
) {
    const std::string_view result = faults.empty() ? "taken" : "refused";
    state_->series.listener_key_changes.at({listener, result}).Increment();
    state_->series.listener_keys_stale.at({listener}).Set(faults.empty() ? 0 : 1);
    if (faults.empty()) {
        log_.info("certificate_changed", {{"listener", listener}});
    }
    for (const auto& fault : faults) {
        log_.write(
            log_level::error, "certificate_refused", {{"listener", listener}, {"why", fault}}
        );
    }
}

void observer::listener_certificate(base::fixed_text listener, std::chrono::sys_seconds not_after) {
    const auto since_1970 = std::chrono::duration<double>(not_after.time_since_epoch()).count();
    state_->series.listener_certificate_expiry.at({listener}).Set(since_1970);
    state_->series.listener_keys_stale.at({listener}).Set(0);
}

}  // namespace gateway::server
