#include "platform_clients/taobao/masker.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace gateway::taobao {
namespace {

masker hiding(std::vector<std::string> values) {
    std::vector<base::card_secret> secrets;
    for (auto& value : values) {
        secrets.emplace_back(std::move(value));
    }
    return masker(secrets);
}

std::string mask_all(std::string_view text, std::vector<std::string> values) {
    return std::string(hiding(std::move(values)).masked(text));
}

TEST(TopMasker, HidesEveryOccurrence) {
    EXPECT_EQ(mask_all("code abc123 and abc123", {"abc123"}), "code *** and ***");
}

TEST(TopMasker, HidesTheLongestValueThatFits) {
    EXPECT_EQ(mask_all("abc123456 abc1", {"abc1", "abc123456", "abc15"}), "*** ***");
}

TEST(TopMasker, FindsAShorterValueBehindALongerNeighbour) {
    EXPECT_EQ(mask_all("abcdd", {"abcd", "abcdc1"}), "***d");
    EXPECT_EQ(mask_all("abcdeez", {"abcd", "abcdefg", "abcdex"}), "***eez");
}

TEST(TopMasker, LeavesTextWithoutValuesAlone) {
    EXPECT_EQ(mask_all("nothing here", {"", "zzzz"}), "nothing here");
    EXPECT_EQ(mask_all("", {"a", "abcd"}), "");
}

TEST(TopMasker, HidesShortValuesWhereTheyStandAlone) {
    EXPECT_EQ(mask_all("7", {"7"}), "***");
    EXPECT_EQ(mask_all("code 7 of 17, 71 or 7.", {"7"}), "code *** of 17, 71 or ***.");
    EXPECT_EQ(mask_all("isv.success-all", {"a", "ll"}), "isv.success-all");
    EXPECT_EQ(mask_all(R"({"ka_mi":"a~b~abc"})", {"a", "b", "abc"}), R"({"ka_mi":"***~***~***"})");
}

TEST(TopMasker, TakesCharactersBeyondAsciiForAlone) {
    EXPECT_EQ(mask_all("凭证码错误", {"码"}), "凭证***错误");
}

TEST(TopMasker, HidesEverySpelling) {
    EXPECT_EQ(mask_all(R"(a"bc, a\"bc, a%22bc, a'bc)", {"a\"bc"}), "***, ***, ***, a'bc");
}

TEST(TopMasker, MasksBeforeItCuts) {
    EXPECT_EQ(hiding({"abc123"}).readable("is abc123", 6), "is ***");
}

TEST(TopMasker, HidesOnlyTheStringsOfAnObject) {
    const auto secrets = hiding({"1", "abc123", "ret_msg"});
    EXPECT_EQ(
        secrets.masked_strings(R"({"ret_msg":"code abc123","n":1,"list":[{"x":"1"}],"ok":true})"),
        R"({"ret_msg":"code ***","n":1,"list":[{"x":"***"}],"ok":true})"
    );
}

}  // namespace
}  // namespace gateway::taobao
