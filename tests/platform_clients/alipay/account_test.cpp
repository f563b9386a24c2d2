#include "platform_clients/alipay/account.hpp"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>

#include "platform_clients/alipay/methods.hpp"
#include "tests/platform_clients/alipay/fake_gateway.hpp"
#include "tests/platform_clients/alipay/vectors.hpp"
#include "tests/platform_clients/pinned_time.hpp"
#include "tests/support/run_coro.hpp"

namespace gateway::alipay {
namespace {

using redemption::attempt_outcome;
using redemption::fault_scope;
using redemption::phase;
using redemption::verdict;
using testing::answered;
using testing::fake_gateway;
using testing::signed_body;

const redemption::params_text params(R"({"entity_no":"ABTRm55gkVTcZJjvY2Enjg==prIaQkv2_dsfRTETS",)"
                                     R"("out_biz_no":"0156468653835689006788030091"})");
constexpr std::string_view success_node =
    R"({"code":"10000","msg":"Success","voucher_id":"0156468653835689006788030091"})";

class AlipayAccount : public ::testing::Test {
protected:
    attempt_outcome attempt(fake_gateway& gateway, credentials keys = testing::app_credentials()) {
        const auto shop = make_account(
            redemption::account_name("shop-a"),
            "/gateway.do",
            std::make_shared<const credentials>(std::move(keys)),
            {gateway, signers, probe, time}
        );
        return attempt(*shop);
    }

    attempt_outcome attempt(account& shop) {
        return support::run_coro([&](auto) { return shop.attempt(request()); });
    }

    attempt_outcome attempt_answered(std::string body) {
        fake_gateway gateway([&](const auto&) { return answered(body); });
        return attempt(gateway);
    }

    static redemption::attempt_request request() {
        redemption::attempt_request request;
        request.method = methods().front();
        request.params = &params;
        request.replay_safe = true;
        request.limit = std::chrono::minutes(1);
        return request;
    }

    platform_clients::testing::pinned_time time{std::chrono::sys_days(std::chrono::March / 1 / 2027)
    };
    base::worker_pool signers{1, 16};
    testing::remembering_probe probe;
};

TEST_F(AlipayAccount, ASignedSuccessIsExecuted) {
    fake_gateway gateway([](const auto&) {
        return answered(signed_body(success_node), 200, {{"trace_id", "0b26"}});
    });
    const auto outcome = attempt(gateway);
    EXPECT_EQ(outcome.phase, phase::answered);
    EXPECT_EQ(outcome.verdict, verdict::executed);
    EXPECT_EQ(outcome.result, R"({"voucher_id":"0156468653835689006788030091"})");
    EXPECT_EQ(outcome.said.code, "10000");
    EXPECT_EQ(outcome.said.sub_code, std::nullopt);
    EXPECT_EQ(outcome.said.message, "Success");
    EXPECT_EQ(outcome.said.platform_request_id, "0b26");
    EXPECT_TRUE(probe.not_trusted.empty());
}

TEST_F(AlipayAccount, SendsTheStoredContentByteForByteAndTheDeadline) {
    fake_gateway gateway([](const auto&) { return answered(signed_body(success_node)); });
    attempt(gateway);
    attempt(gateway);
    ASSERT_EQ(gateway.requests.size(), 2U);
    const auto wire = testing::vector_file("request/rsa2_utf8/wire_request.txt");
    const auto body = wire.substr(wire.find("\r\n\r\n") + 4);
    EXPECT_EQ(gateway.requests[0].body, body);
    EXPECT_EQ(gateway.requests[1].body, body);
    EXPECT_EQ(gateway.last_options.limit, std::chrono::minutes(1));
    EXPECT_FALSE(gateway.last_options.once);
}

TEST_F(AlipayAccount, TheTransportsPhaseDecidesWhenNothingWasAnswered) {
    const struct {
        net::send_phase sent;
        enum phase phase;
        enum verdict verdict;
    } rows[] = {
        {net::send_phase::not_sent, phase::not_sent, verdict::not_executed},
        {net::send_phase::maybe_sent, phase::maybe_sent, verdict::ambiguous},
    };
    for (const auto& row : rows) {
        fake_gateway gateway([&](const auto&) {
            return testing::broken(row.sent, boost::asio::error::connection_reset);
        });
        const auto outcome = attempt(gateway);
        EXPECT_EQ(outcome.phase, row.phase);
        EXPECT_EQ(outcome.verdict, row.verdict);
        EXPECT_EQ(outcome.source, redemption::error_source::network);
        EXPECT_TRUE(outcome.transport_fault);
        EXPECT_EQ(outcome.detail, "reading the answer of the gateway failed");
    }
}

TEST_F(AlipayAccount, SendsNothingWhenTooMuchWaitsToBeSigned) {
    base::worker_pool none(1, 0);
    fake_gateway gateway([](const auto&) { return answered(signed_body(success_node)); });
    const auto shop = make_account(
        redemption::account_name("shop-a"),
        "/gateway.do",
        std::make_shared<const credentials>(testing::app_credentials()),
        {gateway, none, probe, time}
    );
    const auto outcome = attempt(*shop);
    EXPECT_EQ(outcome.phase, phase::not_sent);
    EXPECT_EQ(outcome.verdict, verdict::not_executed);
    EXPECT_EQ(outcome.source, redemption::error_source::gateway);
    EXPECT_EQ(outcome.stops, redemption::fault_scope::none);
    EXPECT_FALSE(outcome.transport_fault);
    EXPECT_TRUE(gateway.requests.empty());
}

TEST_F(AlipayAccount, NoUntrustedAnswerConfirmsOrDenies) {
    const std::string node(success_node);
    const auto unsigned_body = "{\"" + std::string(testing::stock_use_node) + "\":" + node + "}";
    const struct {
        const char* name;
        std::string body;
    } rows[] = {
        {"success without a signature", unsigned_body},
        {"success signed by another key", testing::vector_file("response/16_wrong_key.body")},
        {"success altered", testing::vector_file("response/13_tampered_value.body")},
        {"success with SHA-1", testing::vector_file("response/17_sha1_signature.body")},
        {"another method's node", testing::vector_file("response/29_other_method_node.body")},
        {"two nodes", testing::vector_file("response/14_duplicate_node.body")},
        {"cut off", testing::vector_file("response/27_truncated.body")},
        {"HTML", testing::vector_file("response/28_html_body.body")},
        {"nothing", ""},
        {"an odd voucher_id", signed_body(R"({"code":"10000","voucher_id":"123"})")},
        {"an unknown code", signed_body(R"({"code":"40004","sub_code":"NEW"})")},
        {"no code", signed_body(R"({"msg":"Success"})")},
        {"a code that is a number", signed_body(R"({"code":10000})")},
        {"a busy system", testing::vector_file("response/22_gbk_body_signed.body")},
        {"a success in error_response", signed_body(success_node, "error_response")},
        {"a success with a sub_code", signed_body(R"({"code":"10000","sub_code":"X"})")},
        {"a success with a sub_code and a result",
         signed_body(
             R"({"code":"10000","sub_code":"X","voucher_id":"0156468653835689006788030091"})"
         )},
        {"an error with a result",
         signed_body(R"({"code":"40004","sub_code":"VOUCHER_HAS_EXPIRED",)"
                     R"("voucher_id":"0156468653835689006788030091"})")},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        const auto outcome = attempt_answered(row.body);
        EXPECT_EQ(outcome.phase, phase::answered);
        EXPECT_EQ(outcome.verdict, verdict::ambiguous);
        EXPECT_FALSE(outcome.detail.empty());
        EXPECT_TRUE(outcome.result.empty());
    }
    EXPECT_EQ(probe.not_trusted.size(), 9U);
}

TEST_F(AlipayAccount, AStatusOtherThan200ProvesNothing) {
    for (const unsigned status : {302U, 403U, 404U, 429U, 500U, 502U, 504U}) {
        fake_gateway gateway([&](const auto&) {
            return answered(signed_body(success_node), status);
        });
        const auto outcome = attempt(gateway);
        EXPECT_EQ(outcome.verdict, verdict::ambiguous);
        EXPECT_NE(outcome.detail.view().find(std::to_string(status)), std::string::npos);
        EXPECT_TRUE(outcome.transport_fault) << status;
    }
}

// An answer that is not Alipay's counts for the breaker; one that is, does not.
TEST_F(AlipayAccount, ABodyWithoutAlipaysShapeIsAFaultOfTheHost) {
    const struct {
        const char* name;
        std::string body;
        bool fault;
    } rows[] = {
        {"a captive portal", "<html><title>Log in</title></html>", true},
        {"nothing", "", true},
        {"words", "blocked by policy", true},
        {"cut off", signed_body(success_node).substr(0, 60), true},
        {"JSON of another kind", R"({"error":"blocked by policy"})", true},
        {"neither UTF-8 nor GBK", "{\"\xFF\xFF\":1}", true},
        {"success", signed_body(success_node), false},
        {"a refusal", signed_body(R"({"code":"40004","sub_code":"VOUCHER_HAS_EXPIRED"})"), false},
        {"an unknown code", signed_body(R"({"code":"40004","sub_code":"NEW"})"), false},
        {"another method's node", R"({"x_response":{"code":"10000"},"sign":"x"})", false},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        EXPECT_EQ(attempt_answered(row.body).transport_fault, row.fault);
    }
}

TEST_F(AlipayAccount, AHostThatAsksToBeLeftAloneIsHeard) {
    fake_gateway gateway([&](const auto&) { return answered("{}", 429, {{"Retry-After", "30"}}); });
    EXPECT_EQ(attempt(gateway).hold, std::chrono::seconds(30));
}

TEST_F(AlipayAccount, ARefusedClockIsReportedOnceAMinuteWithBothClocks) {
    const auto body = signed_body(R"({"code":"40002","sub_code":"isv.invalid-timestamp"})");
    fake_gateway gateway([&](const auto&) {
        return answered(body, 200, {{"Date", "Wed, 01 May 2024 00:30:00 GMT"}});
    });
    EXPECT_TRUE(attempt(gateway).retry_once);
    EXPECT_EQ(probe.clocks.size(), 1U);
    EXPECT_NE(probe.clocks[0].find("Wed, 01 May 2024 00:30:00 GMT"), std::string::npos);
}

TEST_F(AlipayAccount, NamesWhoSeemsToHaveAnsweredInPlaceOfAlipay) {
    fake_gateway gateway([&](const auto&) {
        return answered("<html><title>Denied</title>", 403, {{"Via", "1.1 egress"}});
    });
    const auto outcome = attempt(gateway);
    EXPECT_EQ(outcome.source, redemption::error_source::network);
    EXPECT_EQ(
        outcome.detail,
        "a host that does not speak the platform's protocol answered 403 with HTML or XML (page "
        "title \"Denied\", Via \"1.1 egress\")"
    );
    EXPECT_EQ(probe.not_trusted, std::vector<std::string>{std::string(outcome.detail)});
}

// A proxy may compress what was not asked for; the bytes are no text in any charset.
TEST_F(AlipayAccount, NamesAContentCodingThatWasNotAskedFor) {
    fake_gateway gateway([&](const auto&) {
        return answered("\x1F\x8B\x08\xFF", 200, {{"Content-Encoding", "gzip"}});
    });
    const auto outcome = attempt(gateway);
    EXPECT_EQ(outcome.verdict, verdict::ambiguous);
    EXPECT_NE(outcome.detail.view().find("content coding \"gzip\""), std::string::npos)
        << outcome.detail.view();
}

TEST_F(AlipayAccount, SignedErrorsAreJudgedByTheirCodes) {
    const struct {
        const char* node;
        enum verdict verdict;
        redemption::fault_scope stops;
    } rows[] = {
        {R"({"code":"10000","msg":"Success","voucher_id":""})",
         verdict::not_executed,
         fault_scope::none},
        {R"({"code":"10000","msg":"Success"})", verdict::not_executed, fault_scope::none},
        {R"({"code":"40004","sub_code":"VOUCHER_HAS_EXPIRED"})", verdict::refused, fault_scope::none
        },
        {R"({"code":"40004","sub_code":"SLA_ERROR"})", verdict::not_executed, fault_scope::none},
        {R"({"code":"40006","sub_code":"isv.illegal-client-ip"})",
         verdict::not_executed,
         fault_scope::method},
        {R"({"code":"40004","sub_code":"DB_EXCEPTION"})", verdict::ambiguous, fault_scope::none},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.node);
        const auto outcome = attempt_answered(signed_body(row.node));
        EXPECT_EQ(outcome.verdict, row.verdict);
        EXPECT_EQ(outcome.stops, row.stops);
    }
}

TEST_F(AlipayAccount, AnUnsignedErrorIsAHint) {
    const auto body = "{\"" + std::string(testing::stock_use_node) +
                      R"(":{"code":"40004","sub_code":"VOUCHER_HAS_EXPIRED"}})";
    const auto outcome = attempt_answered(body);
    EXPECT_EQ(outcome.verdict, verdict::ambiguous);
    EXPECT_EQ(outcome.said.sub_code, "VOUCHER_HAS_EXPIRED");
    const auto unknown_app =
        attempt_answered(testing::vector_file("response/10_unsigned_gateway_error.body"));
    EXPECT_EQ(unknown_app.verdict, verdict::not_executed);
    EXPECT_EQ(unknown_app.stops, redemption::fault_scope::account);
}

TEST_F(AlipayAccount, ARefusedSignatureIsExplained) {
    const auto outcome = attempt_answered(signed_body(
        R"({"code":"40002","msg":"Invalid Arguments","sub_code":"isv.invalid-signature",)"
        R"("sub_msg":"验签字符串为：app_id=2021000000000001&amp;biz_content={&quot;entity_no&quot;:)"
        R"(&quot;ABTRm55gkVTcZJjvY2Enjg==prIaQkv2_dsfRTETS&quot;}&amp;charset=GBK"})"
    ));
    EXPECT_EQ(outcome.stops, redemption::fault_scope::account);
    EXPECT_EQ(outcome.said.message->view().find("ABTRm"), std::string::npos);
    ASSERT_EQ(probe.refused.size(), 1U);
    const auto& diagnosis = probe.refused.front();
    EXPECT_NE(diagnosis.find("first difference at byte"), std::string::npos) << diagnosis;
    EXPECT_NE(diagnosis.find("charset=GBK; ours: app_id=2021000000000001&"), std::string::npos)
        << diagnosis;
    EXPECT_EQ(diagnosis.find("ABTRm"), std::string::npos) << diagnosis;
}

TEST_F(AlipayAccount, RespelledSlashesAreReported) {
    const auto outcome =
        attempt_answered(testing::vector_file("response/08_slash_escaped_signed_unescaped.body"));
    EXPECT_EQ(outcome.stops, redemption::fault_scope::account);
    EXPECT_EQ(probe.respelled, 1);
}

TEST_F(AlipayAccount, ContentThatTheCharsetLacksIsRefusedUnsent) {
    fake_gateway gateway([](const auto&) { return answered(signed_body(success_node)); });
    auto keys = testing::app_credentials();
    keys.text = charset::gbk;
    const auto shop = make_account(
        redemption::account_name("shop-a"),
        "/gateway.do",
        std::make_shared<const credentials>(std::move(keys)),
        {gateway, signers, probe, time}
    );
    const redemption::params_text no_gbk(R"({"entity_no":"🎫","out_biz_no":"1"})");
    const auto outcome = support::run_coro([&](auto) {
        auto emoji = request();
        emoji.params = &no_gbk;
        return shop->attempt(emoji);
    });
    EXPECT_TRUE(gateway.requests.empty());
    EXPECT_EQ(outcome.phase, phase::not_sent);
    EXPECT_EQ(outcome.verdict, verdict::refused);
    EXPECT_EQ(outcome.source, redemption::error_source::caller);
}

TEST_F(AlipayAccount, AnAttemptKeepsTheCredentialsItBeganWith) {
    auto fresh = testing::app_credentials();
    fresh.app_id = "2021000000000002";
    fresh.alipays = public_key();  // could not verify anything
    account* shop = nullptr;
    fake_gateway gateway([&](const auto&) {
        shop->replace_credentials(std::make_shared<const credentials>(fresh));
        return answered(signed_body(success_node));
    });
    const auto owner = make_account(
        redemption::account_name("shop-a"),
        "/gateway.do",
        std::make_shared<const credentials>(testing::app_credentials()),
        {gateway, signers, probe, time}
    );
    shop = owner.get();
    EXPECT_EQ(attempt(*shop).verdict, verdict::executed);
    EXPECT_EQ(attempt(*shop).verdict, verdict::ambiguous);
    EXPECT_NE(gateway.requests[0].target.find("app_id=2021000000000001"), std::string::npos);
    EXPECT_NE(gateway.requests[1].target.find("app_id=2021000000000002"), std::string::npos);
}

}  // namespace
}  // namespace gateway::alipay
