#pragma once

#include <atomic>
#include <chrono>
#include <iosfwd>

#include "base/clock.hpp"
#include "config/settings.hpp"
#include "journal/deferred_journal.hpp"
#include "redemption/probes.hpp"

namespace gateway::server {

// Makes the function that opens the configured journal and rereads the encryption keys each time.
// Throws std::runtime_error with one sentence if they can't be read now. `time` and `probe` must
// outlive the opened journals. `log_missing` becomes true when an opening finds no log beside the
// journal: that opening may fail, and leave a log for the next.
journal::deferred_journal::opener journal_opener(
    base::runtime& time,
    config::journal_settings settings,
    redemption::journal_probe& probe,
    std::atomic<bool>& log_missing
);

// The journal's file, or "PostgreSQL"; for logs.
base::redacted_text place_of(const config::journal_settings& settings);

// How long before others may take over this process stops sending (docs/journal-postgres.md,
// Leases); max() without others.
std::chrono::milliseconds sending_margin(const config::journal_settings& settings);

// The command --seal-journal: prints what it did, or why not. True: done.
bool seal_journal(const config::journal_settings& settings, std::ostream& out);

// Closes the journal. False: its disk has not answered for `patience`, and a thread is still in it;
// the process must end without destroying it (std::_Exit).
[[nodiscard]] bool close_within(journal::managed_journal& open, std::chrono::milliseconds patience);

}  // namespace gateway::server
