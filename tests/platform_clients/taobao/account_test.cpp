#include "platform_clients/taobao/account.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "platform_clients/taobao/signature.hpp"
#include "tests/platform_clients/taobao/account_fixture.hpp"

namespace gateway::taobao {
namespace {

namespace asio = boost::asio;
using redemption::attempt_outcome;
using redemption::verdict;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(TopAccount, PostsEverythingInASignedForm) {
    client.answer(R"({"eticket_merchant_ma_send_response":{"ret_code":"isv.success-all"}})");
    EXPECT_EQ(sends().verdict, verdict::executed);
    ASSERT_EQ(client.requests.size(), 1U);
    const auto& request = client.requests.front();
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "");
    EXPECT_EQ(
        request.headers.find("Content-Type"), "application/x-www-form-urlencoded;charset=utf-8"
    );
    EXPECT_FALSE(request.headers.find("Accept-Encoding"));
    EXPECT_EQ(field(request.body, "method"), "taobao.eticket.merchant.ma.send");
    EXPECT_EQ(field(request.body, "timestamp"), "2024-05-01 08:30:00");
    EXPECT_EQ(field(request.body, "session"), "6100session");
    EXPECT_EQ(field(request.body, "isv_ma_list"), R"([{"code":"abc123456","num":1}])");
    EXPECT_EQ(
        field(request.body, "sign"),
        sign(
            config::top_sign_method::hmac_sha256,
            base::card_secret(
                "app_key12345678formatjsonisv_ma_list[{\"code\":\"abc123456\",\"num\":1}]"
                "methodtaobao.eticket.merchant.ma.sendouter_id1753340805138544session6100session"
                "sign_methodhmac-sha256timestamp2024-05-01 08:30:00tokent0v2.0"
            ),
            base::secret_text("helloworld")
        )
    );
}

TEST_F(TopAccount, SendsASessionOnlyWhereItIsNeeded) {
    client.answer(R"({"is_success":true})");
    const auto from = make();
    EXPECT_EQ(run(*from, asks(verify, verify_params)).verdict, verdict::executed);
    ASSERT_EQ(client.requests.size(), 1U);
    EXPECT_FALSE(field(client.requests.front().body, "session"));
}

TEST_F(TopAccount, SendsNothingWithoutTheSessionAMethodNeeds) {
    const auto from = make("");
    const auto outcome = run(*from, asks(send, send_params));
    EXPECT_EQ(outcome.phase, redemption::phase::not_sent);
    EXPECT_EQ(outcome.verdict, verdict::not_executed);
    EXPECT_EQ(outcome.stops, redemption::fault_scope::method);
    EXPECT_EQ(outcome.source, redemption::error_source::gateway);
    EXPECT_THAT(outcome.detail, HasSubstr("fliggy has no session"));
    EXPECT_THAT(client.requests, IsEmpty());
}

TEST_F(TopAccount, SendsNothingWhenTheParametersCannotBeRead) {
    const auto outcome = sends("{}");
    EXPECT_EQ(outcome.phase, redemption::phase::not_sent);
    EXPECT_EQ(outcome.verdict, verdict::not_executed);
    EXPECT_EQ(outcome.stops, redemption::fault_scope::none);
    EXPECT_THAT(client.requests, IsEmpty());
}

TEST_F(TopAccount, HandsDeadlineAndCareOn) {
    const auto from = make();
    auto request = asks(verify, verify_params);
    run(*from, request);
    request.replay_safe = true;
    run(*from, request);
    ASSERT_EQ(client.seen.size(), 2U);
    EXPECT_EQ(client.seen[0].limit, request.limit);
    EXPECT_TRUE(client.seen[0].once);
    EXPECT_FALSE(client.seen[1].once);
}

TEST_F(TopAccount, PassesAnEarlierAmbiguousAttemptToTheMethod) {
    client.answer(
        R"({"error_response":{"code":15,"sub_code":"isv.eticket-send-error:code-alreay-send"}})"
    );
    const auto from = make();
    auto request = asks(send, send_params);
    EXPECT_EQ(run(*from, request).verdict, verdict::refused);
    request.ambiguous_before = true;
    EXPECT_EQ(run(*from, request).verdict, verdict::executed);
}

TEST_F(TopAccount, UsesNewCredentialsFromTheNextAttemptOn) {
    client.answer(R"({"error_response":{"code":25,"msg":"Invalid signature"}})");
    const auto from = make();
    asio::io_context loop;
    asio::steady_timer hold(loop, asio::steady_timer::time_point::max());
    client.hold = &hold;
    std::size_t finished = 0;
    const auto done = [&](auto error, const attempt_outcome&) {
        EXPECT_FALSE(error);
        ++finished;
    };
    asio::co_spawn(loop, from->attempt(asks(send, send_params)), done);
    loop.poll();
    ASSERT_EQ(client.requests.size(), 1U);
    EXPECT_EQ(finished, 0U);

    from->replace_credentials(keys("otherworld", "6100other"));
    hold.cancel();
    client.hold = nullptr;
    asio::co_spawn(loop, from->attempt(asks(send, send_params)), done);
    loop.run();

    EXPECT_EQ(finished, 2U);
    ASSERT_EQ(client.requests.size(), 2U);
    EXPECT_EQ(field(client.requests[0].body, "session"), "6100session");
    EXPECT_EQ(field(client.requests[1].body, "session"), "6100other");
    EXPECT_NE(field(client.requests[0].body, "sign"), field(client.requests[1].body, "sign"));
}

TEST_F(TopAccount, RefusesAMethodOfAnotherPlatform) {
    class foreign final : public redemption::platform_method {
    public:
        base::fixed_text name() const noexcept override { return "x"; }
        redemption::platform_kind platform() const noexcept override {
            return redemption::platform_kind::alipay;
        }
        std::chrono::seconds default_expires_in() const noexcept override { return {}; }
        redemption::params_reading read(const redemption::params_text&, text::code_rule)
            const override {
            return redemption::terms{};
        }
    };
    const foreign method;
    redemption::attempt_request request;
    request.method = &method;
    const auto from = make();
    const auto outcome = run(*from, request);
    EXPECT_EQ(outcome.phase, redemption::phase::not_sent);
    EXPECT_EQ(outcome.verdict, verdict::not_executed);
    EXPECT_THAT(client.requests, IsEmpty());
}

}  // namespace
}  // namespace gateway::taobao
