#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/settings.hpp"

// How single values are written in the configuration. A form describes the accepted values (for
// faults and for the reference), parses them and writes them back (for the reference's defaults).

namespace gateway::config {

template <class T>
struct value_form {
    std::string expected;  // "a port (0-65535)"
    std::function<std::optional<T>(std::string_view)> parse;
    std::function<std::string(const T&)> show;
    bool shown_in_faults = true;  // false: a wrong value may be a secret
};

inline constexpr std::size_t kib = 1024;
inline constexpr std::size_t mib = 1024 * kib;

// Both bounds belong to what is accepted.
value_form<std::uint16_t> port_number();
value_form<std::size_t> whole_number(std::size_t least, std::size_t most);
value_form<double> decimal_number(double least, double most);
// Bytes: a whole number alone, or with B, KiB, MiB, GiB directly behind it.
value_form<std::size_t> byte_size(std::size_t least, std::size_t most);
// A whole number with ms, s, m, h or d directly behind it.
value_form<milliseconds> duration(milliseconds least, milliseconds most);
value_form<seconds> duration_of_seconds(seconds least, seconds most);
value_form<std::chrono::hours> duration_of_hours(std::chrono::hours least, std::chrono::hours most);
// 1-64 letters, digits, '.', '_', '-': used in metric labels and URLs without escaping.
value_form<std::string> short_name();
// 1-128 visible ASCII characters.
value_form<std::string> identifier(std::string what);
value_form<std::string> ip_address();
// Returns lower-case digits.
value_form<std::string> sha256_hex();
value_form<gateway_url> platform_url();
value_form<proxy_settings> proxy_url();

// False for a text that may be a secret in place of a path: several lines, or a text from the
// environment that doesn't look like a path. `written` is the text before its ${NAME} are replaced.
bool surely_a_path(std::string_view written, std::string_view text);

// One of the listed words, in any letter case.
template <class E>
value_form<E> one_of(std::vector<std::pair<std::string, E>> words);

// The index of the matching word.
std::optional<std::size_t> find_word(const std::vector<std::string>& words, std::string_view text);
// "redeem, read or operator"
std::string either(const std::vector<std::string>& words);

template <class E>
value_form<E> one_of(std::vector<std::pair<std::string, E>> words) {
    std::vector<std::string> names;
    for (const auto& [name, value] : words) {
        names.push_back(name);
    }
    value_form<E> form;
    form.expected = either(names);
    form.parse = [names, words](std::string_view text) -> std::optional<E> {
        const auto found = find_word(names, text);
        if (!found) {
            return std::nullopt;
        }
        return words[*found].second;
    };
    form.show = [words](const E& value) -> std::string {
        for (const auto& [name, candidate] : words) {
            if (candidate == value) {
                return name;
            }
        }
        return {};
    };
    return form;
}

}  // namespace gateway::config
