#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace gateway::taobao {

// `text` with every occurrence of every value replaced by `***`, the longest that fits first, so
// that a value inside another leaves no rest. Values of up to three bytes only where they stand
// alone. Codes and card secrets are shown nowhere (contract §5).
std::string masked(std::string_view text, std::span<const std::string> values);

// At most `bytes` of it, cut between two UTF-8 characters.
std::string clipped(std::string_view text, std::size_t bytes);

}  // namespace gateway::taobao
