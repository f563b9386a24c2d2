#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "server/observe/observer.hpp"
#include "server/observe/series.hpp"

namespace gateway::server {

struct observer::state {
    // The gauge of unknown redemptions exists once the journal has told their number.
    void unknown_changed(std::int64_t by) {
        unknown += by;
        if (unknown_counted) {
            series.unknown.at({}).Set(static_cast<double>(unknown));
        }
    }

    server::series series;
    std::int64_t unknown = 0;
    bool unknown_counted = false;
    double cpu_seconds_counted = 0;
    std::uint64_t dropped_lines_counted = 0;
    std::set<std::string> orphans;      // accounts not configured that were warned about
    base::redacted_text journal_fault;  // logged, and no commit since
    bool journal_log_held = false;
    bool journal_space_low = false;
    redemption::replica_standing standing;  // as told last
};

// Makes the series of what becomes of an account's redemptions of a method.
void show_states(series& all, std::string_view account, std::string_view method);

// The label `method` of requests. A client may send any method; those that HTTP does not define
// share one label.
constexpr std::array<base::fixed_text, 8> method_labels{
    "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "other"
};

// The label `route` of requests that no route's pattern fits.
constexpr base::fixed_text no_route = "none";

// Spans between two readings of a clock that may have been set back in between count as 0.
inline double seconds(std::chrono::nanoseconds span) {
    return std::max(0.0, std::chrono::duration<double>(span).count());
}

inline double milliseconds(std::chrono::nanoseconds span) {
    return std::max(0.0, std::chrono::duration<double, std::milli>(span).count());
}

}  // namespace gateway::server
