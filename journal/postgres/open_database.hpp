#pragma once

#include <cstdint>
#include <optional>

#include "journal/postgres/postgres_journal.hpp"

// The opening of the journal: its sessions, its keys and the row of this process.

namespace gateway::journal::postgres {

// Everything that the journal is made of.
struct opened_database {
    checked_server writer;
    connection reader;
    connection lister;  // another reader, for lists
    bool created = false;
    std::optional<redemption::time_point> created_at;
    journal_keys keys;
    writer_identity me;
};

// Brings the tables up to date, checks the server and enrols this process; adds the ids of the keys
// and the process's token to `settings`. Throws as open_postgres_journal().
opened_database open_database(const base::runtime& time, postgres_settings& settings);

// A session of a reader. After a crash a primary shows commits that no standby has: a write of
// `replica` is confirmed first, and with it everything before it.
pg_outcome<connection> open_reader(
    const base::runtime& time, connection_settings settings, std::int64_t replica
);

}  // namespace gateway::journal::postgres
