#pragma once

#include <functional>

namespace gateway::journal::testing {

// A disk that fails on request: as long as the object lives, every file that SQLite opens goes
// through it. A change counts from the next write, flush or open; any thread.
class fault_vfs {
public:
    fault_vfs();
    ~fault_vfs();
    fault_vfs(const fault_vfs&) = delete;
    fault_vfs& operator=(const fault_vfs&) = delete;

    // The result code of every write, flush, lock or open to come; 0 ends the fault.
    void fail_writes(int code);
    void fail_flushes(int code);
    void fail_opens(int code);
    // Files are opened read-only, as on a file system that became read-only.
    void open_read_only(bool on);
    // Called on the flushing thread before each flush of the log.
    void before_flush(std::function<void()> call);
};

}  // namespace gateway::journal::testing
