#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace simulator {

// Uses the standard alphabet with padding and no line breaks.
std::string base64_encode(std::string_view bytes);
// Returns nothing for a character outside the alphabet, a line break, missing or wrong padding.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace simulator
