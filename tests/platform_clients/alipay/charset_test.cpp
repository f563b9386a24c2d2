#include "platform_clients/alipay/charset.hpp"

#include <gtest/gtest.h>

namespace gateway::alipay {
namespace {

TEST(AlipayCharset, EncodesAndDecodesStrictly) {
    const struct {
        const char* name;
        charset text;
        const char* utf8;
        std::optional<std::string> bytes;
    } rows[] = {
        {"ASCII", charset::gbk, "a\\{}", "a\\{}"},
        {"a simplified character", charset::gbk, "券", "\xC8\xAF"},
        {"the same in GB2312", charset::gb2312, "券", "\xC8\xAF"},
        {"a traditional character", charset::gbk, "語", "\xD5\x5A"},
        {"which GB2312 lacks", charset::gb2312, "語", std::nullopt},
        {"the middle dot has GBK's code", charset::gb2312, "·", "\xA1\xA4"},
        {"the dash has GBK's code", charset::gb2312, "—", "\xA1\xAA"},
        {"an emoji", charset::gbk, "🎫", std::nullopt},
        {"broken UTF-8 in", charset::gbk, "\xE5\x88", std::nullopt},
        {"UTF-8 as it is", charset::utf_8, "券🎫", "券🎫"},
        {"broken UTF-8 out", charset::utf_8, "\xC8\x41", std::nullopt},
        {"a surrogate in UTF-8", charset::utf_8, "\xED\xA0\x80", std::nullopt},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        EXPECT_EQ(encode_text(row.utf8, row.text), row.bytes);
        if (row.bytes) {
            EXPECT_EQ(decode_text(*row.bytes, row.text), row.utf8);
        }
    }
}

TEST(AlipayCharset, RefusesBytesOfNoCharacter) {
    for (const auto* bytes : {"\xC8", "\xC8\x22", "\xFF\x41", "\x80"}) {
        EXPECT_EQ(decode_text(bytes, charset::gbk), std::nullopt);
        EXPECT_EQ(decode_text(bytes, charset::utf_8), std::nullopt);
    }
}

TEST(AlipayCharset, EveryCharsetHasAConverterAndOneName) {
    EXPECT_TRUE(charset_available(charset::utf_8));
    EXPECT_TRUE(charset_available(charset::gbk));
    EXPECT_TRUE(charset_available(charset::gb2312));
    EXPECT_EQ(charset_name(charset::utf_8), "utf-8");
    EXPECT_EQ(charset_name(charset::gbk), "GBK");
    EXPECT_EQ(charset_name(charset::gb2312), "GB2312");
}

}  // namespace
}  // namespace gateway::alipay
