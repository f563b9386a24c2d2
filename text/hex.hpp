#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gateway::text {

std::string to_hex(std::string_view bytes);
// Digits of either case, an even number of them; nothing for anything else.
std::optional<std::string> from_hex(std::string_view text);

}  // namespace gateway::text
