#pragma once

#include <cstddef>
#include <string_view>

namespace gateway::text {

// A character that a person can't see, or that changes what a terminal shows of others: a control
// (C0, DEL, C1), a line separator, a mark of writing direction, anything of no width.
bool is_invisible(char32_t code_point) noexcept;

// The code point of the UTF-8 character of `length` bytes at `at` (text/utf8.hpp).
char32_t code_point_at(std::string_view text, std::size_t at, std::size_t length) noexcept;

}  // namespace gateway::text
