#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "journal/postgres/connection.hpp"
#include "journal/postgres/record_codec.hpp"
#include "redemption/journal.hpp"

// The questions of redemption/journal.hpp in SQL. Each runs on the thread of the session and sees
// what was committed before.

namespace gateway::journal::postgres {

// The statements of the questions, for the table of the session that they run on.
std::span<const statement> query_statements();

// Records of a list; one whose sealed texts can't be read says so in its error.
struct listing {
    std::vector<redemption::record> records;
    std::size_t unreadable = 0;
    base::redacted_text why;  // of the last one that can't be read
};

// Of "SELECT scope, method, since, length_ms, doubted FROM bans".
pg_outcome<std::vector<redemption::recorded_ban>> read_bans(const rows& from);

class queries {
public:
    // Both outlive this object, which belongs to one thread. `me` is this process: what others work
    // on is shown as at work elsewhere.
    queries(connection& on, const journal_keys& keys, std::int64_t me)
        : on_(on), keys_(keys), me_(me) {}

    // An error when its sealed texts can't be read.
    pg_outcome<std::optional<redemption::record>> find(const redemption::redemption_id& id);
    pg_outcome<std::optional<redemption::record>> find_by_key(
        const redemption::caller_name& caller, const redemption::idempotency_key& key
    );
    pg_outcome<listing> list(const redemption::list_filter& filter);
    pg_outcome<redemption::observation> look(
        const std::vector<redemption::redemption_id>& watched,
        const std::vector<redemption::redemption_id>& waiting
    );
    pg_outcome<std::vector<redemption::recorded_ban>> load_bans();
    pg_outcome<std::uint64_t> count_unknown();
    pg_outcome<std::optional<redemption::time_point>> newest_change();
    pg_outcome<std::vector<redemption::account_identity>> account_names();
    pg_outcome<std::vector<redemption::unconfigured_name>> find_unconfigured(
        const redemption::configured_names& configured
    );

private:
    pg_outcome<std::optional<redemption::record>> first_of(const call& one);
    void mark(stored_record& row) const;

    connection& on_;
    const journal_keys& keys_;
    const std::int64_t me_;
};

}  // namespace gateway::journal::postgres
