#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gateway::text {

// Makes a platform's text fit to be stored and shown: UTF-8 (other bytes become U+FFFD) without
// control characters (a blank each), at most `bytes` long, cut between two characters.
std::string presentable(std::string_view text, std::size_t bytes);

}  // namespace gateway::text
