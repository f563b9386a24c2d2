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

TEST(Mask, FindsAShortValueBehindALongerNeighbour) {
    EXPECT_EQ(mask_all("abd", {"ab", "abc1"}), "***d");
    EXPECT_EQ(mask_all("abcdz", {"ab", "abcdefg", "abcdx"}), "***cdz");
}

TEST(Mask, LeavesTextWithoutValuesAlone) {
    EXPECT_EQ(mask_all("nothing here", {"", "zzz"}), "nothing here");
    EXPECT_EQ(mask_all("", {"a"}), "");
}

TEST(Mask, HidesValuesOfAnyLength) {
    EXPECT_EQ(mask_all("code 7", {"7"}), "code ***");
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
