#pragma once

#include <optional>
#include <string>
#include <vector>

#include "journal/postgres/transaction.hpp"

// The row of this process in `replicas`, by which it may write (docs/journal-postgres.md, Fence).

namespace gateway::journal::postgres {

// For people who read the table, and the sealing keys that this process can open.
struct replica_facts {
    std::string name;
    std::string version;
    std::vector<std::string> key_ids;
    // Tells rows of this process from those of others, for all its lives.
    std::string token{};
};

// A token that no other process has.
pg_outcome<std::string> draw_token(connection& on);
// Begins a new life of the process, which has looked for its confirmed writes on `server`
// (server_facts::started).
pg_outcome<writer_identity> enrol(
    connection& on, const replica_facts& facts, const std::string& server
);
// Shuts out the process's earlier connection: waits until its last transaction is over, so that
// what that one has written is seen from now on. None: the process was ended, or the row is not
// its.
pg_outcome<std::optional<writer_identity>> take_connection(
    connection& on, std::int64_t replica, const std::string& token
);
// Ends this life: everything that it has is anybody's.
pg_outcome<void> leave(connection& on, writer_identity me);

}  // namespace gateway::journal::postgres
