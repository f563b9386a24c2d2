#pragma once

#include <optional>

#include "base/redacted_text.hpp"
#include "journal/postgres/connection.hpp"

namespace gateway::journal::postgres {

// Whether a move into the tables has begun and not ended (docs/journal-postgres.md, Moving from
// SQLite): no gateway may serve them.
pg_outcome<bool> is_being_moved(connection& on);

// The time of the journal's creation, kept by the first process that finds no redemption in it;
// none: it is older than this table.
pg_outcome<std::optional<redemption::time_point>> birth_of(
    connection& on, redemption::time_point now
);

}  // namespace gateway::journal::postgres
