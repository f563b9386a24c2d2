#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

namespace simulator {

namespace json = boost::json;

// Writes compact JSON in insertion order with `/` escaped as `\/`, like both platforms.
std::string compact_json(const json::value& value);
// Writes JSON indented with tabs, with the same escape.
std::string pretty_json(const json::value& value);
// Inserts a raw TAB and a raw CR LF into the first human-readable text of a serialised answer. The
// result is invalid JSON, which TOP is known to send.
std::string with_raw_control_characters(std::string serialised);
// Returns the text as one JSON string with its quotes.
std::string quoted(std::string_view text);

}  // namespace simulator
