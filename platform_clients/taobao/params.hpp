#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform_clients/read_object.hpp"
#include "platform_clients/taobao/method.hpp"
#include "text/object_reader.hpp"

// What the methods share in reading their parameters and writing them into the form.

namespace gateway::taobao {

// Quantities: sums of a whole list stay within 64 bits.
constexpr text::integer_rule count_from(std::int64_t min) noexcept {
    return {.min = min, .max = std::numeric_limits<std::int32_t>::max()};
}

using platform_clients::read_object;

inline boost::json::string_view wire_text(const base::card_secret& secret) {
    return secret.reveal();
}

template <class T>
void add_if(boost::json::object& to, std::string_view name, const std::optional<T>& value) {
    if (value) {
        to[name] = *value;
    }
}

inline void add_if(
    boost::json::object& to, std::string_view name, const std::optional<base::card_secret>& value
) {
    if (value) {
        to[name] = wire_text(*value);
    }
}

// A form field in the platform's text for its type; absent values add none.
void add_field(call_form& to, std::string_view name, const std::optional<std::string>& value);
void add_field(call_form& to, std::string_view name, const std::optional<base::card_secret>& value);
void add_field(call_form& to, std::string_view name, const std::optional<std::int64_t>& value);
void add_field(call_form& to, std::string_view name, const std::optional<bool>& value);

// 32 hex digits that stand for the parts: equal parts, equal digest; the parts cannot be read from
// it.
std::string digest(std::initializer_list<std::string_view> parts);

// JSON text of the named members, as far as they are there.
std::string chosen_text(
    const boost::json::object& fields, std::initializer_list<std::string_view> names
);

}  // namespace gateway::taobao
