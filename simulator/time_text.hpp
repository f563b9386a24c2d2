#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace simulator {

using wall_time = std::chrono::system_clock::time_point;

// `yyyy-MM-dd HH:mm:ss`, a real date and time read as GMT+8; nothing for any other shape.
std::optional<wall_time> parse_platform_time(std::string_view text);
std::string platform_time(wall_time when);
// RFC 3339 in UTC with milliseconds.
std::string iso_time(wall_time when);

}  // namespace simulator
