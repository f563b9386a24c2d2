#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "redemption/model.hpp"

// The core's port to its memory (contract §5). Every call resumes on the loop, after what it wrote
// is durable.

namespace gateway::redemption {

namespace asio = boost::asio;

// Why the journal could not do it. Nothing of the call was written.
struct journal_error {
    std::string reason;  // one sentence, for /readyz, logs and the 503
    friend bool operator==(const journal_error&, const journal_error&) = default;
};

template <class T>
using journal_result = boost::system::result<T, journal_error>;

// What an accept found instead of a free place. Checked in this order, in the transaction that
// would insert.
struct key_taken {
    record existing;
};
struct natural_key_taken {
    redemption_id by;
};
struct total_would_fall {
    std::int64_t confirmed = 0;
};
struct accepted {
    // Where others of its order may stand: first the name that stands for all of them, then those
    // that did so for some of them until now.
    std::vector<order_key> lines;
    bool started = false;
};
using accept_outcome = std::variant<accepted, key_taken, natural_key_taken, total_would_fall>;

struct attempt_started {};
using start_outcome = std::variant<attempt_started, total_would_fall>;

// The end of an attempt and what it makes of the redemption, one transaction.
struct settlement {
    redemption_id id;
    std::optional<attempt> ended;  // absent: only the state changes (expiry, an operator's word)
    enum state state = state::pending;
    time_point at{};
    std::optional<time_point> expires_at;  // when it changes (a failed redemption starting over)
    std::string result;                    // empty: unchanged
    std::optional<error_info> error;
    std::optional<history_entry> history;
    std::vector<running_total> confirmed;  // totals to raise (never lowered)
    // How long from `at` the platform told the account to leave the method alone.
    std::optional<std::chrono::milliseconds> ban;
};

// What an operator's word found: what it was said about, or something else by now.
struct decided {
    std::vector<order_key> lines;  // as of an accepted one
};
struct changed_meanwhile {
    record existing;
};
using decide_outcome = std::variant<decided, changed_meanwhile>;

struct told_ban {
    account_name account;
    method_name method;
    time_point told_at{};
    std::chrono::milliseconds length{0};
};

struct list_filter {
    std::optional<caller_name> caller;
    std::optional<state> in_state;
    std::optional<method_name> method;
    std::optional<account_name> account;
    std::optional<idempotency_key> key;
    std::optional<natural_key> natural;
    std::optional<time_point> created_after;
    std::optional<time_point> created_before;
    std::uint32_t limit = 50;
    std::optional<redemption_id> after;  // cursor: continue below this id (ids grow with time)
};

class journal {
public:
    virtual ~journal() = default;

    // Inserts `wish` unless its (caller, key), natural key (against pending, succeeded, unknown
    // ones of the same account and method) or running totals forbid it. The names it gives its
    // order are one line from now on, with all that were named together with one of them before;
    // totals of one are totals of all. With `first`, the attempt's start is durable too, unless
    // others of its order may stand in a line that it doesn't name.
    virtual asio::awaitable<journal_result<accept_outcome>> accept(
        const record& wish, std::optional<attempt> first
    ) = 0;
    // A failed redemption starts over: pending again with a new expiry and lifetime, behind those
    // that wait, unless its natural key is taken or its total confirmed higher meanwhile.
    virtual asio::awaitable<journal_result<accept_outcome>> restart(
        const record& wish, std::optional<attempt> first
    ) = 0;
    // Checked in the transaction that would write it: nothing starts below a confirmed total.
    virtual asio::awaitable<journal_result<start_outcome>> start_attempt(
        const redemption_id& id, const attempt& started
    ) = 0;
    // What becomes pending again stands behind those that wait.
    virtual asio::awaitable<journal_result<void>> settle(const settlement& what) = 0;
    // An operator's word on one seen unknown, unchanged since `seen` (its updated_at): settles it
    // only while that is so, checked in the transaction. Of two words on one doubt one counts.
    virtual asio::awaitable<journal_result<decide_outcome>> decide(
        const settlement& what, time_point seen
    ) = 0;

    virtual asio::awaitable<journal_result<std::optional<record>>> find(const redemption_id& id
    ) = 0;
    virtual asio::awaitable<journal_result<std::optional<record>>> find_by_key(
        const caller_name& caller, const idempotency_key& key
    ) = 0;
    virtual asio::awaitable<journal_result<std::vector<record>>> list(const list_filter& filter
    ) = 0;
    // Everything pending, for the pick-up after a start, in the order in which it went to work:
    // accepted, started over, or sent again by hand.
    virtual asio::awaitable<journal_result<std::vector<record>>> load_pending() = 0;
    // The last ban of each account and method, over or not.
    virtual asio::awaitable<journal_result<std::vector<told_ban>>> load_bans() = 0;
    // How many are unknown (for the gauge), asked once at start.
    virtual asio::awaitable<journal_result<std::uint64_t>> count_unknown() = 0;
    // A cheap durable write that proves the journal works, for coming back after trouble.
    virtual asio::awaitable<journal_result<void>> probe() = 0;
    // Removes up to `at_most` succeeded, rejected and failed redemptions last changed before
    // `before`; tells how many.
    virtual asio::awaitable<journal_result<std::size_t>> remove_final_before(
        time_point before, std::size_t at_most
    ) = 0;
    // Why it can't be written now, or nothing. Cheap; for /readyz.
    virtual std::optional<journal_error> trouble() const = 0;
};

}  // namespace gateway::redemption
