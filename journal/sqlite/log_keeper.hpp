#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "journal/sqlite/database.hpp"
#include "journal/sqlite/journal_files.hpp"

namespace gateway::journal {

// Checkpoints the log: every 16 MB, and early where space is scarce. The log never takes the space
// that its own checkpoint needs, which would fill the volume for good (docs/journal.md, The log).
// Writer thread, except for held_bytes().
class log_keeper {
public:
    // Both references outlive this object.
    log_keeper(base::runtime& time, const journal_files& files) : time_(time), files_(files) {}

    // Refuses a write that would leave no space for a checkpoint.
    std::optional<db_error> before_write(database& db);
    void after_commit(database& db);
    // Copies everything committed into the journal itself. True: a crash loses nothing of it, even
    // if the log is lost.
    static bool save(database& db);

    // How much of the log the last checkpoint had to leave for a reader. Any thread.
    std::uint64_t held_bytes() const noexcept { return held_bytes_; }

private:
    bool has_space(database& db, std::uint64_t spare) const;
    void empty_log(database& db);
    void copy(database& db);

    base::runtime& time_;
    const journal_files& files_;
    base::steady_time next_try_{};
    std::atomic<std::uint64_t> held_bytes_{0};
};

}  // namespace gateway::journal
