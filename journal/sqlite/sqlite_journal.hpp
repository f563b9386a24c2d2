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
    std::string path;                  // one file; "<path>-wal" and "-shm" stand beside it
    std::optional<sealing_keys> keys;  // none: parameters and results are stored in clear
    // How long a batch waits for a foreign process that locked the file before it gives up.
    std::chrono::milliseconds busy_timeout{1000};
};

// The embedded journal (contract §5): one SQLite file owned by this process. Opens or creates it
// and brings its schema up to date; blocks while it does. Throws std::runtime_error with one
// sentence when that can't be (folder missing, not writable, in use by another process, reachable
// under a second name, not a journal, written by a newer version). `probe` must outlive the
// journal. Opens on any thread; all calls on the thread of `loop`; closes itself when destroyed.
std::unique_ptr<managed_journal> open_sqlite_journal(
    base::runtime& time, sqlite_settings settings, redemption::journal_probe& probe
);

}  // namespace gateway::journal
