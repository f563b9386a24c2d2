#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace simulator {

enum class charset { utf_8, gbk, gb2312 };

// By the names Alipay documents: utf-8, gbk, gb2312, in any case.
std::optional<charset> charset_named(std::string_view name);
// As a Content-Type spells it.
std::string_view charset_name(charset which);

// Bytes that are nothing in `from` become U+FFFD, as the Java server's decoder does.
std::string to_utf8(std::string_view bytes, charset from);
// Characters that `to` lacks become `?`, likewise.
std::string from_utf8(std::string_view text, charset to);
bool is_utf8(std::string_view bytes);

}  // namespace simulator
