#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "journal/postgres/connection.hpp"

// The tables in numbered migrations (docs/journal-postgres.md, Schema).

namespace gateway::journal::postgres {

struct migration {
    int number = 0;  // from 1, without gaps; schema_version.version after it ran
    std::string_view name;
    std::string_view sql;
};

// journal/postgres/schema/*.sql in number order, embedded at build time.
std::span<const migration> migrations() noexcept;

struct schema_state {
    int version = 0;     // 0: no tables yet
    int works_from = 0;  // programs that know fewer migrations may not write
};

pg_outcome<schema_state> read_schema(connection& on);

// Runs the missing migrations, each in a transaction of its own under the lock on schema_version,
// so that several processes may start at once. Needs the right to create tables only when one is
// missing. A newer schema is left as it is.
pg_outcome<schema_state> bring_up_to_date(connection& on, std::span<const migration> all);

}  // namespace gateway::journal::postgres
