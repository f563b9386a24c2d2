#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::text {

// The value of one hexadecimal digit of either case; -1 for any other character.
int hex_value(char c) noexcept;

// Two digits for each byte, lower case.
std::string to_hex(std::string_view bytes);
std::string to_upper_hex(std::string_view bytes);
// Appends the two digits of one byte.
void append_hex(std::string& out, unsigned char byte);
void append_upper_hex(std::string& out, unsigned char byte);
// Appends the lowest `digits` hexadecimal digits of `value`.
void append_hex(std::string& out, std::uint64_t value, int digits);
// Digits of either case, an even number of them; nothing for anything else.
std::optional<std::string> from_hex(std::string_view text);

}  // namespace gateway::text
