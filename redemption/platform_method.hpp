#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "redemption/model.hpp"
#include "text/code_text.hpp"
#include "text/member_fault.hpp"

// The core's port to the platforms: what a method tells the core about its parameters, and what one
// attempt came to.

namespace gateway::redemption {

using param_fault = text::member_fault;

// The facts about a method's parameters that the core needs without understanding them.
struct terms {
    params_text canonical;  // as given, deterministic: equal wishes have equal text
    // As the journal and every attempt have them: `canonical`, and what complete() adds.
    params_text params;
    std::optional<natural_key> natural;
    std::vector<order_key> orders;
    std::vector<running_total> totals;
    bool replay_safe = false;
};

using params_reading = std::variant<terms, text::fault_list>;

enum class platform_kind : std::uint8_t { alipay, taobao };
std::string_view to_string(platform_kind) noexcept;

// "alipay:<app_id>" or "taobao:<app_key>".
platform_identity identity_of(platform_kind platform, std::string_view app);

// The part of a wish from which a parameter that may be left out is derived: the same wish gives
// the same one for ever, whatever the gateway remembers.
struct derivation {
    const platform_identity& identity;
    const caller_name& caller;  // under its oldest name
    const idempotency_key& key;
};

// One platform method, stateless; lives as long as the program.
class platform_method {
public:
    virtual ~platform_method() = default;
    virtual base::fixed_text name() const noexcept = 0;
    virtual platform_kind platform() const noexcept = 0;
    virtual std::chrono::seconds default_expires_in() const noexcept = 0;
    // Only accounts with a session serve it (docs/redemption-rules.md, When it may be sent again).
    virtual bool needs_session() const noexcept { return false; }
    // Checks and types the parameters (a JSON object). All faults at once, pointers relative to the
    // object. `codes` is `recorded` for a wish that an earlier version may have accepted.
    virtual params_reading read(const params_text& given, text::code_rule codes) const = 0;
    // Adds what the caller may leave out, to the parameters and to what follows from them.
    virtual void complete(terms&, const derivation&) const {}
};

// The input of one attempt.
struct attempt_request {
    const platform_method* method = nullptr;
    const params_text* params = nullptr;  // terms::params; outlives the attempt
    bool replay_safe = false;
    bool ambiguous_before = false;  // an earlier attempt of this redemption may have been executed
    // For the exchange, from the moment it has a connection (docs/redemption-rules.md, Time).
    std::chrono::milliseconds limit{10'000};
    // Until when the first byte may leave (base::runtime::since_boot), asked right before it does;
    // empty: any time.
    std::function<std::chrono::nanoseconds()> send_by{};
};

// The part that a fault, if it is not the redemption's, stops as far as it is proven
// (docs/redemption-rules.md, Account faults).
enum class fault_scope : std::uint8_t {
    none,
    method,   // the account's calls of this method: a permission, or the way in which it is called
    account,  // all its calls: key, signature, app or session
};

// The result of one attempt: the only thing that the core learns from a platform.
struct attempt_outcome {
    enum phase phase = phase::not_sent;
    enum verdict verdict = verdict::not_executed;
    evidence said;
    error_source source = error_source::network;
    base::redacted_text detail;  // one sentence for a problem
    std::string
        result;  // JSON object text, when executed (or the platform's fields on a no); else empty
    // Not the redemption's fault, and it would meet others: this much pauses.
    fault_scope stops = fault_scope::none;
    // The host was not reached, broke off, kept silent, or answered in a shape that is not the
    // platform's: counts for the breaker (docs/redemption-rules.md, Circuit breaker). A refusal
    // does not.
    bool transport_fault = false;
    // How long the answer asks to leave its host alone (Retry-After).
    std::optional<std::chrono::milliseconds> hold;
    // How long the account must not call the method: named by the platform, or guessed when it
    // limits calls without saying how long; then the redemption's own pauses grow as well.
    std::optional<std::chrono::milliseconds> ban;
    bool ban_guessed = false;
    // Far longer than the platform's documents name: obeyed, but tried now and then
    // (docs/redemption-rules.md, Bans).
    bool ban_doubted = false;
    // One more attempt is worth it, but not a second one in a row with the same outcome: then the
    // redemption is given up as if its time were over. E.g. clock skew.
    bool retry_once = false;
};

// One configured account of a platform. Loop thread only; never throws; ends by itself (waiting for
// a connection has a limit, too) and is never cancelled.
class platform_account {
public:
    virtual ~platform_account() = default;
    virtual const account_name& name() const noexcept = 0;
    virtual platform_kind platform() const noexcept = 0;
    // The app whose credentials it has; stays the same as long as the account.
    virtual const platform_identity& identity() const noexcept = 0;
    virtual boost::asio::awaitable<attempt_outcome> attempt(attempt_request request) = 0;
};

}  // namespace gateway::redemption
