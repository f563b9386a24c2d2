#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gateway::text {

// Makes a platform's text fit to be stored and shown: UTF-8 without control characters and line
// separators (a blank each), at most `bytes` long, cut between two characters. Other bytes, and
// characters that can't be seen or turn the writing direction, become U+FFFD each.
std::string presentable(std::string_view text, std::size_t bytes);

}  // namespace gateway::text
