#pragma once

#include <cstdint>
#include <functional>

#include "journal/postgres/postgres_journal.hpp"

namespace gateway::journal::postgres {

// Seals the texts that the tables hold in clear with the first of the keys, also while gateways
// serve them, each of which must have that key; see docs/journal-postgres.md, Sealing. Blocks.
// `on_step` gets the number of redemptions sealed so far; so does the caller at the end. Throws
// std::runtime_error with one sentence. Any thread.
std::uint64_t seal_postgres_journal(
    const base::runtime& time,
    const postgres_settings& settings,
    const std::function<void(std::uint64_t)>& on_step
);

}  // namespace gateway::journal::postgres
