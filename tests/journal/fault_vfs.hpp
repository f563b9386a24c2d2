#pragma once

#include <functional>

namespace gateway::journal::testing {

// A disk that fails on request: while one lives, every file SQLite opens goes through it. What it
// is told counts from the next write or flush on; safe to tell from any thread.
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
    // What is opened can only be read, as on a file system that went read-only.
    void open_read_only(bool on);
    // Called on the flushing thread before each flush of the log.
    void before_flush(std::function<void()> call);
};

}  // namespace gateway::journal::testing
