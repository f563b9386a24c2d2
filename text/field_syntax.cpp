#include "text/field_syntax.hpp"

#include <algorithm>

namespace gateway::text {

bool has_control(std::string_view text) noexcept {
    return std::ranges::any_of(text, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\t') || byte == 0x7f;
    });
}

bool is_token_char(char c) noexcept {
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           others.find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, is_token_char);
}

std::string_view trimmed(std::string_view text, std::string_view blanks) noexcept {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

base::fixed_text complaint_about_field(std::string_view line) noexcept {
    if (has_control(line)) {
        return "the header has a control character";
    }
    if (line.starts_with(' ') || line.starts_with('\t')) {
        return "a header line starts with white space (obsolete folding)";
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) {
        return "a header line is not a name, a colon and a value";
    }
    if (line[colon - 1] == ' ' || line[colon - 1] == '\t') {
        return "a header name is followed by white space";
    }
    if (!is_token(line.substr(0, colon))) {
        return "a header name has a character that names can't have";
    }
    return "";
}

}  // namespace gateway::text
