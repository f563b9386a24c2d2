#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "base/clock.hpp"
#include "journal/move/source.hpp"
#include "journal/postgres/postgres_journal.hpp"
#include "journal/sqlite/sqlite_journal.hpp"

namespace gateway::journal::moving {

// What a move has come to, in its order.
enum class move_step : std::uint8_t {
    waits,      // for a process that did not leave the target
    began,      // `done` redemptions were copied by an earlier run
    copies,     // redemptions
    compares,   // redemptions
    concludes,  // everything is compared; the file is marked, and the target opened for gateways
};

struct move_settings {
    sqlite_settings from;  // `keys`: those of the target
    postgres::postgres_settings to;
    source::key_scopes key_scopes;
    // Called after each transaction, with the number of redemptions that are done.
    std::function<void(move_step, std::int64_t done, std::int64_t all)> on_step;
};

struct move_report {
    moved_counts counts;
    std::int64_t in_clear = 0;  // redemptions with texts in clear, although there is a key
    // Redemptions with texts that no configured key opens, by the id of their key.
    std::map<std::string, std::int64_t> unreadable;
};

// Copies a journal in SQLite into an empty one in PostgreSQL, compares every row, and marks the
// file, so that it is not served again (docs/journal-postgres.md, Moving from SQLite). Owns the
// file meanwhile; blocks. A run that was broken off goes on with the next. Throws
// std::runtime_error with one sentence. Any thread.
move_report move_journal(base::runtime& time, const move_settings& settings);

}  // namespace gateway::journal::moving
