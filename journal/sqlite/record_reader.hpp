#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "journal/managed_journal.hpp"
#include "journal/sqlite/file_keys.hpp"
#include "journal/sqlite/order_aliases.hpp"
#include "journal/sqlite/statement.hpp"
#include "redemption/journal.hpp"

namespace gateway::journal {

// Positions in the queue of pending redemptions.
struct queue_range {
    std::int64_t after = -1;
    std::int64_t until = 0;
};
struct pending_page {
    std::vector<redemption::record> records;
    queue_range rest;
};

// Rows that a list could not read in full are counted here.
struct listing {
    std::vector<redemption::record> records;
    std::size_t unreadable = 0;
    base::redacted_text why;  // the last of them could not be read
};

// The read operations, on one connection; synchronous, thread of the connection. The caller opens a
// transaction where several reads must agree.
class record_reader {
public:
    // Both must outlive this object.
    record_reader(database& db, const file_keys& keys);

    db_result<std::optional<redemption::record>> find(const redemption::redemption_id& id);
    db_result<std::optional<redemption::record>> find_by_key(
        const redemption::caller_name& caller, const redemption::idempotency_key& key
    );
    // A record whose sealed parts can't be read is listed without them, with the reason as its
    // error if it has none of its own, so that it doesn't hide the others. Every other read fails
    // for it.
    db_result<listing> list(const redemption::list_filter& filter);
    // At most `at_most` of the pending redemptions in the range, in the order of the queue.
    db_result<pending_page> load_pending(const queue_range& within, std::size_t at_most);
    db_result<std::uint64_t> count_unknown();
    db_result<std::optional<redemption::time_point>> newest_change();
    // Without a key nothing is to be sealed.
    db_result<clear_rows> count_in_clear(std::int64_t after);
    db_result<std::vector<redemption::recorded_ban>> load_bans();
    db_result<std::vector<redemption::unconfigured_name>> find_unconfigured(
        const redemption::configured_names& configured
    );
    db_result<std::vector<redemption::account_identity>> account_names();
    // The redemption that holds the natural key now, if any.
    db_result<std::optional<redemption::redemption_id>> holder_of(
        const redemption::platform_identity& identity,
        const redemption::method_name& method,
        const redemption::natural_key& natural
    );

private:
    db_result<std::optional<redemption::record>> one(
        statement& query, std::span<const sql_value> values
    );
    db_result<std::vector<redemption::record>> many(
        statement& query, std::span<const sql_value> values
    );
    db_result<void> add_children(std::int64_t seq, redemption::record& to);
    db_result<void> add_orders(std::int64_t seq, redemption::record& to);
    db_result<void> add_sealed(const row& at, redemption::record& to);

    database& db_;
    const file_keys& keys_;
    statement by_id_;
    statement by_key_;
    statement pending_;
    statement queued_of_;
    statement bans_;
    statement unknown_count_;
    statement newest_;
    statement attempts_;
    statement orders_;
    order_aliases aliases_;
    statement totals_;
    statement history_;
    statement holder_;
};

}  // namespace gateway::journal
