#include "platform_clients/taobao/params.hpp"

#include <boost/json/serialize.hpp>

#include "text/hex.hpp"
#include "text/sha256.hpp"

namespace gateway::taobao {

namespace json = boost::json;

void add_field(call_form& to, std::string_view name, const std::optional<std::string>& value) {
    if (value) {
        to.fields.push_back({std::string(name), *value});
    }
}

void add_field(
    call_form& to, std::string_view name, const std::optional<base::card_secret>& value
) {
    if (value) {
        to.fields.push_back({std::string(name), std::string(value->reveal())});
        to.secrets.push_back(*value);
    }
}

void add_field(call_form& to, std::string_view name, const std::optional<std::int64_t>& value) {
    if (value) {
        to.fields.push_back({std::string(name), std::to_string(*value)});
    }
}

void add_field(call_form& to, std::string_view name, const std::optional<bool>& value) {
    if (value) {
        to.fields.push_back({std::string(name), *value ? "true" : "false"});
    }
}

std::string digest(std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const auto part : parts) {
        text += std::to_string(part.size()) + ':';
        text += part;
    }
    // 128 bits: two codes with the same digest are not to be found.
    const auto whole = text::sha256(text);
    return text::to_hex({reinterpret_cast<const char*>(whole.data()), whole.size() / 2});
}

std::string chosen_text(const json::object& fields, std::initializer_list<std::string_view> names) {
    json::object chosen;
    for (const auto name : names) {
        if (const auto* value = fields.if_contains(name)) {
            chosen[name] = *value;
        }
    }
    return exact_text(chosen);
}

}  // namespace gateway::taobao
