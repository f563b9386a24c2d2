#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <string>

#include "server/observe/observer.hpp"
#include "server/observe/series.hpp"

namespace gateway::server {

struct observer::state {
    server::series series;
    double cpu_seconds_counted = 0;
    std::uint64_t dropped_lines_counted = 0;
    std::set<std::string> orphans;      // accounts not configured that were warned about
    base::redacted_text journal_fault;  // logged, and no commit since
    bool journal_log_held = false;
    bool journal_space_low = false;
};

inline double seconds(std::chrono::nanoseconds span) {
    return std::chrono::duration<double>(span).count();
}

inline double milliseconds(std::chrono::nanoseconds span) {
    return std::chrono::duration<double, std::milli>(span).count();
}

}  // namespace gateway::server
