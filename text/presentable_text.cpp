#include "text/presentable_text.hpp"

#include "text/invisible_characters.hpp"
#include "text/utf8.hpp"

namespace gateway::text {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

constexpr char32_t line_separator = 0x2028;
constexpr char32_t paragraph_separator = 0x2029;

// What stands for the character at `at`: a blank for a control or a line separator, U+FFFD for
// anything else that can't be seen.
std::string_view shown(std::string_view text, std::size_t at, std::size_t length) {
    if (length == 0) {
        return replacement;
    }
    const auto code_point = code_point_at(text, at, length);
    if (!is_invisible(code_point)) {
        return text.substr(at, length);
    }
    const bool separates =
        code_point <= 0x9F || code_point == line_separator || code_point == paragraph_separator;
    return separates ? " " : replacement;
}

}  // namespace

std::string presentable(std::string_view text, std::size_t bytes) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto length = utf8_length(text, at);
        const auto character = shown(text, at, length);
        if (out.size() + character.size() > bytes) {
            break;
        }
        out += character;
        at += length == 0 ? 1 : length;
    }
    return out;
}

}  // namespace gateway::text
