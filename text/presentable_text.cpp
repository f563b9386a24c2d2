#include "text/presentable_text.hpp"

#include "text/utf8.hpp"

namespace gateway::text {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

bool is_control(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

}  // namespace

std::string presentable(std::string_view text, std::size_t bytes) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto length = utf8_length(text, at);
        auto character = length == 0 ? replacement : text.substr(at, length);
        if (length == 1 && is_control(character.front())) {
            character = " ";
        }
        if (out.size() + character.size() > bytes) {
            break;
        }
        out += character;
        at += length == 0 ? 1 : length;
    }
    return out;
}

}  // namespace gateway::text
