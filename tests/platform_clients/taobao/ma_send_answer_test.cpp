#include "tests/platform_clients/taobao/params_support.hpp"

namespace gateway::taobao {
namespace {

using redemption::attempt_outcome;
using redemption::verdict;

attempt_outcome judged(std::string_view body, bool ambiguous_before = false) {
    const auto& method = method_named("taobao.eticket.merchant.ma.send");
    return judge(method, read_body(method.name(), body), ambiguous_before, no_secrets());
}

attempt_outcome judged_ret_code(const std::string& ret_code, bool ambiguous_before = false) {
    return judged(
        R"({"eticket_merchant_ma_send_response":{"resp_body":{},"ret_code":")" + ret_code +
            R"(","ret_msg":"words"}})",
        ambiguous_before
    );
}

attempt_outcome judged_sub_code(const std::string& sub_code, bool ambiguous_before = false) {
    return judged(
        R"({"error_response":{"code":15,"msg":"Remote service error","sub_code":")" + sub_code +
            R"(","sub_msg":"words","request_id":"r1"}})",
        ambiguous_before
    );
}

TEST(MaSendAnswer, ExecutedGivesThePlatformsFields) {
    const auto outcome =
        judged(R"({"eticket_merchant_ma_send_response":{"resp_body":{"attribute_map":"{}"},)"
               R"("ret_code":"isv.success-all","ret_msg":"操作成功","request_id":"16kksr4el1bs0"}})"
        );
    EXPECT_EQ(outcome.verdict, verdict::executed);
    EXPECT_EQ(outcome.phase, redemption::phase::answered);
    EXPECT_EQ(
        outcome.result,
        R"({"resp_body":{"attribute_map":"{}"},"ret_code":"isv.success-all",)"
        R"("ret_msg":"操作成功"})"
    );
    EXPECT_EQ(outcome.said.platform_request_id, "16kksr4el1bs0");
    EXPECT_EQ(outcome.said.sub_code, "isv.success-all");
    EXPECT_EQ(outcome.said.message, "操作成功");
}

TEST(MaSendAnswer, AttributeMapComesInEveryForm) {
    const char* forms[] = {
        R"({"attribute_map":"{}"})",
        R"({"attribute_map":{"k":"v"}})",
        R"({"attribute_map":null})",
        R"({"attribute_map":""})",
        "{}",
        "null",
        "\"\"",
    };
    for (const std::string form : forms) {
        SCOPED_TRACE(form);
        const auto outcome =
            judged(R"({"resp_body":)" + form + R"(,"ret_code":"isv.success-all"})");
        EXPECT_EQ(outcome.verdict, verdict::executed);
        EXPECT_EQ(outcome.result, R"({"resp_body":)" + form + R"(,"ret_code":"isv.success-all"})");
    }
    const auto without = judged(R"({"ret_code":"isv.success-all"})");
    EXPECT_EQ(without.verdict, verdict::executed);
    EXPECT_EQ(without.result, R"({"ret_code":"isv.success-all"})");
}

TEST(MaSendAnswer, OnlyTheExactSuccessCodeIsSuccess) {
    for (const char* code :
         {"isv.success-all-", "isv.success", "isv.success-part", "ISV.SUCCESS-ALL", "1", " "}) {
        EXPECT_EQ(judged_ret_code(code).verdict, verdict::ambiguous) << code;
    }
    EXPECT_EQ(judged(R"({"ret_msg":"操作成功"})").verdict, verdict::ambiguous);
    EXPECT_EQ(judged(R"({"ret_code":null})").verdict, verdict::ambiguous);
    EXPECT_EQ(judged(R"({"ret_code":1})").verdict, verdict::ambiguous);
    EXPECT_EQ(judged(R"({"ret_code":true})").verdict, verdict::ambiguous);
    EXPECT_EQ(judged("{}").verdict, verdict::ambiguous);
}

TEST(MaSendAnswer, AlreadySentCountsAfterAnOwnAmbiguousAttempt) {
    for (const char* code :
         {"isv.eticket-send-error:code-alreay-send",
          "isv.eticket-send-error:code-already-send",
          "isv.eticket-send-error:code-already-sent",
          "isv.eticket-send-error:code-alreay-send-tmall"}) {
        SCOPED_TRACE(code);
        EXPECT_EQ(judged_sub_code(code, true).verdict, verdict::executed);
        EXPECT_EQ(judged_ret_code(code, true).verdict, verdict::executed);
        EXPECT_EQ(
            judged_sub_code(code, true).result, R"({"sub_code":")" + std::string(code) + "\"}"
        );
        for (const auto& outcome : {judged_sub_code(code, false), judged_ret_code(code, false)}) {
            EXPECT_EQ(outcome.verdict, verdict::refused);
            EXPECT_EQ(outcome.said.sub_code, code);
        }
    }
}

TEST(MaSendAnswer, ACallLimitBringsItsBanInEitherPlace) {
    for (const auto& outcome :
         {judged_sub_code("accesscontrol.limited-by-app-access-count"),
          judged_ret_code("accesscontrol.limited-by-app-access-count")}) {
        EXPECT_EQ(outcome.verdict, verdict::not_executed);
        EXPECT_EQ(outcome.ban, std::chrono::seconds(60));
        EXPECT_TRUE(outcome.ban_guessed);
    }
    const auto named = judged(R"({"ret_code":"accesscontrol.limited-by-api-access-count",)"
                              R"("ret_msg":"This ban will last for 7 more seconds"})");
    EXPECT_EQ(named.ban, std::chrono::seconds(8));
    EXPECT_FALSE(named.ban_guessed);
}

TEST(MaSendAnswer, SubCodesMeanTheSameInEitherPlace) {
    const std::pair<const char*, verdict> cases[] = {
        {"isv.eticket-order-status-error:invalid-order-status", verdict::refused},
        {"isv.eticket-token-error:invalid-token", verdict::refused},
        {"isv.missing-parameter:code", verdict::refused},
        {"isv.eticket-service-unavailable:order-is-processing", verdict::not_executed},
        {"isv.eticket-service-unavailable:op-failed", verdict::ambiguous},
        {"isp.top-remote-connection-timeout", verdict::ambiguous},
    };
    for (const auto& [code, expected] : cases) {
        SCOPED_TRACE(code);
        EXPECT_EQ(judged_sub_code(code).verdict, expected);
        EXPECT_EQ(judged_ret_code(code).verdict, expected);
    }
}

TEST(MaSendAnswer, AnUnknownCodeLeavesItOpenInEitherPlace) {
    EXPECT_EQ(judged_sub_code("isv.something-new").verdict, verdict::ambiguous);
    EXPECT_EQ(judged_ret_code("isv.something-new").verdict, verdict::ambiguous);
}

TEST(MaSendAnswer, ARefusalDoesNotBecomeSuccessAfterAnAmbiguousAttempt) {
    const auto outcome =
        judged_sub_code("isv.eticket-order-status-error:invalid-order-status", true);
    EXPECT_EQ(outcome.verdict, verdict::refused);
}

TEST(MaSendAnswer, ErrorsGoByTheProtocolsTables) {
    const auto limited =
        judged(R"({"error_response":{"code":7,"msg":"App Call Limited","sub_code":)"
               R"("accesscontrol.limited-by-api-access-count","sub_msg":)"
               R"("This ban will last for 2 more seconds"}})");
    EXPECT_EQ(limited.verdict, verdict::not_executed);
    EXPECT_EQ(limited.ban, std::chrono::seconds(3));
    EXPECT_EQ(
        judged(R"({"error_response":{"code":27,"msg":"Invalid session"}})").stops,
        redemption::fault_scope::account
    );
}

}  // namespace
}  // namespace gateway::taobao
