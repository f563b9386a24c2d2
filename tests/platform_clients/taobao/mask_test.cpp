#include "platform_clients/taobao/mask.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace gateway::taobao {
namespace {

std::string mask_all(std::string_view text, std::vector<std::string> values) {
    return masked(text, values);
}

TEST(Mask, HidesEveryOccurrence) {
    EXPECT_EQ(mask_all("code abc123 and abc123", {"abc123"}), "code *** and ***");
}

TEST(Mask, HidesTheLongestValueThatFits) {
    EXPECT_EQ(mask_all("abc123456 abc1", {"abc1", "abc123456", "abc15"}), "*** ***");
}

TEST(Mask, FindsAShorterValueBehindALongerNeighbour) {
    EXPECT_EQ(mask_all("abcdd", {"abcd", "abcdc1"}), "***d");
    EXPECT_EQ(mask_all("abcdeez", {"abcd", "abcdefg", "abcdex"}), "***eez");
}

TEST(Mask, LeavesTextWithoutValuesAlone) {
    EXPECT_EQ(mask_all("nothing here", {"", "zzzz"}), "nothing here");
    EXPECT_EQ(mask_all("", {"a", "abcd"}), "");
}

TEST(Mask, HidesShortValuesWhereTheyStandAlone) {
    EXPECT_EQ(mask_all("7", {"7"}), "***");
    EXPECT_EQ(mask_all("code 7 of 17, 71 or 7.", {"7"}), "code *** of 17, 71 or ***.");
    EXPECT_EQ(mask_all("isv.success-all", {"a", "ll"}), "isv.success-all");
    EXPECT_EQ(mask_all(R"({"ka_mi":"a~b~abc"})", {"a", "b", "abc"}), R"({"ka_mi":"***~***~***"})");
}

TEST(Mask, TakesCharactersBeyondAsciiForAlone) {
    EXPECT_EQ(mask_all("凭证码错误", {"码"}), "凭证***错误");
}

TEST(Clip, CutsBetweenCharacters) {
    EXPECT_EQ(clipped("操作成功", 7), "操作");
    EXPECT_EQ(clipped("操作成功", 6), "操作");
    EXPECT_EQ(clipped("abc", 3), "abc");
    EXPECT_EQ(clipped("abcd", 3), "abc");
    EXPECT_EQ(clipped("操", 1), "");
}

}  // namespace
}  // namespace gateway::taobao
