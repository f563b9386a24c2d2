#pragma once

#include <iosfwd>
#include <string>

#include "config/settings.hpp"

namespace gateway::server {

// The command --migrate (docs/journal-postgres.md, Roles): brings the journal's tables up to date
// and lets the configured user serve them. `conninfo_file` is the connection string of the user
// that may create tables; empty: the configured one does it. Prints what it did, or why not. True:
// done.
bool migrate_journal(
    const config::journal_settings& settings, const std::string& conninfo_file, std::ostream& out
);

}  // namespace gateway::server
