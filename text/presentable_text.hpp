#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gateway::text {

// A platform's words as they may be kept and shown: UTF-8 (what isn't becomes U+FFFD) without
// control characters (a blank each), at most `bytes` long, cut between two characters.
std::string presentable(std::string_view text, std::size_t bytes);

}  // namespace gateway::text
