#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "base/clock.hpp"
#include "journal/managed_journal.hpp"
#include "journal/postgres/writer.hpp"
#include "journal/sealing.hpp"
#include "redemption/probes.hpp"

namespace gateway::journal::postgres {

struct postgres_settings {
    writer_settings writer;
    std::chrono::milliseconds lease{6'000};  // how long others wait for a process that stands still
    bool must_exist = false;                 // a journal that would have to be created is refused
    std::optional<sealing_keys> keys;        // none: parameters and results are stored in clear
};

// Connects to a database that several processes share (docs/journal-postgres.md), creates or brings
// up to date its tables and enrols this process; blocks meanwhile. Throws std::runtime_error with
// one sentence, which names no host, when that can't be done. `time` and `probe` must outlive the
// journal. Any thread; all calls of the journal on the loop of `time`; the destructor closes it.
std::unique_ptr<managed_journal> open_postgres_journal(
    base::runtime& time, postgres_settings settings, redemption::journal_probe& probe
);

}  // namespace gateway::journal::postgres
