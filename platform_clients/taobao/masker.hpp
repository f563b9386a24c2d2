#pragma once

#include <span>
#include <string>
#include <string_view>

namespace gateway::taobao {

// `text` with every occurrence of every value replaced by `***`, the longest that fits first, so
// that a value inside another leaves no rest. Values of up to three bytes only where they stand
// alone. Codes and card secrets are shown nowhere (contract §5).
std::string masked(std::string_view text, std::span<const std::string> values);

// The same for the strings inside JSON object text; numbers and names stay.
std::string masked_strings(std::string_view json_object, std::span<const std::string> values);

}  // namespace gateway::taobao
