#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "journal/sqlite/file_keys.hpp"
#include "journal/sqlite/journal_files.hpp"
#include "journal/sqlite/sqlite_journal.hpp"

// The opening of the journal's file, for the journal and for commands that work on it.

namespace gateway::journal {

// An open file and the keys of its rows.
struct opened_file {
    std::unique_ptr<const journal_files> files;
    database writer;
    file_keys keys;
};

// Takes the lock, brings the schema up to date and proves a commit; blocks. Throws as
// open_sqlite_journal().
opened_file open_file(const sqlite_settings& settings);

// Opens only the owned files: one that has replaced them may be another gateway's.
db_result<database> open_configured(
    const journal_files& files, access how, std::chrono::milliseconds busy_timeout
);

// Writes into the file that its redemptions are in another journal from now on: no gateway opens it
// any more.
db_result<void> mark_as_moved(database& db);

// Errors of the opening, as exceptions.
[[noreturn]] inline void refuse(const std::string& why) {
    throw std::runtime_error("the journal can't be opened: " + why);
}
template <class T>
T must(db_result<T> result) {
    if (!result) {
        refuse(result.error().reason);
    }
    return std::move(*result);
}
inline void must(const db_result<void>& result) {
    if (!result) {
        refuse(result.error().reason);
    }
}

}  // namespace gateway::journal
