#pragma once

#include <iosfwd>
#include <string>

#include "config/settings.hpp"

namespace gateway::server {

// The command --move-journal (docs/journal-postgres.md, Moving from SQLite): moves the journal in
// the SQLite file `from` into the configured one. Prints its progress and what it did, or why not.
// True: done.
bool move_journal(const config::settings& settings, const std::string& from, std::ostream& out);

}  // namespace gateway::server
