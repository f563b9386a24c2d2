#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/redacted_text.hpp"
#include "base/secret_text.hpp"

// The terms of docs/redemption-rules.md (Glossary) as types. Plain values; no behaviour beyond
// names.

namespace gateway::redemption {

// Wall-clock milliseconds, always UTC.
using time_point = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

// Text that means one thing and can't be passed where another is meant.
template <class Tag>
class strong_text {
public:
    strong_text() = default;
    explicit strong_text(std::string value) : value_(std::move(value)) {}
    const std::string& str() const noexcept { return value_; }
    std::string_view view() const noexcept { return value_; }
    bool empty() const noexcept { return value_.empty(); }
    // Problems and log lines may carry it (base/redacted_text.hpp).
    static constexpr bool may_be_shown = requires { Tag::may_be_shown; };
    friend auto operator<=>(const strong_text&, const strong_text&) = default;

private:
    std::string value_;
};

struct shown_tag {
    static constexpr bool may_be_shown = true;
};
struct redemption_id_tag : shown_tag {};
struct caller_name_tag : shown_tag {};
struct account_name_tag : shown_tag {};
struct method_name_tag : shown_tag {};
struct platform_identity_tag : shown_tag {};

using redemption_id = strong_text<redemption_id_tag>;  // UUIDv7, lower case
using caller_name = strong_text<caller_name_tag>;  // configured name; "anonymous" on an open API
using idempotency_key = strong_text<struct idempotency_key_tag>;  // unquoted
using account_name = strong_text<account_name_tag>;
using method_name = strong_text<method_name_tag>;  // the platform's own
// Platform and app, "alipay:2021000000000001": natural keys, running totals and orders belong to
// it, whatever name the configuration gives the account.
using platform_identity = strong_text<platform_identity_tag>;
using natural_key = strong_text<struct natural_key_tag>;  // the platform's duplicate handle
using order_key =
    strong_text<struct order_key_tag>;  // redemptions sharing one go out one at a time

// JSON text of a method's parameters: holds codes and card numbers, so it is guarded as they are.
using params_text = base::guarded_text<struct params_text_tag>;

using fingerprint = std::array<std::uint8_t, 32>;  // SHA-256 of the canonical body

enum class state : std::uint8_t {
    pending,    // being worked on
    succeeded,  // the platform confirmed it; final
    rejected,   // a final no, nothing redeemed; final
    failed,     // given up and proven not redeemed; the same key starts over
    unknown,    // may have happened, and sending again could double it: an operator decides
};

enum class phase : std::uint8_t { not_sent, maybe_sent, answered };

enum class verdict : std::uint8_t {
    executed,
    refused,       // a final no
    not_executed,  // proven; may be sent again
    ambiguous,     // may have happened
};

constexpr bool is_final(state s) noexcept {
    return s == state::succeeded || s == state::rejected || s == state::failed;
}

base::fixed_text to_string(state) noexcept;
base::fixed_text to_string(phase) noexcept;
base::fixed_text to_string(verdict) noexcept;
std::optional<state> state_from(std::string_view) noexcept;
std::optional<phase> phase_from(std::string_view) noexcept;
std::optional<verdict> verdict_from(std::string_view) noexcept;

// The words of the platform, or of the network, about one attempt, for people. The core never
// branches on them.
struct evidence {
    std::optional<base::redacted_text> code;
    std::optional<base::redacted_text> sub_code;
    std::optional<base::redacted_text> message;
    std::optional<base::redacted_text> platform_request_id;
};

// Where an error comes from, as problems name it (docs/api.md, Problems).
enum class error_source : std::uint8_t { caller, gateway, network, platform, operators };
base::fixed_text to_string(error_source) noexcept;
std::optional<error_source> error_source_from(std::string_view) noexcept;

struct attempt {
    std::uint32_t number = 0;  // from 1
    time_point started_at{};
    std::optional<time_point> finished_at;  // absent: under way, or the process died in it
    std::optional<enum phase> phase;
    std::optional<enum verdict> verdict;
    evidence said;
    base::redacted_text detail{};  // the gateway's reason for the verdict
};

// A running total (write_off_type 1), which must never fall below one confirmed before
// (docs/redemption-rules.md, Running totals).
struct running_total {
    std::string subject;  // digest of what is counted: order and code; never the code itself
    std::int64_t total = 0;
    // The order key in the subject and the digest of the code alone, so that the total counts for
    // the order's aliases as well. Empty in what earlier versions wrote.
    order_key order{};
    std::string code{};
};

// One operator's action.
struct history_entry {
    time_point at{};
    std::string who;
    std::string action;  // "resolve", "retry"
    std::string note;
    std::optional<state> from;
    std::optional<state> to;
};

// An operator's decision about a redemption at work; applied before its next attempt.
struct operator_resolution {
    state to = state::succeeded;
    std::string note;
    std::string who;
};

// An end that the gateway itself decided and that has a problem type of its own.
enum class error_kind : std::uint8_t {
    total_would_fall,  // a higher running total was confirmed before this one could be sent
};
std::string_view to_string(error_kind) noexcept;
std::optional<error_kind> error_kind_from(std::string_view) noexcept;

// Why a redemption isn't (yet) succeeded, for callers.
struct error_info {
    error_source source = error_source::gateway;
    base::redacted_text detail;
    evidence said;
    std::optional<error_kind> kind = std::nullopt;
};

// One redemption, whole: what the journal keeps and a caller sees.
struct record {
    redemption_id id;
    caller_name caller;
    // Earlier names of the caller, under which its keys are found as well; not stored.
    std::vector<caller_name> formerly{};
    idempotency_key key;
    fingerprint body{};
    method_name method;
    account_name account;
    platform_identity identity{};  // of the account when it was accepted; empty: not known
    params_text params;            // canonical, complete (derived ones included)
    std::optional<natural_key> natural;
    // The order keys it came with; read from the journal, the canonical key of its order too.
    std::vector<order_key> orders;
    std::vector<running_total> totals;
    bool replay_safe = false;

    enum state state = state::pending;
    time_point created_at{};
    time_point updated_at{};
    time_point expires_at{};
    std::chrono::milliseconds lifetime{0};  // from going to work until it expires, as accepted
    // Pending, and not this process's to work on: another one has it, or will take it. Not stored.
    bool elsewhere = false;
    std::vector<attempt> attempts;
    std::string result;  // JSON object text of the platform's own response fields; empty: none
    std::optional<error_info> error;
    std::vector<history_entry> history;
};

// An operator's last decision that it was not redeemed and may start over; none: nullptr. It
// settles every attempt before.
const history_entry* decided_failed(const record& what) noexcept;

// Natural keys, running totals, orders and bans are kept apart by it: the identity, or, while that
// is not known, "account:" and the account's name.
platform_identity scope_of(const platform_identity& identity, const account_name& account);
platform_identity scope_of(const record& what);
// Whether a scope is that of an app, not of an account's name.
bool is_known(const platform_identity& scope) noexcept;

// In doubt: an attempt of it may have been executed without our knowing
// (docs/redemption-rules.md, Ambiguous attempts).
bool has_ambiguous_attempt(const record& what) noexcept;

// The redemptions that a reader may see.
struct visibility {
    std::optional<caller_name> caller{};                  // this caller's only; absent: all
    std::optional<std::vector<account_name>> accounts{};  // of these accounts only; absent: all
};
bool shows(const visibility& to, const record& what) noexcept;

}  // namespace gateway::redemption
