#pragma once

#include <vector>

#include "journal_view.hpp"
#include "tests/support/postgres_server.hpp"

namespace gateway::crash {

// What is committed now in a journal on PostgreSQL; the state is "lost" where a redemption is
// neither open nor final, and "twice" where it is both.
std::vector<journal_row> committed_rows(const support::postgres_database& database);

}  // namespace gateway::crash
