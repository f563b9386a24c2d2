#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/redacted_text.hpp"
#include "journal/postgres/connection.hpp"
#include "journal/postgres/schema.hpp"

// What a server must be so that it keeps what it confirms (docs/journal-postgres.md, Server
// requirements). Looked at by each new connection of the writer.

namespace gateway::journal::postgres {

// What keeps a confirmed commit when the server is lost (journal.postgres.durability).
enum class durability : std::uint8_t {
    storage,  // its storage
    standby,  // a synchronous standby
};

// As the session sees them.
struct server_facts {
    std::int32_t version = 0;  // server_version_num
    bool in_recovery = false;
    bool read_only = false;
    bool fsync = false;
    bool full_page_writes = false;
    std::string synchronous_commit;
    std::string default_isolation;
    std::string synchronous_standby_names;
    std::string encoding;  // of the database
    std::string started;   // when, by its own clock: each server and each start has another one
};

// One round trip.
pg_outcome<server_facts> read_facts(connection& on);

// Why the journal must not be written on such tables; none: it may. `newest`: the last migration
// that this program knows.
std::optional<base::redacted_text> fault_of(const schema_state& found, int newest);

// Why the journal must not be written on such a server, one sentence each; empty: it may. Without
// `found` the schema is not judged. `newest`: the last migration that this program knows.
std::vector<base::redacted_text> faults_of(
    const server_facts& facts,
    durability wanted,
    const std::optional<schema_state>& found,
    int newest
);

}  // namespace gateway::journal::postgres
