#include "text/invisible_characters.hpp"

#include <algorithm>
#include <iterator>

namespace gateway::text {
namespace {

struct range {
    char32_t first;
    char32_t last;
};

// C0, DEL, C1 and the line separators; Unicode's Default_Ignorable_Code_Point; the annotation
// marks; the blank pattern of Braille.
constexpr range invisible[] = {
    {0x00, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},       {0x34F, 0x34F},     {0x61C, 0x61C},
    {0x115F, 0x1160}, {0x17B4, 0x17B5}, {0x180B, 0x180F},   {0x200B, 0x200F},   {0x2028, 0x202E},
    {0x2060, 0x206F}, {0x2800, 0x2800}, {0x3164, 0x3164},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},
    {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
};

}  // namespace

bool is_invisible(char32_t code_point) noexcept {
    const auto* const behind = std::upper_bound(
        std::begin(invisible),
        std::end(invisible),
        code_point,
        [](char32_t one, const range& other) { return one < other.first; }
    );
    return behind != std::begin(invisible) && code_point <= std::prev(behind)->last;
}

char32_t code_point_at(std::string_view text, std::size_t at, std::size_t length) noexcept {
    constexpr unsigned char lead_bits[] = {0x7F, 0x1F, 0x0F, 0x07};
    char32_t out = static_cast<unsigned char>(text[at]) & lead_bits[length - 1];
    for (std::size_t i = 1; i < length; ++i) {
        out = (out << 6U) | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
    }
    return out;
}

}  // namespace gateway::text
