#pragma once

#include <optional>

#include "journal/covering_secret.hpp"
#include "journal/postgres/connection.hpp"

namespace gateway::journal::postgres {

// The keys of the journal: draws its covering secret if it has none, opens it, which proves that
// its sealing key is configured, and seals it anew when the first key has changed and every replica
// has it. An error names the missing key, also one that pending redemptions need.
pg_outcome<journal_keys> open_keys(connection& on, std::optional<sealing_keys> keys);

}  // namespace gateway::journal::postgres
