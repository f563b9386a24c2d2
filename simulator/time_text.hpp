#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace simulator {

using wall_time = std::chrono::system_clock::time_point;

// Reads `yyyy-MM-dd HH:mm:ss` as GMT+8; returns nothing for another format or an impossible date.
std::optional<wall_time> parse_platform_time(std::string_view text);
std::string platform_time(wall_time when);
// Writes RFC 3339 in UTC with milliseconds.
std::string iso_time(wall_time when);

}  // namespace simulator
