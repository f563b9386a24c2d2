#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

namespace simulator {

namespace json = boost::json;

// Compact, members in insertion order, `/` written as `\/` as both platforms do.
std::string compact_json(const json::value& value);
// Indented with tabs, `/` escaped likewise.
std::string pretty_json(const json::value& value);
// Puts a raw TAB and a raw CR LF into the first human-readable text of a serialised answer: invalid
// JSON that TOP is known to send.
std::string with_raw_control_characters(std::string serialised);
// The text as one JSON string, quotes included.
std::string quoted(std::string_view text);

}  // namespace simulator
