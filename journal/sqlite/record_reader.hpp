#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "journal/sqlite/database.hpp"
#include "journal/sqlite/file_keys.hpp"
#include "journal/sqlite/order_aliases.hpp"
#include "redemption/journal.hpp"

namespace gateway::journal {

// What a list could not read is left out of the records and told here.
struct listing {
    std::vector<redemption::record> records;
    std::size_t unreadable = 0;
    std::string why;  // of the last unreadable one
};

// The questions one can ask the journal, on one connection; synchronous, thread of the connection.
// The caller opens a transaction where several answers must agree.
class record_reader {
public:
    // Both must outlive the reader.
    record_reader(database& db, const file_keys& keys);

    db_result<std::optional<redemption::record>> find(const redemption::redemption_id& id);
    db_result<std::optional<redemption::record>> find_by_key(
        const redemption::caller_name& caller, const redemption::idempotency_key& key
    );
    // A record whose sealed parts can't be read comes without them, with the reason as its error if
    // it has none of its own: one must not hide the others. Every other question fails for it.
    db_result<listing> list(const redemption::list_filter& filter);
    db_result<std::vector<redemption::record>> load_pending();
    db_result<std::uint64_t> count_unknown();
    db_result<std::vector<redemption::recorded_ban>> load_bans();
    // The highest total confirmed for each subject, under whatever name of its order, 0 where none
    // was; same order as asked.
    db_result<std::vector<std::int64_t>> confirmed_totals(
        const redemption::account_name& account,
        const redemption::method_name& method,
        const std::vector<redemption::running_total>& subjects
    );
    // Whose the natural key is now, if anybody's.
    db_result<std::optional<redemption::redemption_id>> holder_of(
        const redemption::account_name& account,
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
    statement bans_;
    statement unknown_count_;
    statement attempts_;
    statement orders_;
    order_aliases aliases_;
    statement totals_;
    statement history_;
    statement confirmed_;
    statement holder_;
};

}  // namespace gateway::journal
