#include "simulator/taobao/arguments.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <charconv>

namespace simulator {

namespace json = boost::json;

std::string_view argument(const parameters& given, const std::string& name) {
    const auto found = given.find(name);
    return found == given.end() ? std::string_view{} : std::string_view{found->second};
}

std::optional<std::int64_t> number_argument(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

bool is_number_or_absent(
    const parameters& given, const std::string& name, std::int64_t low, std::int64_t high
) {
    const std::string_view text = argument(given, name);
    if (text.empty()) {
        return true;
    }
    const auto value = number_argument(text);
    return value && *value >= low && *value <= high;
}

std::optional<json::value> json_argument(std::string_view text) {
    boost::system::error_code error;
    json::value value = json::parse(text, error);
    if (error) {
        return std::nullopt;
    }
    return value;
}

bool has_text(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() && !value->get_string().empty();
}

bool has_number(
    const json::object& object, std::string_view name, std::int64_t low, std::int64_t high
) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_int64() && value->get_int64() >= low &&
           value->get_int64() <= high;
}

bool only_members(const json::object& object, std::initializer_list<std::string_view> names) {
    return std::ranges::all_of(object, [&](const auto& member) {
        return std::ranges::find(names, std::string_view(member.key())) != names.end();
    });
}

}  // namespace simulator
