#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/settings.hpp"

namespace gateway::alipay {

using charset = config::alipay_charset;

// The one spelling in the URL, in the signed text and in the content type: the platform rebuilds
// the signed text from what it received.
std::string_view charset_name(charset) noexcept;

// False if the system lacks the converter (a C library installed without its gconv modules).
bool charset_available(charset);

// UTF-8 to the bytes of `to`; nothing if the text isn't UTF-8 or has characters that `to` lacks.
// GB2312 uses GBK's code for each character, as the platform's Java does.
std::optional<std::string> encode_text(std::string_view utf8, charset to);

// Bytes to UTF-8, strictly. GB2312 is read as GBK, its superset.
std::optional<std::string> decode_text(std::string_view bytes, charset from);

}  // namespace gateway::alipay
