#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "journal/sqlite/database.hpp"

// The schema of the file in numbered migrations (docs/journal.md, Schema).

namespace gateway::journal {

// "rdmj" in the file's header distinguishes a journal from any other SQLite database.
inline constexpr std::int64_t application_id = 0x72646d6a;
// "rdmv": a journal whose redemptions were moved elsewhere.
inline constexpr std::int64_t moved_application_id = 0x72646d76;

struct migration {
    int number = 0;  // from 1, without gaps; PRAGMA user_version after it ran
    std::string_view name;
    std::string_view sql;
};

// journal/sqlite/schema/*.sql in number order, embedded at build time.
std::span<const migration> migrations() noexcept;

// Runs the missing migrations, each in a transaction of its own. Refuses a database of another
// application and one written by a newer version, and leaves both untouched.
db_result<void> bring_up_to_date(database& db, std::span<const migration> all);

}  // namespace gateway::journal
