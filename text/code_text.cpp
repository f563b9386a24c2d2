#include "text/code_text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "text/hex.hpp"
#include "text/invisible_characters.hpp"
#include "text/utf8.hpp"

namespace gateway::text {
namespace {

struct range {
    char32_t first;
    char32_t last;
};

// Unicode's White_Space, without the controls and line separators among it.
constexpr range white_space[] = {
    {0x20, 0x20},
    {0xA0, 0xA0},
    {0x1680, 0x1680},
    {0x2000, 0x200A},
    {0x202F, 0x202F},
    {0x205F, 0x205F},
    {0x3000, 0x3000},
};

struct named_character {
    char32_t code_point;
    base::fixed_text name;
};

constexpr named_character names[] = {
    {0x09, "tab"},
    {0x0A, "line feed"},
    {0x0D, "carriage return"},
    {0x20, "space"},
    {0xA0, "no-break space"},
    {0xAD, "soft hyphen"},
    {0x200B, "zero width space"},
    {0x200C, "zero width non-joiner"},
    {0x200D, "zero width joiner"},
    {0x200E, "left-to-right mark"},
    {0x200F, "right-to-left mark"},
    {0x2028, "line separator"},
    {0x202A, "left-to-right embedding"},
    {0x202B, "right-to-left embedding"},
    {0x202C, "pop directional formatting"},
    {0x202D, "left-to-right override"},
    {0x202E, "right-to-left override"},
    {0x2060, "word joiner"},
    {0x3000, "ideographic space"},
    {0xFEFF, "byte order mark"},
};

template <std::size_t N>
bool is_in(const range (&ranges)[N], char32_t code_point) noexcept {
    return std::any_of(std::begin(ranges), std::end(ranges), [&](const range& one) {
        return one.first <= code_point && code_point <= one.last;
    });
}

base::redacted_text title_of(char32_t code_point) {
    const char bytes[] = {
        static_cast<char>(code_point >> 16U),
        static_cast<char>(code_point >> 8U),
        static_cast<char>(code_point)
    };
    const auto digits = to_upper_hex({bytes, sizeof bytes});
    // Of one character that cannot be seen.
    auto out = base::redacted_text::trusted(
        "U+" + digits.substr(std::min<std::size_t>(digits.find_first_not_of('0'), 2))
    );
    for (const auto& one : names) {
        if (one.code_point == code_point) {
            out += base::fixed_text(" (") + base::redacted_text(one.name) + base::fixed_text(")");
        }
    }
    return out;
}

}  // namespace

std::optional<base::redacted_text> code_fault(std::string_view text) {
    std::size_t number = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto length = std::max<std::size_t>(utf8_length(text, at), 1);
        const auto code_point = code_point_at(text, at, length);
        const bool first = at == 0;
        at += length;
        ++number;
        const bool outer = first || at == text.size();
        if (is_invisible(code_point) || (outer && is_in(white_space, code_point))) {
            base::redacted_text where = base::fixed_text(" at its beginning");
            if (!first) {
                where = at == text.size() ? base::redacted_text(" at its end")
                                          : base::fixed_text(" as character ") +
                                                base::redacted_text::number(number);
            }
            return base::fixed_text("has ") + title_of(code_point) + where +
                   base::fixed_text("; send the text without it");
        }
    }
    return std::nullopt;
}

}  // namespace gateway::text
