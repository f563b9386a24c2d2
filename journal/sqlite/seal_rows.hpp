#pragma once

#include <cstdint>
#include <functional>

#include "journal/sqlite/database.hpp"
#include "journal/sqlite/file_keys.hpp"

namespace gateway::journal {

// Redemptions whose texts are stored in clear, found by reading the whole table.
db_result<std::uint64_t> count_rows_in_clear(database& db);

// Seals the texts that are stored in clear, in transactions so small that little is done again
// after a crash. `keys` has a sealing key. `on_step` gets the number of redemptions sealed so far.
db_result<std::uint64_t> seal_rows_in_clear(
    database& db, const file_keys& keys, const std::function<void(std::uint64_t)>& on_step
);

}  // namespace gateway::journal
