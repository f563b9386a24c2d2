#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace simulator {

// Standard alphabet, padded, one line.
std::string base64_encode(std::string_view bytes);
// Nothing for a foreign character, a line break, missing or wrong padding.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace simulator
