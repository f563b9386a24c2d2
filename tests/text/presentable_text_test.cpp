#include "text/presentable_text.hpp"

#include <gtest/gtest.h>

namespace gateway::text {
namespace {

TEST(PresentableText, IsCutBetweenCharacters) {
    EXPECT_EQ(presentable("操作成功", 7), "操作");
    EXPECT_EQ(presentable("操作成功", 6), "操作");
    EXPECT_EQ(presentable("abc", 3), "abc");
    EXPECT_EQ(presentable("abcd", 3), "abc");
    EXPECT_EQ(presentable("操", 1), "");
}

TEST(PresentableText, HoldsNoControlCharacters) {
    EXPECT_EQ(presentable(std::string_view("a\nb\tc\0d\x7F", 8), 100), "a b c d ");
}

// A platform's words are read on terminals and in logs.
TEST(PresentableText, HoldsNothingThatCannotBeSeen) {
    EXPECT_EQ(
        presentable(
            "a\xC2\x9B"
            "31mb",
            100
        ),
        "a 31mb"
    ) << "C1: an escape sequence";
    EXPECT_EQ(
        presentable(
            "a\xE2\x80\xA8"
            "b\xE2\x80\xA9"
            "c",
            100
        ),
        "a b c"
    ) << "line separators";
    for (const char* unseen :
         {"\xE2\x80\xAE",
          "\xE2\x81\xA6",
          "\xE2\x80\x8B",
          "\xEF\xBB\xBF",
          "\xD8\x9C",
          "\xF3\xA0\x81\x81"}) {
        EXPECT_EQ(
            presentable(std::string("a") + unseen + "b", 100),
            "a\xEF\xBF\xBD"
            "b"
        );
    }
    EXPECT_EQ(presentable("核销码无效 é", 100), "核销码无效 é");
}

TEST(PresentableText, IsAlwaysUtf8) {
    EXPECT_EQ(presentable("\xC8\xAF ok", 100), "\xC8\xAF ok");
    EXPECT_EQ(presentable("\xC8\xAF\xD2\xD1 GBK", 100), "\xC8\xAF\xEF\xBF\xBD\xEF\xBF\xBD GBK")
        << "what happens to be UTF-8 stays";
    EXPECT_EQ(presentable("x\xFF", 100), "x\xEF\xBF\xBD");
    EXPECT_EQ(presentable("x\xFF", 3), "x");
}

}  // namespace
}  // namespace gateway::text
