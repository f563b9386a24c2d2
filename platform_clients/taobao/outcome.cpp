#include "platform_clients/taobao/outcome.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "platform_clients/taobao/mask.hpp"

namespace gateway::taobao {
namespace {

using redemption::attempt_outcome;
using redemption::error_source;
using redemption::verdict;

// What an error means for the redemption. One row of `rulings` each.
enum class meaning : std::uint8_t {
    throttled,      // a call limit: nothing was dispatched
    account,        // keys, session or permissions of the account
    clock,          // our timestamp: stamp and sign again, once
    gateway_fault,  // the gateway spoke wrongly; nobody's parameters
    parameters,     // a final no because of the parameters alone
    refused,        // a final no that may depend on what happened before
    again_later,    // proven not executed, may come again
    unclear,        // may have been executed
    by_sub_code,
};

struct ruling {
    meaning what;
    enum verdict verdict;
    error_source source;
    bool depends_on_history = false;
    bool account_fault = false;
    bool retry_once = false;
};

constexpr ruling rulings[] = {
    {meaning::throttled, verdict::not_executed, error_source::platform},
    {.what = meaning::account,
     .verdict = verdict::not_executed,
     .source = error_source::platform,
     .account_fault = true},
    {.what = meaning::clock,
     .verdict = verdict::not_executed,
     .source = error_source::gateway,
     .retry_once = true},
    // Says nothing about an earlier attempt that may have been understood.
    {.what = meaning::gateway_fault,
     .verdict = verdict::refused,
     .source = error_source::gateway,
     .depends_on_history = true},
    {meaning::parameters, verdict::refused, error_source::platform},
    {.what = meaning::refused,
     .verdict = verdict::refused,
     .source = error_source::platform,
     .depends_on_history = true},
    {meaning::again_later, verdict::not_executed, error_source::platform},
    {meaning::unclear, verdict::ambiguous, error_source::platform},
};

struct code_row {
    int first;
    int last;
    meaning what;
    std::string_view words;
};

// Numbers not listed are unclear.
constexpr code_row codes[] = {
    {1, 1, meaning::unclear, "the platform had a system error"},
    {2, 2, meaning::account, "the application is on the platform's blacklist"},
    {3, 3, meaning::refused, "the platform did not take the upload"},
    {4, 8, meaning::throttled, "the platform limits how often it may be called"},
    {9, 9, meaning::gateway_fault, "the platform does not allow this HTTP action"},
    {10, 10, meaning::unclear, "the platform's service was unavailable"},
    {11, 13, meaning::account, "the account lacks a permission for this method"},
    {15, 15, meaning::by_sub_code, "the service behind the platform answered with an error"},
    {20, 20, meaning::gateway_fault, "the platform no longer serves this API version"},
    {21, 22, meaning::gateway_fault, "the platform does not know this method"},
    {23, 23, meaning::gateway_fault, "the platform does not know this answer format"},
    {24, 25, meaning::account, "the platform does not accept the account's signature"},
    {26, 27, meaning::account, "the account's session is missing, invalid or expired"},
    {28, 29, meaning::account, "the platform does not know the account's app key"},
    {30, 31, meaning::clock, "the platform does not accept the request's timestamp"},
    {32, 34, meaning::gateway_fault, "the platform does not know this protocol version"},
    {40, 40, meaning::parameters, "the platform misses a required parameter"},
    {41, 41, meaning::parameters, "the platform calls a parameter invalid"},
    {42, 42, meaning::refused, "the platform forbids this request"},
    {43, 43, meaning::parameters, "the platform calls a parameter invalid"},
    {44, 44, meaning::unclear, "the service behind the platform failed"},
    {45, 45, meaning::gateway_fault, "the platform no longer serves this API version"},
    {46, 46, meaning::refused, "the platform has abandoned this item"},
    {47, 47, meaning::gateway_fault, "the platform calls the request's encoding invalid"},
    {50, 50, meaning::by_sub_code, "the service behind the platform answered with an error"},
    {100, 200, meaning::unclear, "the platform's authorization service answered with an error"},
    {501,
     std::numeric_limits<int>::max(),
     meaning::by_sub_code,
     "the service behind the platform answered with an error"},
};

struct sub_code_row {
    std::string_view name;
    meaning what;
    std::string_view words;
};

// A row stands for its name, alone or followed by `:detail` or a `-suffix` (many exist again as
// `…-tmall`); a name that ends in a separator stands for all that begin with it. The longest fits.
constexpr sub_code_row sub_codes[] = {
    {"accesscontrol.", meaning::throttled, "the platform limits how often it may be called"},
    {"isv.permission-", meaning::account, "the account lacks a permission for this method"},
    {"invalid-sessionkey", meaning::account, "the account's session is invalid"},
    {"session-expired", meaning::account, "the account's session has expired"},
    {"session-not-exist", meaning::account, "the platform does not know the account's session"},

    {"isv.missing-parameter", meaning::parameters, "a required parameter is missing"},
    {"isv.invalid-parameter", meaning::parameters, "a parameter is invalid"},
    // The same timestamp and signature again: of this copy of the request we know nothing more.
    {"isv.request-replay-error", meaning::unclear, "the platform saw this very request before"},

    {"isv.eticket-invalid-parameter", meaning::parameters, "a parameter is invalid"},
    {"isv.eticket-invalid-parameter:duplicate-consume-serial-num",
     meaning::refused,
     "the serial number was used before"},
    {"isv.eticket-invalid-posid", meaning::parameters, "the position id is invalid"},
    {"isv.eticket-token-error", meaning::parameters, "the token is not the order's"},
    {"isv.eticket-seller-error", meaning::parameters, "the seller may not issue e-tickets"},
    {"isv.eticket-privilege-error", meaning::parameters, "the order belongs to another seller"},
    {"isv.eticket-order-not-found", meaning::refused, "the platform does not find the order"},
    {"isv.eticket-order-status-error", meaning::refused, "the order is not in a state for this"},
    {"isv.eticket-send-error", meaning::refused, "the platform does not take the codes"},
    {"isv.eticket-resend-error", meaning::refused, "the codes of the order cannot be sent again"},
    {"isv.eticket-consume-error", meaning::refused, "the code is not available"},
    {"isv.eticket-code-error", meaning::refused, "the code cannot be used now"},
    {"isv.eticket-order-consume-num", meaning::refused, "the quantity does not fit the order"},
    {"isv.eticket-service-unavailable", meaning::unclear, "the e-ticket service failed"},
    {"isv.eticket-service-unavailable:order-is-processing",
     meaning::again_later,
     "the platform is working on another call for this order"},
};

// The platform's own wording: `isp.` is the service's side, `isv.` the caller's.
constexpr sub_code_row prefixes[] = {
    {"isp.", meaning::unclear, "the service behind the platform failed"},
    {"isv.", meaning::refused, "the platform sees the fault in the request"},
};

// Words that make a name of the caller's side the service's trouble all the same.
constexpr std::string_view service_words[] = {
    "service-unavailable", "system-error", "system-busy", "timeout", "unknown-error", "remote-"
};

bool stands_for(std::string_view name, std::string_view sub_code) noexcept {
    if (!sub_code.starts_with(name)) {
        return false;
    }
    if (sub_code.size() == name.size() || name.ends_with('.') || name.ends_with('-')) {
        return true;
    }
    const char next = sub_code[name.size()];
    return next == ':' || next == '-';
}

const sub_code_row* known_row(std::string_view sub_code) noexcept {
    const sub_code_row* best = nullptr;
    for (const auto& row : sub_codes) {
        if (stands_for(row.name, sub_code) && (!best || row.name.size() > best->name.size())) {
            best = &row;
        }
    }
    return best;
}

struct finding {
    meaning what = meaning::unclear;
    std::string_view words = "the platform answered with an error nobody here knows";
};

finding find_sub_code(std::string_view sub_code) noexcept {
    if (const auto* row = known_row(sub_code)) {
        return {row->what, row->words};
    }
    for (const auto& row : prefixes) {
        if (!sub_code.starts_with(row.name)) {
            continue;
        }
        const bool of_the_service =
            std::any_of(std::begin(service_words), std::end(service_words), [&](auto word) {
                return sub_code.find(word) != std::string_view::npos;
            });
        return of_the_service ? finding{prefixes[0].what, prefixes[0].words}
                              : finding{row.what, row.words};
    }
    return {};
}

finding find_error(const error_answer& error) noexcept {
    int number = 0;
    const char* end = error.code.data() + error.code.size();
    const auto [at, fault] = std::from_chars(error.code.data(), end, number);
    if (fault != std::errc{} || at != end) {
        return {};
    }
    for (const auto& row : codes) {
        if (number < row.first || number > row.last) {
            continue;
        }
        if (row.what != meaning::by_sub_code) {
            return {row.what, row.words};
        }
        return error.sub_code ? find_sub_code(*error.sub_code)
                              : finding{meaning::unclear, row.words};
    }
    return {};
}

attempt_outcome outcome_of(const finding& found) {
    attempt_outcome outcome = answered(verdict::ambiguous, std::string(found.words));
    for (const auto& row : rulings) {
        if (row.what == found.what) {
            outcome.verdict = row.verdict;
            outcome.source = row.source;
            outcome.depends_on_history = row.depends_on_history;
            outcome.account_fault = row.account_fault;
            outcome.retry_once = row.retry_once;
        }
    }
    return outcome;
}

// Long enough for every sentence of the platform, short enough for a journal row.
constexpr std::size_t longest_code = 128;
constexpr std::size_t longest_message = 512;

std::optional<std::string> clipped_if(const std::optional<std::string>& text, std::size_t bytes) {
    return text ? std::optional(clipped(*text, bytes)) : std::nullopt;
}

redemption::evidence evidence_of(const error_answer& error) {
    redemption::evidence said;
    if (!error.code.empty()) {
        said.code = clipped(error.code, longest_code);
    }
    said.sub_code = clipped_if(error.sub_code, longest_code);
    said.message = clipped_if(error.sub_msg ? error.sub_msg : error.msg, longest_message);
    said.platform_request_id = clipped_if(error.request_id, longest_code);
    return said;
}

// "This ban will last for 7 more seconds": stay away one second longer, as the ban is cut to whole
// seconds. Without a number, one second; the core's backoff grows by itself.
std::chrono::seconds ban_named_in(std::string_view text) noexcept {
    constexpr std::string_view before = "last for ";
    constexpr std::int64_t week = 7 * 24 * 3600;
    const auto at = text.find(before);
    if (at == std::string_view::npos) {
        return std::chrono::seconds(1);
    }
    const auto number = text.substr(at + before.size());
    std::int64_t seconds = 0;
    const auto [end, fault] =
        std::from_chars(number.data(), number.data() + number.size(), seconds);
    if (fault == std::errc::result_out_of_range) {
        return std::chrono::seconds(week);
    }
    if (fault != std::errc{} || seconds < 0) {
        return std::chrono::seconds(1);
    }
    return std::chrono::seconds(std::min(seconds, week) + 1);
}

}  // namespace

attempt_outcome answered(enum verdict verdict, std::string detail) {
    attempt_outcome outcome;
    outcome.phase = redemption::phase::answered;
    outcome.verdict = verdict;
    outcome.source = error_source::platform;
    outcome.detail = std::move(detail);
    return outcome;
}

attempt_outcome network_outcome(const net::exchange_outcome& exchange) {
    attempt_outcome outcome;
    const bool untouched = exchange.phase == net::send_phase::not_sent;
    outcome.phase = untouched ? redemption::phase::not_sent : redemption::phase::maybe_sent;
    outcome.verdict = untouched ? verdict::not_executed : verdict::ambiguous;
    outcome.source = error_source::network;
    outcome.detail = exchange.detail;
    return outcome;
}

attempt_outcome unreadable_outcome(const unreadable_answer& unreadable) {
    auto outcome = answered(verdict::ambiguous, unreadable.why);
    if (unreadable.hint) {
        outcome.said = evidence_of(*unreadable.hint);
    }
    return outcome;
}

attempt_outcome error_outcome(const error_answer& error) {
    const auto found = find_error(error);
    auto outcome = outcome_of(found);
    outcome.said = evidence_of(error);
    if (found.what == meaning::throttled) {
        outcome.ban = ban_named_in(error.sub_msg.value_or(error.msg.value_or("")));
    }
    return outcome;
}

std::optional<attempt_outcome> known_sub_code_outcome(std::string_view sub_code) {
    if (const auto* row = known_row(sub_code)) {
        return outcome_of({row->what, row->words});
    }
    if (sub_code.starts_with(prefixes[0].name)) {
        return outcome_of({prefixes[0].what, prefixes[0].words});
    }
    return std::nullopt;
}

}  // namespace gateway::taobao
