#pragma once

#include <string>
#include <vector>

#include "journal/postgres/connection.hpp"

// What the gateway's user must be allowed to do (docs/journal-postgres.md, Roles).

namespace gateway::journal::postgres {

// The user of the session, and its schema: where it makes tables and looks for them first.
struct session_user {
    std::string role;
    std::string schema;
    bool may_create = false;  // tables in that schema
};
pg_outcome<session_user> read_user(connection& on);

// The statements that allow `role` to serve the tables, which are in `schema`; each safe to repeat.
std::vector<std::string> grants_to(const std::string& role, const std::string& schema);

// The rights that the session's user lacks to serve, as "UPDATE on orders"; empty: it may.
pg_outcome<std::vector<std::string>> missing_rights(connection& on);

}  // namespace gateway::journal::postgres
