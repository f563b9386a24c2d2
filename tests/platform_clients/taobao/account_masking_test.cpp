// Codes and secrets that the platform echoes are masked before anybody sees them.

#include "tests/platform_clients/taobao/account_fixture.hpp"

namespace gateway::taobao {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST_F(TopAccount, MasksCodesThatThePlatformEchoes) {
    client.answer(R"({"error_response":{"code":15,"msg":"Remote service error","sub_code":)"
                  R"("isv.invalid-parameter:abc123456","sub_msg":"code abc123456 of 6100session"}})"
    );
    const auto outcome = sends();
    EXPECT_EQ(outcome.said.sub_code, "isv.invalid-parameter:***");
    EXPECT_EQ(outcome.said.message, "code *** of ***");
    EXPECT_THAT(outcome.detail, Not(HasSubstr("abc123456")));
}

TEST_F(TopAccount, MasksCodesInTheResult) {
    client.answer(R"({"ret_code":"isv.eticket-send-error:x","ret_msg":"abc123456 is taken",)"
                  R"("resp_body":{"attribute_map":"{\"code\":\"abc123456\"}"}})");
    EXPECT_EQ(
        sends().result,
        R"({"resp_body":{"attribute_map":"{\"code\":\"***\"}"},)"
        R"("ret_code":"isv.eticket-send-error:x","ret_msg":"*** is taken"})"
    );
}

TEST_F(TopAccount, MasksACodeInEverySpelling) {
    client.answer(R"({"error_response":{"code":15,"sub_msg":"a/b\"c+1 a%2Fb%22c%2B1 a\/b\\\"c+1"}})"
    );
    EXPECT_EQ(
        sends(R"({"isv_ma_list":[{"code":"a/b\"c+1","num":1}],"outer_id":"1","token":"t0"})")
            .said.message,
        "*** *** ***"
    );
}

TEST_F(TopAccount, CutsLongMessagesWithoutLeavingHalfACode) {
    client.answer(
        R"({"error_response":{"code":15,"sub_code":")" + std::string(5000, 's') +
        R"(","sub_msg":")" + std::string(508, 'm') + R"(abc123456"}})"
    );
    const auto said = sends().said;
    EXPECT_EQ(said.sub_code, std::string(128, 's'));
    EXPECT_EQ(said.message, std::string(508, 'm') + "***");
}

TEST_F(TopAccount, ShowsWhatItSignedWhenTheSignatureIsRefused) {
    client.answer(R"({"error_response":{"code":25,"msg":"Invalid signature"}})");
    EXPECT_EQ(sends().stops, redemption::fault_scope::account);
    EXPECT_THAT(
        watcher.refused,
        ElementsAre("fliggy: signed with hmac-sha256 and an app secret of 10 characters: "
                    "app_key12345678formatjsonisv_ma_list[{\"code\":\"***\",\"num\":1}]"
                    "methodtaobao.eticket.merchant.ma.sendouter_id1753340805138544session***"
                    "sign_methodhmac-sha256timestamp2024-05-01 08:30:00tokent0v2.0")
    );
}

TEST_F(TopAccount, KeepsQuietAboutOtherErrors) {
    client.answer(R"({"error_response":{"code":24,"msg":"Missing signature"}})");
    sends();
    EXPECT_THAT(watcher.refused, IsEmpty());
}

}  // namespace
}  // namespace gateway::taobao
