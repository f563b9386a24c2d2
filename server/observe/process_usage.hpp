#pragma once

#include <cstdint>

namespace gateway::server {

// The kernel's figures of this process (proc(5)); zero where it gives none.
struct process_usage {
    double cpu_seconds = 0;  // user and system
    std::uint64_t resident_bytes = 0;
    std::uint64_t virtual_bytes = 0;
    std::uint64_t open_files = 0;
    std::uint64_t max_files = 0;
    double start_time_seconds = 0;  // since 1970
};

process_usage read_process_usage();

// Lets the process open as many files as the system permits it at most; each connection is one.
void raise_file_limit();
// How many it may have open at once.
std::uint64_t file_limit();

}  // namespace gateway::server
