#pragma once

#include <cstdint>
#include <functional>

#include "journal/managed_journal.hpp"
#include "journal/sqlite/database.hpp"
#include "journal/sqlite/file_keys.hpp"

namespace gateway::journal {

// A step of the count of redemptions whose texts are stored in clear. No index knows them, so that
// the whole table is read; a step is as short as a look-up, since it holds up those of callers.
db_result<clear_rows> count_rows_in_clear(database& db, std::int64_t after);

// Seals the texts that are stored in clear, in transactions so small that little is done again
// after a crash. `keys` has a sealing key. `on_step` gets the number of redemptions sealed so far.
db_result<std::uint64_t> seal_rows_in_clear(
    database& db, const file_keys& keys, const std::function<void(std::uint64_t)>& on_step
);

}  // namespace gateway::journal
