#include "simulator/form.hpp"

#include <algorithm>
#include <optional>

namespace simulator {

namespace {

int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

std::optional<std::string> decode(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+') {
            result.push_back(' ');
            continue;
        }
        if (text[i] != '%') {
            result.push_back(text[i]);
            continue;
        }
        const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        result.push_back(static_cast<char>(high * 16 + low));
        i += 2;
    }
    return result;
}

}  // namespace

parsed_form parse_form(std::string_view text) {
    parsed_form parsed;
    while (!text.empty()) {
        const std::string_view part = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(part.size() + 1, text.size()));
        if (part.empty()) {
            continue;
        }
        const std::size_t equals = part.find('=');
        auto name = decode(part.substr(0, equals));
        auto value =
            decode(equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1));
        if (!name || !value) {
            parsed.complete = false;
            continue;
        }
        parsed.fields.push_back({std::move(*name), std::move(*value)});
    }
    return parsed;
}

request_target split_target(std::string_view target) {
    const std::size_t question = target.find('?');
    if (question == std::string_view::npos) {
        return {target, {}};
    }
    return {target.substr(0, question), target.substr(question + 1)};
}

}  // namespace simulator
