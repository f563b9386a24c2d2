#pragma once

#include <optional>

#include "journal/sqlite/database.hpp"
#include "redemption/model.hpp"

namespace gateway::journal {

// When the journal was created; none if an earlier version created it. One that holds nothing yet
// is created now, also when the process that began to create it did not come so far.
db_result<std::optional<redemption::time_point>> birth_of(database& db, redemption::time_point now);

}  // namespace gateway::journal
