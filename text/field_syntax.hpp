#pragma once

#include <string_view>

#include "base/redacted_text.hpp"

namespace gateway::text {

// Any character below space but the tab, or DEL (RFC 9110 §5.5): not allowed in a line of HTTP.
bool has_control(std::string_view text) noexcept;
// RFC 9110 §5.6.2; an empty text is no token.
bool is_token(std::string_view text) noexcept;
bool is_token_char(char c) noexcept;
// `text` without the `blanks` around it; the default is OWS (RFC 9110 §5.6.3).
std::string_view trimmed(std::string_view text, std::string_view blanks = " \t") noexcept;
// The fault of one header or trailer field, given without its CRLF; empty: well formed. Strict: no
// folding, a token, a colon directly behind it (RFC 9112 §5).
base::fixed_text complaint_about_field(std::string_view line) noexcept;

}  // namespace gateway::text
