#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "simulator/taobao/signature.hpp"

// Readers of the text form of TOP's types.

namespace simulator {

// Returns the parameter's text; empty when it is absent, as TOP has no empty parameters.
std::string_view argument(const parameters& given, const std::string& name);
// Reads a Number: digits with an optional minus sign, within 64 bits.
std::optional<std::int64_t> number_argument(std::string_view text);
// Returns true for an absent parameter and for a Number from `low` to `high`.
bool is_number_or_absent(
    const parameters& given, const std::string& name, std::int64_t low, std::int64_t high
);
std::optional<boost::json::value> json_argument(std::string_view text);

// Checks of members of nested objects: a String must not be empty, a Number must not be quoted.
bool has_text(const boost::json::object& object, std::string_view name);
bool has_number(
    const boost::json::object& object, std::string_view name, std::int64_t low, std::int64_t high
);
bool only_members(const boost::json::object& object, std::initializer_list<std::string_view> names);

}  // namespace simulator
