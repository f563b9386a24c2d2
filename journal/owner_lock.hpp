#pragma once

#include <string>

namespace gateway::journal {

// Ownership of one journal file by one process: an exclusive lock on "<path>.lock", beside the
// file, so that the sqlite3 tool can still open the journal itself. The kernel lets go of it
// however the process ends.
class owner_lock {
public:
    // Throws std::runtime_error with one sentence: folder missing, not writable, or owned by
    // another process.
    explicit owner_lock(const std::string& journal_path);
    ~owner_lock();
    owner_lock(const owner_lock&) = delete;
    owner_lock& operator=(const owner_lock&) = delete;

private:
    int descriptor_ = -1;
};

}  // namespace gateway::journal
