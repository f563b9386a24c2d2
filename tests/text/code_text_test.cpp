#include "text/code_text.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace gateway::text {
namespace {

std::string utf8(char32_t c) {
    std::string out;
    const auto tail = [&](unsigned shift) {
        out += static_cast<char>(0x80U | ((c >> shift) & 0x3FU));
    };
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xC0U | (c >> 6U));
        tail(0);
    } else if (c < 0x10000) {
        out += static_cast<char>(0xE0U | (c >> 12U));
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xF0U | (c >> 18U));
        tail(12);
        tail(6);
        tail(0);
    }
    return out;
}

bool refused(const std::string& text) {
    return code_fault(text).has_value();
}

TEST(CodeText, WhiteSpaceIsRefusedAtEitherEnd) {
    for (const char32_t c :
         std::vector<char32_t>{0x09,   0x0A,   0x0B,   0x0C,   0x0D,   0x20,   0x85,
                               0xA0,   0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004,
                               0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200A, 0x2028,
                               0x2029, 0x202F, 0x205F, 0x3000}) {
        EXPECT_TRUE(refused(utf8(c) + "2516352")) << static_cast<unsigned>(c);
        EXPECT_TRUE(refused("2516352" + utf8(c))) << static_cast<unsigned>(c);
    }
}

TEST(CodeText, InvisibleCharactersAreRefusedAnywhere) {
    for (const char32_t c : std::vector<char32_t>{
             0x00,   0x1F,   0x7F,   0x80,   0x9F,   0xAD,    0x34F,   0x61C,   0x115F,  0x1160,
             0x17B4, 0x180B, 0x180E, 0x200B, 0x200C, 0x200D,  0x200E,  0x200F,  0x202A,  0x202E,
             0x2060, 0x2066, 0x2069, 0x206F, 0x2800, 0x3164,  0xFE00,  0xFE0F,  0xFEFF,  0xFFA0,
             0xFFF9, 0xFFFB, 0x2028, 0x0A,   0x85,   0x1BCA0, 0x1D173, 0xE0001, 0xE0020, 0xE01EF
         }) {
        EXPECT_TRUE(refused(utf8(c) + "25")) << static_cast<unsigned>(c);
        EXPECT_TRUE(refused("2" + utf8(c) + "5")) << static_cast<unsigned>(c);
        EXPECT_TRUE(refused("25" + utf8(c))) << static_cast<unsigned>(c);
    }
}

TEST(CodeText, EverythingVisibleIsFit) {
    for (const char* text :
         {"",
          "2516352",
          "ABTRm55gkVTcZJjvY2Enjg==prIaQkv2_dsfRTETS",
          "1a2b 3c4d",
          "码/\"😀",
          "é",
          "１２３",
          "¡",
          "ￜ",
          "\xEF\xBF\xBD"}) {
        EXPECT_FALSE(refused(text)) << text;
    }
}

TEST(CodeText, NamesTheCharacterAndItsPlace) {
    EXPECT_EQ(code_fault("2516352 "), "has U+0020 (space) at its end; send the text without it");
    EXPECT_EQ(
        code_fault("\xE2\x80\x8B"
                   "25"),
        "has U+200B (zero width space) at its beginning; send the text without it"
    );
    EXPECT_EQ(
        code_fault("码2\xC2\xAD"
                   "5"),
        "has U+00AD (soft hyphen) as character 3; send the text without it"
    );
    EXPECT_EQ(code_fault("25\xF3\xA0\x80\x81"), "has U+E0001 at its end; send the text without it");
}

}  // namespace
}  // namespace gateway::text
