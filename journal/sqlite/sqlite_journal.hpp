#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "journal/managed_journal.hpp"
#include "journal/sealing.hpp"
#include "redemption/probes.hpp"

namespace gateway::journal {

struct sqlite_settings {
    std::string path;                  // one file; "<path>-wal" and "-shm" are kept beside it
    std::optional<sealing_keys> keys;  // none: parameters and results are stored in clear
    // How long a batch waits for a foreign process that has locked the file.
    std::chrono::milliseconds busy_timeout{1000};
    bool must_exist = false;  // a journal that would have to be created is refused
    // The call says that there is no log beside the journal; the opening goes on.
    std::function<void()> on_missing_log;
    // Asked whether a journal that was moved to another database is opened nevertheless, to go on
    // with the move; without it that is refused.
    std::function<bool()> on_moved{};
};

// Opens or creates the journal that is one SQLite file owned by this process (docs/journal.md) and
// brings its schema up to date; blocks meanwhile. Throws std::runtime_error with one sentence,
// which names no path, when it can't be opened (folder missing, not writable, in use by another
// process, reachable under a second name, not a journal, written by a newer version). `time` and
// `probe` must outlive the journal. Any thread; all calls of the journal on the loop of `time`; the
// destructor closes it.
std::unique_ptr<managed_journal> open_sqlite_journal(
    base::runtime& time, sqlite_settings settings, redemption::journal_probe& probe
);

// Seals the texts that a journal holds in clear with the first of its keys, while this process owns
// the file; see docs/journal.md, Sealing. Blocks. `on_step` gets the number of redemptions sealed
// so far; so does the caller at the end. Throws std::runtime_error with one sentence: as above, no
// key, no journal, or another process reads it, so that its log still holds texts in clear.
std::uint64_t seal_sqlite_journal(
    sqlite_settings settings, const std::function<void(std::uint64_t)>& on_step
);

}  // namespace gateway::journal
