#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gateway::text {

// RFC 4648 §4: standard alphabet, padded, one line.
std::string base64_encode(std::string_view bytes);

// Takes exactly what base64_encode() gives: no white space, no missing padding, no stray bits.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace gateway::text
