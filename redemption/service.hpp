#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "redemption/caller_wait.hpp"
#include "redemption/journal.hpp"
#include "redemption/model.hpp"
#include "redemption/platform_method.hpp"
#include "redemption/rules/account_limits.hpp"

// The core as handlers use it. Loop thread only. Nothing here throws for what callers,
// platforms or the journal do.

namespace gateway::redemption {

// One caller's wish, read and checked.
struct submission {
    redemption_id id;  // fresh; used if the wish is new
    caller_name caller;
    idempotency_key key;
    const platform_method* method = nullptr;
    account_name account;
    redemption::terms terms;
    fingerprint body{};
    std::chrono::seconds expires_in{60};
};

// A redemption at the moment when a caller's wait ended.
struct redemption_snapshot {
    redemption::record record;
    bool replayed = false;  // it was final before this call
    // How long a caller does well to wait before asking again, when not final.
    std::chrono::seconds ask_again{1};
};
struct key_reused {
    redemption_id by;
};
struct natural_key_in_use {
    redemption_id by;
};
struct total_falls {
    std::int64_t confirmed = 0;
    std::optional<redemption_id> by = std::nullopt;
    bool in_doubt = false;  // it may have been executed, but was not confirmed
};
// The journal has not answered in time: nobody knows yet whether the wish was taken, and it may
// still be sent. The same request may be repeated with the same key.
struct acceptance_pending {
    std::chrono::seconds retry_after{1};
};
// The redemption failed and its account is not configured any more, so that it can't start over.
struct account_not_configured {
    redemption::record record;
};
// This request was not taken, and may come again. What an earlier one with the same key did stands.
struct unavailable {
    enum class why { draining, journal, saturated } reason = why::journal;
    base::redacted_text detail;
    std::chrono::seconds retry_after{1};
};
struct not_found {};
struct not_allowed_now {  // resolve or retry in a state that doesn't permit it
    redemption::record record;
    base::redacted_text detail;
};

using submit_outcome = std::variant<
    redemption_snapshot,
    key_reused,
    natural_key_in_use,
    total_falls,
    unavailable,
    account_not_configured,
    acceptance_pending>;
using find_outcome = std::variant<redemption_snapshot, not_found, unavailable>;
// `acceptance_pending`: the action is not recorded yet, and may be.
using operate_outcome =
    std::variant<redemption_snapshot, not_found, not_allowed_now, unavailable, acceptance_pending>;
using list_outcome = std::variant<std::vector<record>, unavailable>;

// A platform's demand to leave one method of an account alone.
struct account_ban {
    method_name method;
    std::chrono::milliseconds left{0};
    // Of one that is doubted: until a call tries whether it still holds.
    std::optional<std::chrono::milliseconds> trial_in = std::nullopt;
};

// A method of an account that sends nothing because of a fault that stops no more than the method.
struct paused_method {
    method_name method;
    base::redacted_text why;  // the platform's words
};

// Health of one account as /v1/accounts shows it.
struct account_health {
    account_name name;
    // False: only what the journal holds as pending knows it, and nothing of that is sent. Then
    // `pending` is all that is told of it.
    bool configured = true;
    std::size_t pending = 0;  // redemptions at work, in doubt or not
    platform_kind platform = platform_kind::alipay;
    bool paused = false;
    base::redacted_text why;  // the platform's words, when paused
    std::size_t in_flight = 0;
    std::size_t waiting = 0;  // redemptions; the ones in doubt are not counted
    account_limits limits;
    breaker_state breaker = breaker_state::closed;
    std::uint32_t faults_in_a_row = 0;      // of its host
    base::redacted_text last_fault;         // of its host, while not closed
    std::chrono::milliseconds probe_in{0};  // while open
    std::vector<account_ban> bans;
    std::vector<paused_method> paused_methods;
};

using try_now_outcome = std::variant<account_health, not_found, unavailable>;

class service {
public:
    virtual ~service() = default;

    // Takes the wish (or attaches to the equal one at work, or replays the answer) and waits until
    // it is final, unknown, or the caller's wait has ended. A wait that ends early does not stop
    // the redemption.
    virtual boost::asio::awaitable<submit_outcome> submit(submission wish, caller_wait caller) = 0;
    // A redemption that the reader may not see is not_found, after the same work as one that does
    // not exist.
    virtual boost::asio::awaitable<find_outcome> find(
        redemption_id id, visibility reader, caller_wait caller
    ) = 0;
    virtual boost::asio::awaitable<find_outcome> find_by_key(
        caller_name caller, idempotency_key key
    ) = 0;
    virtual boost::asio::awaitable<list_outcome> list(list_filter filter) = 0;
    virtual boost::asio::awaitable<operate_outcome> resolve(
        redemption_id id, state to, std::string note, std::string who
    ) = 0;
    virtual boost::asio::awaitable<operate_outcome> retry(
        redemption_id id, std::string note, std::string who
    ) = 0;
    virtual std::vector<account_health> accounts() const = 0;
    // An operator wants the account tried now: its pauses and bans end, and the next call probes an
    // open breaker. With `method`, only that method's own pause and ban end, besides what stops the
    // account. A ban does not come back with the next start.
    virtual boost::asio::awaitable<try_now_outcome> try_now(
        account_name account, std::optional<method_name> method, std::string who
    ) = 0;
    // Why it can't take new work now, or nothing.
    virtual std::optional<unavailable> obstacle() const = 0;
};

// The methods the program knows and the accounts that serve them. Built once.
class directory {
public:
    virtual ~directory() = default;
    virtual const platform_method* method(std::string_view name) const = 0;
    virtual std::vector<base::fixed_text> method_names() const = 0;
    // Names of the accounts that serve the method.
    virtual std::vector<account_name> accounts_for(const platform_method& method) const = 0;
    virtual std::chrono::seconds expires_in(const platform_method& method) const = 0;
};

}  // namespace gateway::redemption
