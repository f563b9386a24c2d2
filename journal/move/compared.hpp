#pragma once

#include "journal/postgres/connection.hpp"

// Statements that find a row of the source that the target has otherwise, or lacks. Each gives one
// name of such a row, or nothing.

namespace gateway::journal::moving {

extern const postgres::statement differing_redemption;  // page_columns
extern const postgres::statement differing_name;        // scopes, names, numbers, lines
extern const postgres::statement lower_confirmed;       // total_page
extern const postgres::statement lower_doubtful;        // total_page
extern const postgres::statement differing_ban;         // scopes, methods, times, lengths, doubted
// All counts of moved_counts in their order.
extern const postgres::statement counted;

}  // namespace gateway::journal::moving
