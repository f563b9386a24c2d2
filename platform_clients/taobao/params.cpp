#include "platform_clients/taobao/params.hpp"

#include <openssl/evp.h>

#include <array>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <stdexcept>

#include "text/url_encoding.hpp"

namespace gateway::taobao {

namespace json = boost::json;

void add_field(call_form& to, std::string_view name, const std::optional<std::string>& value) {
    if (value) {
        to.fields.push_back({std::string(name), *value});
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

void add_secret(std::vector<std::string>& to, std::string_view value) {
    if (value.empty()) {
        return;
    }
    to.emplace_back(value);
    const auto quoted = json::serialize(json::string(value));
    for (const auto& spelled : {quoted.substr(1, quoted.size() - 2), text::form_encode(value)}) {
        if (spelled != value) {
            to.push_back(spelled);
        }
    }
}

std::string digest(std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const auto part : parts) {
        text += std::to_string(part.size()) + ':';
        text += part;
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    if (EVP_Digest(text.data(), text.size(), bytes.data(), nullptr, EVP_sha256(), nullptr) != 1) {
        throw std::runtime_error("the crypto library refuses SHA-256");
    }
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (std::size_t i = 0; i < 16; ++i) {
        hex += digits[bytes[i] >> 4U];
        hex += digits[bytes[i] & 0xFU];
    }
    return hex;
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

std::optional<bool> boolean_member(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (value && value->is_bool()) {
        return value->get_bool();
    }
    const auto* text = value ? value->if_string() : nullptr;
    if (text && *text == "true") {
        return true;
    }
    if (text && *text == "false") {
        return false;
    }
    return std::nullopt;
}

}  // namespace gateway::taobao
