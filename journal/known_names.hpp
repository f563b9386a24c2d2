#pragma once

#include <string>

namespace gateway::journal {

// The names in an indexed column of `redemptions`, one a row, in SQL that both engines know: from
// each name to the next in the index, however many redemptions each has.
inline std::string names_sql(const std::string& column) {
    return "WITH RECURSIVE known (name) AS (SELECT min(" + column +
           ") FROM redemptions UNION ALL SELECT (SELECT min(" + column +
           ") FROM redemptions WHERE " + column +
           " > known.name) FROM known WHERE known.name IS NOT NULL)"
           " SELECT name FROM known WHERE name IS NOT NULL";
}

}  // namespace gateway::journal
