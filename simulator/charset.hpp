#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace simulator {

enum class charset { utf_8, gbk, gb2312 };

// Knows the names that Alipay documents: utf-8, gbk, gb2312, in any case.
std::optional<charset> charset_named(std::string_view name);
// Returns the spelling that a Content-Type uses.
std::string_view charset_name(charset which);

// Replaces bytes that are invalid in `from` with U+FFFD, like the decoder of the platform's Java
// server.
std::string to_utf8(std::string_view bytes, charset from);
// Replaces characters that `to` lacks with `?`, like the encoder of the same server.
std::string from_utf8(std::string_view text, charset to);
bool is_utf8(std::string_view bytes);

}  // namespace simulator
