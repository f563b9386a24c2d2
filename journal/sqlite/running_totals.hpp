#pragma once

#include <cstdint>
#include <optional>

#include "journal/sqlite/record_rows.hpp"
#include "redemption/journal.hpp"

namespace gateway::journal {

// The totals that the platform has, or may have (docs/redemption-rules.md, Running
// totals), on one connection; thread of the connection.
class running_totals {
public:
    // Both must outlive this object.
    running_totals(database& db, const file_keys& keys);

    // The owner of totals: one method of one app.
    struct scope {
        const redemption::platform_identity& identity;
        const redemption::method_name& method;
    };

    // The total that forbids a wish of these: a higher one that was confirmed for the subject, or
    // for the code under an alias of its order, or else one that may have been executed.
    db_result<std::optional<redemption::total_would_fall>> obstacle_to(
        const scope& in, const std::vector<redemption::running_total>& wanted
    );
    // The same for a stored redemption, whose own doubt doesn't count.
    db_result<std::optional<redemption::total_would_fall>> obstacle_to(
        const scope& in, std::int64_t seq
    );
    // Totals of the redemption that are confirmed; only ever raised.
    db_result<void> confirm(
        const scope& in,
        const redemption::redemption_id& by,
        const std::vector<redemption::running_total>& confirmed
    );
    // The redemption may have been executed: its totals count until it is final.
    db_result<void> doubt(std::int64_t seq);
    db_result<void> end_doubt(std::int64_t seq);

private:
    db_result<std::optional<redemption::total_would_fall>> higher_than(
        const scope& in, const stored_subject& about, std::int64_t total, std::int64_t own_seq
    );

    const file_keys& keys_;
    statement wanted_;
    statement higher_;
    statement raise_;
    statement doubt_;
    statement end_doubt_;
};

// SQL of the highest total above ?6, as total, redemption (its id, NULL: not kept) and whether it
// is in doubt. ?1 is the identity, ?2 the method, ?3 to ?5 the stored subject, order and code, ?7
// the `seq` of the redemption whose own doubt doesn't count.
extern const char* const higher_total_sql;

}  // namespace gateway::journal
