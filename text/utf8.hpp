#pragma once

#include <cstddef>
#include <string_view>

namespace gateway::text {

// Length in bytes of the UTF-8 character at `at`; 0 if there is none (RFC 3629 §4). `at` is within
// `text`.
std::size_t utf8_length(std::string_view text, std::size_t at) noexcept;

}  // namespace gateway::text
