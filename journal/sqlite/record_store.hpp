#pragma once

#include <cstddef>
#include <optional>

#include "journal/sqlite/file_keys.hpp"
#include "journal/sqlite/order_aliases.hpp"
#include "journal/sqlite/record_reader.hpp"
#include "journal/sqlite/running_totals.hpp"
#include "journal/sqlite/store_statements.hpp"
#include "redemption/journal.hpp"

namespace gateway::journal {

// The write operations: the rules of redemption/journal.hpp in SQL. Synchronous, on the thread of
// the connection, always inside a transaction of the caller, which also undoes what a failed
// operation has written.
class record_store {
public:
    // Both must outlive this object.
    record_store(database& db, const file_keys& keys);

    db_result<redemption::accept_outcome> accept(
        const redemption::record& wish, const std::optional<redemption::attempt>& first
    );
    // An error when there is no such redemption; key_taken when it isn't failed (any more).
    db_result<redemption::accept_outcome> restart(
        const redemption::record& wish, const std::optional<redemption::attempt>& first
    );
    // Only while pending. Repeating it before the attempt's end changes nothing.
    db_result<redemption::start_outcome> start_attempt(
        const redemption::redemption_id& id, const redemption::attempt& started
    );
    // A final state stays: settling with the same state only completes the evidence (a repetition
    // after a commit in doubt), settling with another is an error. The stored error is replaced,
    // also by none.
    db_result<void> settle(const redemption::settlement& what);
    // An error when there is no such redemption.
    db_result<redemption::decide_outcome> decide(
        const redemption::settlement& what, redemption::time_point seen
    );
    db_result<void> probe();
    // Forgets the bans of an identity: of that method, or of all.
    db_result<void> lift_bans(
        const redemption::platform_identity& identity,
        const std::optional<redemption::method_name>& method
    );
    db_result<void> adopt(const redemption::account_identity& known);
    // Removes at most `at_most` final redemptions that ended before `limit`, oldest first; gives
    // their number.
    // `now`: rows with later times are of a clock that was ahead.
    db_result<std::size_t> remove_final_before(
        redemption::time_point limit, std::size_t at_most, redemption::time_point now
    );

private:
    struct stored {
        std::int64_t seq = 0;
        redemption::state state = redemption::state::pending;
        redemption::platform_identity identity;  // its scope
        redemption::method_name method;
    };

    static db_error no_such(const redemption::redemption_id& id);
    db_result<std::optional<stored>> look_up(const redemption::redemption_id& id);
    db_result<std::optional<redemption::accept_outcome>> obstacle_to(
        const redemption::platform_identity& scope, const redemption::record& wish
    );
    db_result<std::optional<redemption::record>> find_by_key_of(const redemption::record& wish);
    db_result<std::int64_t> insert(const redemption::record& wish);
    db_result<void> insert_children(std::int64_t seq, const redemption::record& wish);
    db_result<redemption::accept_outcome> begin_work(
        std::int64_t seq,
        const std::vector<redemption::order_key>& given,
        std::vector<redemption::order_key> aliases,
        const std::optional<redemption::attempt>& first
    );
    db_result<std::optional<redemption::total_would_fall>> obstacle_to_retry(
        const redemption::redemption_id& id
    );
    db_result<void> record_start(std::int64_t seq, const redemption::attempt& started);
    db_result<void> record_end(std::int64_t seq, const redemption::attempt& ended);
    db_result<void> update_state(std::int64_t seq, const redemption::settlement& what);
    db_result<void> update_doubt(std::int64_t seq, const redemption::settlement& what);
    db_result<void> record_extras(const stored& row, const redemption::settlement& what);

    database& db_;
    const file_keys& keys_;
    record_reader reader_;
    order_aliases aliases_;
    running_totals totals_;
    store_statements statements_;
};

}  // namespace gateway::journal
