#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gateway::text {

// application/x-www-form-urlencoded, one name or value: RFC 3986 unreserved characters bare, space
// as `+`, every other byte as %XX in upper case.
std::string form_encode(std::string_view text);
// Appends `name=value` to a form body, `&` in front unless it is the first.
void append_form_field(std::string& form, std::string_view name, std::string_view value);
// Decodes %XX of either case; a `+` stays a plus (RFC 3986). Nothing for a `%` without two
// hexadecimal digits behind it.
std::optional<std::string> percent_decode(std::string_view text);

}  // namespace gateway::text
