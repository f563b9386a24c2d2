#pragma once

#include <optional>

#include "config/settings.hpp"
#include "journal/postgres/postgres_journal.hpp"
#include "journal/sealing.hpp"
#include "journal/sqlite/sqlite_journal.hpp"

// The configured journal as the journal's own settings. The keys are read anew by each call.

namespace gateway::server {

// Throws std::runtime_error with one sentence if they can't be read.
std::optional<journal::sealing_keys> read_keys(const config::journal_settings& settings);

journal::sqlite_settings sqlite_settings_of(const config::journal_settings& settings);
// Of a journal in PostgreSQL.
journal::postgres::postgres_settings postgres_settings_of(const config::journal_settings& settings);

}  // namespace gateway::server
