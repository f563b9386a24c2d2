#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/redacted_text.hpp"
#include "base/secret_text.hpp"
#include "journal/postgres/connection.hpp"
#include "journal/postgres/pg_error.hpp"

// Where to connect to, and with which settings (docs/journal-postgres.md, Connections).

namespace gateway::journal::postgres {

// A connection string, which holds a password, and advice about its file.
struct conninfo_text {
    base::secret_text text;
    std::optional<base::redacted_text> warning;
};
pg_outcome<conninfo_text> read_conninfo(const std::string& file);

// libpq's parameters for one host, by keyword.
using connection_options = std::map<std::string, base::secret_text>;

// One set of options for each host of a connection string or URI, with the settings that the
// journal needs whatever the text says. An error where the text cannot be understood, or where it
// does without TLS at a host that is neither a socket nor a loopback address.
pg_outcome<std::vector<connection_options>> hosts_of(
    const base::secret_text& text, const connection_settings& settings
);

// One set of options for each address of the host, so that each has a deadline of its own. Blocks
// in the system's resolver. Kind lost when it has none.
pg_outcome<std::vector<connection_options>> addresses_of(const connection_options& host);

}  // namespace gateway::journal::postgres
