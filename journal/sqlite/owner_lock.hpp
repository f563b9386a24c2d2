#pragma once

#include <sys/types.h>

#include <string>

namespace gateway::journal {

// Ownership of one journal file by one process: an exclusive flock() on the file itself, whatever
// name led to it (docs/journal.md, Owner lock). The kernel releases it however the process ends.
// SQLite's own locks are of another kind (on local file systems, which WAL needs anyhow), so that
// the sqlite3 tool can still read and write.
//
// Must outlive every SQLite connection of the process to the file: closing its descriptor drops
// their locks.
class owner_lock {
public:
    enum class missing_file { create, refuse };

    // Creates the file with mode 0600 if there is none, or refuses that. Throws std::runtime_error
    // with one sentence that names no path: folder missing, not writable, owned by another process,
    // reachable under a second name.
    owner_lock(const std::string& journal_path, missing_file when_missing);
    ~owner_lock();
    owner_lock(const owner_lock&) = delete;
    owner_lock& operator=(const owner_lock&) = delete;

    // The path to open the file under, without symbolic links that could be turned elsewhere.
    const std::string& path() const noexcept { return path_; }
    // Whether there was no file, or an empty one.
    bool created() const noexcept { return created_; }
    // Whether the file is one that has its newest commits in a log, and there is no log beside it.
    bool log_missing() const noexcept { return log_missing_; }
    // Whether path() still leads to the owned file. Any thread.
    bool still_in_place() const noexcept;

private:
    [[noreturn]] static void refuse(const std::string& why);
    void open(missing_file when_missing);
    void lock();

    std::string path_;
    int descriptor_ = -1;
    bool created_ = false;
    bool log_missing_ = false;
    dev_t device_ = 0;
    ino_t inode_ = 0;
};

}  // namespace gateway::journal
