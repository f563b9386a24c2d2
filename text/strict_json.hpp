#pragma once

#include <boost/json/value.hpp>
#include <boost/system/result.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/redacted_text.hpp"

namespace gateway::text {

// Why a text is not accepted as JSON.
struct json_fault {
    std::size_t offset = 0;    // byte
    base::redacted_text what;  // one sentence without any content of the text
};

// Parses RFC 8259 JSON in UTF-8 and nothing else: no comments, no trailing commas, no repeated
// member names (two readers could see different values), at most 32 levels.
boost::system::result<boost::json::value, json_fault> parse_strict(std::string_view text);

// Deterministic text: members sorted by name (bytes), no white space, one form per number. Equal
// values, equal text.
std::string canonical_text(const boost::json::value& value);

}  // namespace gateway::text
