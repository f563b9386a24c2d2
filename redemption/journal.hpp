#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "redemption/model.hpp"

// The core's port to its memory. Every call resumes on the loop, after what it wrote is durable
// (docs/journal.md, What is durable when).

namespace gateway::redemption {

namespace asio = boost::asio;

// Why the journal could not do it. This process takes nothing of the call as written.
struct journal_error {
    // One sentence for callers, /readyz and logs; names no file.
    base::redacted_text reason;
    // The call may be found by the next start all the same: no caller may be told that it was not
    // taken (docs/journal.md, A commit in doubt).
    bool in_doubt = false;
    friend bool operator==(const journal_error&, const journal_error&) = default;
};

template <class T>
using journal_result = boost::system::result<T, journal_error>;

// Why accept() or restart() wrote nothing. Checked in this order, in the transaction that would
// write.
struct key_taken {
    record existing;
};
struct natural_key_taken {
    redemption_id by;
};
struct total_would_fall {
    std::int64_t confirmed = 0;                      // the higher total
    std::optional<redemption_id> by = std::nullopt;  // the redemption with that total, while kept
    bool in_doubt = false;  // it may have been executed, but was not confirmed
};
struct accepted {
    // First the canonical key of its order, then the keys that were canonical for a part of the
    // order until now: other redemptions of the order may be queued under each of them
    // (docs/journal.md, Order aliases).
    std::vector<order_key> order_aliases;
    bool started = false;
};
using accept_outcome = std::variant<accepted, key_taken, natural_key_taken, total_would_fall>;

struct attempt_started {};
// Another redemption of its order, which another process works on, comes first.
struct not_its_turn {};
// Another process has taken the redemption over: nothing of the call was written.
struct not_ours {};
using start_outcome = std::variant<attempt_started, total_would_fall, not_its_turn, not_ours>;

struct settled {};
using settle_outcome = std::variant<settled, not_ours>;

// The answer to tell_late().
struct late_answer {
    std::optional<record> now;  // as it is, when the evidence changed more than the attempt
    bool not_closed = false;    // the attempt is under way in another process: tell it again later
    bool contradicts = false;   // it was executed, but resolved as not redeemed: see `now`
};

// The end of an attempt and what it makes of the redemption, one transaction.
struct settlement {
    redemption_id id;
    std::optional<attempt> ended;  // absent: only the state changes (expiry, an operator's request)
    enum state state = state::pending;
    time_point at{};
    std::optional<time_point> expires_at;  // when it changes (an operator's retry)
    std::string result;                    // empty: unchanged
    std::optional<error_info> error;
    std::optional<history_entry> history;
    std::vector<running_total> confirmed;  // totals to raise (never lowered)
    // How long, from `at`, the platform bans the account's calls of the method.
    std::optional<std::chrono::milliseconds> ban;
    bool ban_doubted = false;  // it is tried now and then
};

// decide() settled the redemption, or found that it has changed since the operator read it, or that
// sending it again could let a total fall.
struct decided {
    std::vector<order_key> order_aliases;  // as in `accepted`
};
struct changed_meanwhile {
    record existing;
};
using decide_outcome = std::variant<decided, changed_meanwhile, total_would_fall>;

// A configured account and its app.
struct account_identity {
    account_name account;
    platform_identity identity;
    friend bool operator==(const account_identity&, const account_identity&) = default;
};

struct recorded_ban {
    platform_identity identity;  // scope_of() the redemption that brought it
    method_name method;
    time_point since{};
    std::chrono::milliseconds length{0};
    bool doubted = false;
};

// The answer to look().
struct observation {
    std::vector<redemption_id> ended;  // of those watched: no longer pending
    std::vector<redemption_id> turns;  // of those waiting: nothing of their order comes first
};

struct configured_names {
    std::vector<account_name> accounts;
    std::vector<caller_name> callers;  // their earlier names, too
};
// A name of redemptions that is not configured.
struct unconfigured_name {
    enum class kind : std::uint8_t { account, caller } of = kind::account;
    std::string name;
    std::uint64_t redemptions = 0;
    std::uint64_t unsettled = 0;  // of them: pending or unknown
    platform_identity identity;   // of an account: its newest redemption's, if it is known
};

struct list_filter {
    std::optional<caller_name> caller;
    std::vector<caller_name> formerly{};  // its earlier names, which count as it
    std::optional<state> in_state;
    std::optional<method_name> method;
    std::optional<account_name> account;
    std::optional<std::vector<account_name>> accounts{
    };  // the accounts that the reader may see; absent: all
    // Earlier names of those of `account` and `accounts` that a row may have, each with the app
    // that it must be of: it counts as one of them.
    std::vector<account_identity> renamed{};
    std::optional<redemption_id> id{};
    std::optional<idempotency_key> key;
    std::optional<natural_key> natural;
    std::optional<time_point> created_after;   // inclusive
    std::optional<time_point> created_before;  // exclusive
    std::uint32_t limit = 50;
    std::optional<redemption_id> after;  // cursor: continue below this id (ids grow with time)
};

class journal {
public:
    virtual ~journal() = default;

    // Inserts `wish` unless its (caller or earlier name, key), its natural key (held by a pending,
    // succeeded or unknown redemption of the same scope and method) or its running totals forbid
    // it. The keys of its order become aliases of one order, together with all known aliases of
    // each; a total under one alias counts for all of them: one that was confirmed, and one in
    // doubt, of a redemption that is unknown, or pending with an ambiguous attempt. With `first`,
    // the start of that attempt is durable in the same transaction, unless redemptions of the order
    // may be queued under an alias that the wish does not give.
    virtual asio::awaitable<journal_result<accept_outcome>> accept(
        const record& wish, std::optional<attempt> first
    ) = 0;
    // Starts a failed redemption over: pending again with a new expiry and lifetime, queued behind
    // everything pending, unless its natural key was taken or its total would fall meanwhile. From
    // then on it belongs to the identity of `wish`.
    virtual asio::awaitable<journal_result<accept_outcome>> restart(
        const record& wish, std::optional<attempt> first
    ) = 0;
    // The transaction refuses a start below a total that is confirmed or in doubt.
    virtual asio::awaitable<journal_result<start_outcome>> start_attempt(
        const redemption_id& id, const attempt& started
    ) = 0;
    // A redemption that becomes pending again is queued behind everything pending.
    virtual asio::awaitable<journal_result<settle_outcome>> settle(const settlement& what) = 0;
    // How an attempt ended that another process closed as ambiguous when it took the redemption
    // over (docs/journal.md, Several processes). It settles the doubt if it was executed, or if no
    // other attempt is in doubt. An attempt under way that no other process works on ends as by
    // settle(), and a pending redemption is this process's again.
    virtual asio::awaitable<journal_result<late_answer>> tell_late(const settlement& what) = 0;
    // An operator's settlement of an unknown redemption. The transaction checks that it is unknown
    // and unchanged since `seen` (its updated_at), so that of two concurrent requests one counts.
    // Made pending, it must not be below a total, as with accept().
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
    // Takes up to `at_most` pending redemptions that no process works on, in the order in which
    // they were queued (accepted, started over, or sent again by hand). From then on they are this
    // process's, and no later call gives them again. None: nothing is left to take.
    virtual asio::awaitable<journal_result<std::vector<record>>> take(std::size_t at_most) = 0;
    // Redemptions of this process without an attempt under way: any process may take them.
    virtual asio::awaitable<journal_result<void>> give_back(std::vector<redemption_id> which) = 0;
    // An operator's resolution of a pending redemption, for the process that works on it. False:
    // one is there already, or the redemption is not pending.
    virtual asio::awaitable<journal_result<bool>> leave_word(
        const redemption_id& id, const operator_resolution& word
    ) = 0;
    // Which of `watched` are no longer pending, and which of `waiting` have their turn. Ids that
    // the journal does not know count as ended.
    virtual asio::awaitable<journal_result<observation>> look(
        std::vector<redemption_id> watched, std::vector<redemption_id> waiting
    ) = 0;
    // The ban of each identity and method that lasts longest, over or not.
    virtual asio::awaitable<journal_result<std::vector<recorded_ban>>> load_bans() = 0;
    // load_bans() names the bans of the account no more: of that method, or of all.
    virtual asio::awaitable<journal_result<void>> lift_bans(
        const platform_identity& identity, const std::optional<method_name>& method
    ) = 0;
    // The number of unknown redemptions in the whole journal, for the gauge.
    virtual asio::awaitable<journal_result<std::uint64_t>> count_unknown() = 0;
    // The latest acceptance or end of a redemption; none without any. For the retention.
    virtual asio::awaitable<journal_result<std::optional<time_point>>> newest_change() = 0;
    // The names in the journal that are not configured.
    virtual asio::awaitable<journal_result<std::vector<unconfigured_name>>> find_unconfigured(
        const configured_names& configured
    ) = 0;
    // Each account's name in the journal with the apps of its oldest and its newest redemption.
    virtual asio::awaitable<journal_result<std::vector<account_identity>>> account_names() = 0;
    // A cheap durable write that proves that the journal works again after trouble.
    virtual asio::awaitable<journal_result<void>> probe() = 0;
    // Gives everything that earlier versions kept under the account's name to its identity, once it
    // is known. A live natural key that the identity has already stays where it is.
    virtual asio::awaitable<journal_result<void>> adopt(const account_identity& known) = 0;
    // Removes up to `at_most` succeeded, rejected and failed redemptions last changed before
    // `before`; gives their number.
    virtual asio::awaitable<journal_result<std::size_t>> remove_final_before(
        time_point before, std::size_t at_most
    ) = 0;
    // Why nothing can be written now; none when the last write succeeded. Cheap; for /readyz.
    virtual std::optional<journal_error> trouble() const = 0;
};

}  // namespace gateway::redemption
