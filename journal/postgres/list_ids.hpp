#pragma once

#include <span>
#include <vector>

#include "journal/postgres/connection.hpp"
#include "redemption/journal.hpp"

// Which redemptions a list shows. One index leads to them, newest first; their records are read
// afterwards (docs/journal-postgres.md, Lists).

namespace gateway::journal::postgres {

std::span<const statement> list_statements();

// At most `filter.limit` ids, newest first.
pg_outcome<std::vector<redemption::redemption_id>> list_ids(
    connection& on, const redemption::list_filter& filter
);

}  // namespace gateway::journal::postgres
