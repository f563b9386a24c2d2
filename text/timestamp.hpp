#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::text {

// Wall-clock milliseconds, UTC.
using wall_time = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

// RFC 3339 in UTC with milliseconds: "2026-01-02T03:04:05.678Z".
std::string to_rfc3339(wall_time at);

// Parses any RFC 3339 date-time of the years 1970 to 9999, with any offset; digits below a
// millisecond are dropped. A leap second (:60) is refused.
std::optional<wall_time> from_rfc3339(std::string_view text);

}  // namespace gateway::text
