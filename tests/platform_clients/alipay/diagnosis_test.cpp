#include "platform_clients/alipay/diagnosis.hpp"

#include <gtest/gtest.h>

#include "platform_clients/alipay/masker.hpp"

namespace gateway::alipay {
namespace {

constexpr std::string_view ours =
    R"(app_id=2021&biz_content={"entity_no":"SECRET"}&charset=utf-8&method=m&sign_type=RSA2)";

signature_comparison compared(std::string_view sub_msg) {
    static constexpr std::string_view members[] = {"entity_no"};
    const masker secrets(members, redemption::params_text(R"({"entity_no":"SECRET"})"), {});
    return compare_signed_text(base::card_secret(std::string(ours)), sub_msg, secrets);
}

TEST(AlipaySignatureComparison, FindsTheFirstDifferenceInTheEchoedText) {
    const auto found = compared(
        "验签出错，建议检查签名字符串，网关生成的验签字符串为：app_id=2021&amp;biz_content="
        "{&quot;entity_no&quot;:&quot;SECRET&quot;}&amp;charset=GBK&amp;method=m&amp;sign_type=RSA2"
    );
    EXPECT_EQ(found.first_difference, ours.find("utf-8"));
    EXPECT_EQ(
        found.theirs,
        R"(app_id=2021&biz_content={"entity_no":"******"}&charset=GBK&method=m&sign_type=RSA2)"
    );
    EXPECT_NE(found.summary.view().find("in charset: ours"), std::string::npos)
        << found.summary.view();
    EXPECT_NE(found.summary.view().find("charset=>>>utf-8"), std::string::npos)
        << found.summary.view();
    EXPECT_NE(found.summary.view().find("charset=>>>GBK"), std::string::npos)
        << found.summary.view();
    EXPECT_TRUE(found.summary.view().ends_with(
        "; theirs: " + std::string(found.theirs) + "; ours: " + std::string(found.ours)
    ));
}

TEST(AlipaySignatureComparison, HidesTheCodeOnBothSidesAlsoWhereTheyDiffer) {
    const auto found = compared(
        "app_id=2021&amp;biz_content={&quot;entity_no&quot;:&quot;SECR?T&quot;}&amp;charset=utf-8"
    );
    EXPECT_EQ(found.first_difference, ours.find("ET\"}"));
    for (const auto& text : {found.ours, found.theirs, found.summary}) {
        EXPECT_EQ(text.view().find("SEC"), std::string::npos) << text.view();
    }
}

TEST(AlipaySignatureComparison, TheSameTextMeansTheKeysDiffer) {
    for (const auto* behind : {"", "，请检查"}) {
        std::string echoed = "string：";
        for (const char c : ours) {
            echoed += c == '&' ? "&amp;" : c == '"' ? "&quot;" : std::string(1, c);
        }
        const auto found = compared(echoed + behind);
        EXPECT_FALSE(found.first_difference);
        EXPECT_NE(found.summary.view().find("the very same text"), std::string::npos)
            << found.summary.view();
    }
}

TEST(AlipaySignatureComparison, FindsAParameterThatOnlyOneSideHas) {
    const auto more = compared("text：alipay_sdk=x&amp;app_id=2021&amp;charset=utf-8");
    EXPECT_EQ(more.theirs, "alipay_sdk=x&app_id=2021&charset=utf-8");
    EXPECT_EQ(more.first_difference, 1U);
    const auto colon = compared("string:alipay_sdk=x&amp;app_id=2021");
    EXPECT_EQ(colon.theirs, "alipay_sdk=x&app_id=2021");
    const auto less = compared("text: biz_content={}&amp;charset=utf-8");
    EXPECT_EQ(less.theirs, "biz_content={}&charset=utf-8");
    EXPECT_EQ(less.first_difference, 0U);
}

TEST(AlipaySignatureComparison, ACutEchoDiffersWhereItEnds) {
    const auto found = compared("app_id=2021");
    EXPECT_EQ(found.first_difference, 11U);
}

TEST(AlipaySignatureComparison, TheMarkStandsBetweenCharacters) {
    const masker none({}, redemption::params_text("{}"), {});
    const auto found = compare_signed_text(
        base::card_secret("a=一二三四五六七八九十甲乙丙&b=1"),
        "a=一二三四五六七八九十甲乙丁&b=1",
        none
    );
    EXPECT_NE(found.summary.view().find("五六七八九十甲乙>>>丙&b=1\""), std::string::npos)
        << found.summary.view();
    EXPECT_NE(found.summary.view().find("五六七八九十甲乙>>>丁&b=1\""), std::string::npos)
        << found.summary.view();
}

TEST(AlipaySignatureComparison, SaysWhenTheAnswerEchoesNothing) {
    for (const auto* words : {"", "无效签名", "my_app_id is wrong"}) {
        const auto found = compared(words);
        EXPECT_TRUE(found.theirs.empty()) << found.theirs.view();
        EXPECT_FALSE(found.first_difference);
        EXPECT_NE(found.summary.view().find("without saying"), std::string::npos);
    }
}

}  // namespace
}  // namespace gateway::alipay
