#include "journal/sqlite/log_keeper.hpp"

#include <sqlite3.h>

#include <algorithm>

namespace gateway::journal {
namespace {

// Pages in the log from which on it is copied into the file, as SQLite counts them.
constexpr int usual_pages = 4000;
constexpr std::uint64_t page_bytes = 4096;  // SQLite's default, which the schema keeps
// Free space beside what a checkpoint needs: with less no write begins, with little the log is
// emptied at every commit.
constexpr std::uint64_t least_space = 512 * std::uint64_t{1024};
constexpr std::uint64_t little_space = 4 * least_space;
// With more there is no need to count.
constexpr std::uint64_t much_space = std::uint64_t{256} << 20U;
// A reader may hold the log: it is not tried again for every commit.
constexpr std::chrono::milliseconds pause_when_held{200};

}  // namespace

std::optional<db_error> log_keeper::before_write(database& db) {
    if (has_space(db, least_space)) {
        return std::nullopt;
    }
    empty_log(db);
    if (has_space(db, least_space)) {
        return std::nullopt;
    }
    return db_error(SQLITE_FULL, "the journal's disk is full");
}

void log_keeper::after_commit(database& db) {
    const int pages = db.log_pages();
    if (pages >= usual_pages) {
        copy(db);
    } else if (pages < usual_pages / 2) {
        held_bytes_ = 0;
    }
    if (!has_space(db, little_space) && time_.now() >= next_try_) {
        empty_log(db);
    }
}

bool log_keeper::save(database& db) {
    const auto done = db.checkpoint(checkpoint_kind::full);
    return done && done->copied == done->pages;
}

// A checkpoint extends the file to the pages that only the log has by now.
bool log_keeper::has_space(database& db, std::uint64_t spare) const {
    const auto free = files_.use().free_bytes;
    if (!free || *free >= much_space) {
        return true;
    }
    const auto pages = db.integer("PRAGMA page_count");
    if (!pages) {
        return true;  // the write itself will find out
    }
    const auto wanted = static_cast<std::uint64_t>(*pages) * page_bytes;
    const auto present = std::min(files_.journal_bytes(), wanted);
    return *free >= wanted - present + spare;
}

void log_keeper::copy(database& db) {
    if (const auto done = db.checkpoint(checkpoint_kind::passive)) {
        const auto left = static_cast<std::uint64_t>(done->pages - done->copied);
        held_bytes_ = left * page_bytes;
    }
}

// Without waiting for readers: one that has been reading for long would hold up every write.
void log_keeper::empty_log(database& db) {
    copy(db);
    if (held_bytes_ != 0 || !db.checkpoint(checkpoint_kind::truncate)) {
        next_try_ = time_.now() + pause_when_held;
    }
}

}  // namespace gateway::journal
