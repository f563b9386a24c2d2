#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gateway::text {

// RFC 4648 §4: standard alphabet, padded, one line.
std::string base64_encode(std::string_view bytes);

// Accepts only the output of base64_encode(): no white space, no missing padding, no stray bits.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace gateway::text
