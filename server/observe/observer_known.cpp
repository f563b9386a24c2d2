// The label sets that are known before anything happens. Without them a counter would begin at 1
// with its first event, which increase() does not see.
#include <algorithm>
#include <array>
#include <set>

#include "handlers/problem.hpp"
#include "server/observe/observer_state.hpp"

namespace gateway::server {
namespace {

using redemption::phase;
using redemption::state;
using redemption::verdict;

constexpr std::array states{
    state::pending, state::succeeded, state::rejected, state::failed, state::unknown
};
constexpr std::array phases{phase::not_sent, phase::maybe_sent, phase::answered};
constexpr std::array verdicts{
    verdict::executed, verdict::refused, verdict::not_executed, verdict::ambiguous
};
// account_admission::refusal_reason
constexpr std::array<base::fixed_text, 5> refusals{"queue_full", "rate", "pace", "ban", "breaker"};
constexpr std::array<base::fixed_text, 5> shed_reasons{
    "in_flight", "caller_share", "memory", "route", "caller_rate"
};
constexpr std::array<base::fixed_text, 5> client_events{
    "signature_refused",
    "answer_not_trusted",
    "slashes_respelled",
    "certificate_learned",
    "clock_refused"
};
constexpr std::array<base::fixed_text, 2> key_results{"taken", "refused"};

// Of a request that is served: those of the problems, and of what succeeds.
std::set<std::string> status_codes(std::string_view method) {
    std::set<std::string> codes{"200"};
    if (method == "POST") {
        codes.insert("202");
    }
    for (const auto& row : handlers::all_problems()) {
        codes.insert(std::to_string(row.status));
    }
    return codes;
}

// Of a request that nothing serves: of its path, of its method, or of its caller.
std::set<std::string> refusals_of(std::string_view method, bool is_path) {
    const bool told = is_path && method == "OPTIONS";
    return {"401", "429", told ? "204" : is_path ? "405" : "404"};
}

// Each method at a pattern; `routes` serve some of them.
void show_requests(
    series& all, std::string_view listener, std::string_view pattern, std::span<const route> routes
) {
    const bool is_path = pattern != no_route;
    for (const std::string_view method : method_labels) {
        const bool served = std::ranges::any_of(routes, [&](const route& one) {
            return one.pattern == pattern && one.method == (method == "HEAD" ? "GET" : method);
        });
        for (const auto& code : served ? status_codes(method) : refusals_of(method, is_path)) {
            all.http_requests.at({listener, pattern, method, code});
        }
    }
}

void show_method(series& all, std::string_view account, std::string_view method) {
    show_states(all, account, method);
    all.method_paused.at({account, method});
    all.attempt_seconds.at({method, account});
    for (const auto reached : phases) {
        for (const auto ruled : verdicts) {
            all.attempts.at(
                {method, account, redemption::to_string(reached), redemption::to_string(ruled)}
            );
        }
    }
}

}  // namespace

void show_states(series& all, std::string_view account, std::string_view method) {
    all.pending.at({method, account});
    for (const auto one : states) {
        const auto name = redemption::to_string(one);
        all.redemptions.at({method, account, name});
        if (one != state::pending) {
            all.redemption_seconds.at({method, account, name});
        }
    }
}

void observer::account_configured(
    const redemption::account_name& account, std::span<const base::fixed_text> methods
) {
    auto& all = state_->series;
    const auto& name = account.str();
    for (const auto method : methods) {
        show_method(all, name, method);
    }
    for (const auto why : refusals) {
        all.turned_away.at({name, why});
    }
    for (const auto event : client_events) {
        all.client_events.at({name, event});
    }
    for (const auto result : key_results) {
        all.key_changes.at({name, result});
    }
    all.account_tries.at({name});
    all.account_paused.at({name});
    all.breaker_open.at({name});
    all.breaker_openings.at({name});
    all.keys_stale.at({name});
    all.orphaned.at({name});
    all.pool_timeouts.at({name});
    pool_changed(name, {});
}

void observer::host_configured(std::string_view host) {
    state_->series.resolver_refreshes.at({host});
    state_->series.resolver_failures.at({host});
}

void observer::listener_configured(
    base::fixed_text listener, std::span<const route> routes, bool tls
) {
    auto& all = state_->series;
    all.http_connections.at({listener});
    all.http_refused.at({listener});
    all.http_evicted.at({listener});
    all.http_accept_errors.at({listener});
    for (const auto reason : shed_reasons) {
        all.http_shed.at({listener, reason});
    }
    for (const auto& one : routes) {
        all.http_handler_failures.at({one.pattern});
        all.http_seconds.at({listener, one.pattern, one.method});
        show_requests(all, listener, one.pattern, routes);
    }
    show_requests(all, listener, no_route, routes);
    // Requests that are refused before their route is known.
    for (const auto* const code : {"400", "408", "413", "431", "501", "503", "505"}) {
        all.http_requests.at({listener, no_route, "other", code});
    }
    if (tls) {
        all.http_handshake_failures.at({listener});
        for (const auto result : key_results) {
            all.listener_key_changes.at({listener, result});
        }
    }
}

}  // namespace gateway::server
