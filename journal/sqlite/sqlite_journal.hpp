#pragma once

#include <chrono>
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
};

// Opens or creates the journal that is one SQLite file owned by this process (docs/journal.md) and
// brings its schema up to date; blocks meanwhile. Throws std::runtime_error with one sentence when
// it can't be opened (folder missing, not writable, in use by another process, reachable under a
// second name, not a journal, written by a newer version). `time` and `probe` must outlive the
// journal. Any thread; all calls of the journal on the loop of `time`; the destructor closes it.
std::unique_ptr<managed_journal> open_sqlite_journal(
    base::runtime& time, sqlite_settings settings, redemption::journal_probe& probe
);

}  // namespace gateway::journal
