#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gateway::text {

// application/x-www-form-urlencoded, one name or value: RFC 3986 unreserved characters bare, space
// as `+`, every other byte as %XX in upper case.
std::string form_encode(std::string_view text);
// Appends `name=value` to a form body, `&` in front unless it is the first.
void append_form_field(std::string& form, std::string_view name, std::string_view value);
// The reverse of form_encode; nothing for a `%` without two hexadecimal digits behind it.
std::optional<std::string> form_decode(std::string_view text);

using query_pairs = std::vector<std::pair<std::string, std::string>>;

// `a=1&b=2` decoded, in order, repeated names kept; a name without `=` has an empty value, empty
// parts are skipped.
std::optional<query_pairs> decode_query(std::string_view query);

struct split_target {
    std::string path;  // as received, undecoded
    query_pairs query;
};

// An origin-form request target (`/path?query`) taken apart; nothing for broken escapes.
std::optional<split_target> parse_target(std::string_view target);

}  // namespace gateway::text
