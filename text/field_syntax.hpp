#pragma once

#include <string_view>

namespace gateway::text {

// Everything below space but the tab, and DEL (RFC 9110 §5.5): what no line of HTTP may contain.
bool has_control(std::string_view text) noexcept;
// RFC 9110 §5.6.2; an empty text is none.
bool is_token(std::string_view text) noexcept;
bool is_token_char(char c) noexcept;
// Without the spaces and tabs around it (OWS, RFC 9110 §5.6.3).
std::string_view trimmed(std::string_view text) noexcept;
// What is wrong with one header or trailer field, given without its CRLF; empty: nothing. Strict:
// no folding, a token, a colon right behind it (RFC 9112 §5).
std::string_view complaint_about_field(std::string_view line) noexcept;

}  // namespace gateway::text
