#include "handlers/prefer.hpp"

#include <algorithm>
#include <vector>

#include "text/field_syntax.hpp"

namespace gateway::handlers {
namespace {

constexpr std::chrono::seconds max_wait{60};

// Splits at `separator` outside quoted strings.
std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    bool quoted = false;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (quoted && text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            quoted = !quoted;
        } else if (!quoted && text[i] == separator) {
            parts.push_back(text::trimmed(text.substr(begin, i - begin)));
            begin = i + 1;
        }
    }
    parts.push_back(text::trimmed(text.substr(begin)));
    return parts;
}

// delay-seconds, as a token or quoted; nothing unless all digits.
std::optional<std::chrono::seconds> delay_seconds(std::string_view text) {
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
        text = text.substr(1, text.size() - 2);
    }
    const auto is_digit = [](char c) {
        return c >= '0' && c <= '9';
    };
    if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) {
        return std::nullopt;
    }
    std::chrono::seconds sum{0};
    for (const char c : text) {
        sum = std::min(sum * 10 + std::chrono::seconds(c - '0'), max_wait);
    }
    return sum;
}

}  // namespace

std::chrono::seconds wait_preference::length(std::chrono::seconds otherwise) const {
    if (wait) {
        return *wait;
    }
    return respond_async ? std::chrono::seconds(0) : otherwise;
}

std::string wait_preference::applied() const {
    std::string out;
    if (respond_async) {
        out = "respond-async";
    }
    if (wait) {
        out += out.empty() ? "" : ", ";
        out += "wait=" + std::to_string(wait->count());
    }
    return out;
}

wait_preference read_prefer(std::string_view value) {
    wait_preference out;
    bool wait_seen = false;
    for (const auto preference : split(value, ',')) {
        const auto head = split(preference, ';').front();
        const auto equals = head.find('=');
        const auto name = text::trimmed(head.substr(0, equals));
        const auto given = equals == std::string_view::npos
                               ? std::string_view()
                               : text::trimmed(head.substr(equals + 1));
        if (net::equal_ignoring_case(name, "respond-async")) {
            out.respond_async = out.respond_async || given.empty() || given == "\"\"";
        } else if (net::equal_ignoring_case(name, "wait") && !wait_seen) {
            out.wait = delay_seconds(given);
            wait_seen = true;
        }
    }
    return out;
}

wait_preference read_prefer(const net::header_list& headers) {
    std::string joined;
    for (const auto& field : headers) {
        if (net::equal_ignoring_case(field.name, "Prefer")) {
            joined += joined.empty() ? "" : ",";
            joined += field.value;
        }
    }
    return read_prefer(joined);
}

}  // namespace gateway::handlers
