#include <gtest/gtest.h>

#include "simulator/base64.hpp"
#include "simulator/charset.hpp"
#include "simulator/digest.hpp"
#include "simulator/form.hpp"
#include "simulator/time_text.hpp"

namespace simulator {

TEST(Base64, RoundTripsEveryRemainder) {
    for (const char* text : {"", "f", "fo", "foo", "foob", "fooba", "foobar"}) {
        EXPECT_EQ(base64_decode(base64_encode(text)), text);
    }
    EXPECT_EQ(base64_encode("fooba"), "Zm9vYmE=");
}

TEST(Base64, RefusesInvalidText) {
    for (const char* text : {"Zm9", "Zm9v YmE=", "Zm9vYmE", "Zm9\nYmE=", "Z===", "Zm=v", "Zm9-"}) {
        SCOPED_TRACE(text);
        EXPECT_EQ(base64_decode(text), std::nullopt);
    }
}

TEST(Digest, MatchesTheRfcVectors) {
    EXPECT_EQ(
        upper_hex(hmac(digest::md5, std::string(16, '\x0b'), "Hi There")),
        "9294727A3638BB1C13F48EF8158BFC9D"
    );
    EXPECT_EQ(
        upper_hex(hmac(digest::sha256, std::string(20, '\x0b'), "Hi There")),
        "B0344C61D8DB38535CA8AFCEAF0BF12B881DC200C9833DA726E9376C2E32CFF7"
    );
}

TEST(Charset, ConvertsGbkBothWays) {
    const std::string gbk = "\xC8\xAF\xC2\xEB";  // 券码
    EXPECT_EQ(to_utf8(gbk, charset::gbk), "券码");
    EXPECT_EQ(from_utf8("券码", charset::gbk), gbk);
    EXPECT_EQ(from_utf8("券码", charset::gb2312), gbk);
}

TEST(Charset, ReplacesUnmappableCharacters) {
    EXPECT_EQ(to_utf8("a\xFFz", charset::utf_8), "a\xEF\xBF\xBDz");
    EXPECT_EQ(from_utf8("a😀z", charset::gbk), "a?z");
}

TEST(Charset, KnowsItsNamesInAnyCase) {
    EXPECT_EQ(charset_named("UTF-8"), charset::utf_8);
    EXPECT_EQ(charset_named("GBK"), charset::gbk);
    EXPECT_EQ(charset_named("gb2312"), charset::gb2312);
    EXPECT_EQ(charset_named("utf8"), std::nullopt);
}

TEST(Form, DecodesPlusAndPercentAlike) {
    const auto parsed = parse_form("a=1+2%203&b=%E6%97%A0&empty=&bare");
    EXPECT_TRUE(parsed.complete);
    ASSERT_EQ(parsed.fields.size(), 4U);
    EXPECT_EQ(parsed.fields[0].value, "1 2 3");
    EXPECT_EQ(parsed.fields[1].value, "无");
    EXPECT_EQ(parsed.fields[2].value, "");
    EXPECT_EQ(parsed.fields[3].name, "bare");
}

TEST(Form, ReportsABrokenPercentSign) {
    for (const char* text : {"a=%", "a=%4", "a=%zz", "%=1"}) {
        SCOPED_TRACE(text);
        const auto parsed = parse_form(text + std::string("&b=1"));
        EXPECT_FALSE(parsed.complete);
        ASSERT_EQ(parsed.fields.size(), 1U);
        EXPECT_EQ(parsed.fields[0].name, "b");
    }
}

TEST(PlatformTime, IsReadAsGmtPlusEight) {
    const auto when = parse_platform_time("2024-05-01 08:30:00");
    ASSERT_TRUE(when);
    EXPECT_EQ(iso_time(*when), "2024-05-01T00:30:00.000Z");
    EXPECT_EQ(platform_time(*when), "2024-05-01 08:30:00");
}

TEST(PlatformTime, RefusesOtherFormatsAndImpossibleDates) {
    for (const char* text :
         {"2024-05-01T08:30:00",
          "2024-5-1 08:30:00",
          "2023-02-29 00:00:00",
          "2024-05-01 24:00:00",
          "9999-01-01 00:00:00",
          ""}) {
        SCOPED_TRACE(text);
        EXPECT_FALSE(parse_platform_time(text));
    }
}

}  // namespace simulator
