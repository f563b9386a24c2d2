#include "platform_clients/taobao/account.hpp"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "platform_clients/taobao/request.hpp"
#include "platform_clients/taobao/signature.hpp"
#include "tests/platform_clients/pinned_time.hpp"
#include "tests/platform_clients/taobao/params_support.hpp"
#include "tests/support/run_coro.hpp"

namespace gateway::taobao {
namespace {

namespace asio = boost::asio;
using redemption::attempt_outcome;
using redemption::verdict;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Answers every exchange with one outcome, after `hold` was cancelled when it is set.
class scripted_client final : public net::http_client {
public:
    asio::awaitable<net::exchange_outcome> exchange(
        const net::http_request& request, const net::exchange_options& options
    ) override {
        requests.push_back(request);
        seen.push_back(options);
        if (hold) {
            boost::system::error_code ignored;
            co_await hold->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        }
        co_return next;
    }
    std::size_t open_connections() const noexcept override { return 0; }
    void close_idle() noexcept override {}
    void replace_trust(net::tls_client_context) override {}
    void replace_proxy_credentials(base::secret_text) override {}

    void answer(std::string body, unsigned status = 200) {
        next.phase = net::send_phase::answered;
        next.response.status = status;
        next.response.body = std::move(body);
    }

    net::exchange_outcome next;
    asio::steady_timer* hold = nullptr;
    std::vector<net::http_request> requests;
    std::vector<net::exchange_options> seen;
};

class recording_probe final : public probe {
public:
    void signature_refused(
        const redemption::account_name& account, const base::redacted_text& signed_text
    ) override {
        refused.push_back(account.str() + ": " + std::string(signed_text));
    }
    void answer_not_trusted(
        const redemption::account_name& account, const base::redacted_text& reason
    ) override {
        not_trusted.push_back(account.str() + ": " + std::string(reason));
    }
    void clock_refused(const redemption::account_name&, const base::redacted_text& said) override {
        clocks.emplace_back(said);
    }
    std::vector<std::string> clocks;
    std::vector<std::string> refused;
    std::vector<std::string> not_trusted;
};

constexpr std::string_view send_params =
    R"({"isv_ma_list":[{"code":"abc123456","num":1}],"outer_id":"1753340805138544","token":"t0"})";
constexpr std::string_view verify_params =
    R"({"order_id":12345678,"voucher_infos":[{"confirm_code":"2516352","used_quantity":1}]})";

class TopAccount : public ::testing::Test {
protected:
    static credentials keys(std::string secret, std::string session) {
        return {
            "12345678", base::secret_text(std::move(secret)), base::secret_text(std::move(session))
        };
    }

    platform_clients::testing::pinned_time time{
        std::chrono::system_clock::time_point(std::chrono::seconds(1714523400))
    };

    std::unique_ptr<account> make(std::string session = "6100session") {
        return make_account(
            redemption::account_name("fliggy"),
            config::top_sign_method::hmac_sha256,
            keys("helloworld", std::move(session)),
            {client, watcher, time}
        );
    }

    redemption::attempt_request asks(const client_method& method, std::string_view params) {
        redemption::attempt_request request;
        request.method = &method;
        recorded.push_back(std::make_unique<redemption::params_text>(std::string(params)));
        request.params = recorded.back().get();
        request.limit = std::chrono::seconds(7);
        return request;
    }

    std::vector<std::unique_ptr<redemption::params_text>> recorded;

    attempt_outcome run(account& from, const redemption::attempt_request& request) {
        return support::run_coro([&](auto) { return from.attempt(request); });
    }

    attempt_outcome sends(std::string_view params = send_params) {
        const auto from = make();
        return run(*from, asks(send, params));
    }

    const client_method& send = method_named("taobao.eticket.merchant.ma.send");
    const client_method& verify = method_named("taobao.travel.ticket.order.verify");
    scripted_client client;
    recording_probe watcher;
};

// Name and decoded value of one parameter of a form body.
std::optional<std::string> field(const std::string& body, const std::string& name) {
    const auto whole = '&' + body;
    const auto at = whole.find('&' + name + '=');
    if (at == std::string::npos) {
        return std::nullopt;
    }
    std::string value;
    for (auto i = at + name.size() + 2; i < whole.size() && whole[i] != '&'; ++i) {
        if (whole[i] == '%') {
            value += static_cast<char>(std::stoi(whole.substr(i + 1, 2), nullptr, 16));
            i += 2;
        } else {
            value += whole[i] == '+' ? ' ' : whole[i];
        }
    }
    return value;
}

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

TEST_F(TopAccount, DistinguishesThePhasesOfTheWire) {
    client.next.phase = net::send_phase::not_sent;
    client.next.detail = "connecting to eco.taobao.com failed";
    const auto untouched = sends();
    EXPECT_EQ(untouched.phase, redemption::phase::not_sent);
    EXPECT_EQ(untouched.verdict, verdict::not_executed);
    EXPECT_EQ(untouched.detail, "connecting to eco.taobao.com failed");
    EXPECT_TRUE(untouched.transport_fault);

    client.next.phase = net::send_phase::maybe_sent;
    const auto begun = sends();
    EXPECT_EQ(begun.phase, redemption::phase::maybe_sent);
    EXPECT_EQ(begun.verdict, verdict::ambiguous);
    EXPECT_TRUE(begun.transport_fault);

    client.answer("<html>502</html>", 502);
    const auto answered = sends();
    EXPECT_EQ(answered.phase, redemption::phase::answered);
    EXPECT_EQ(answered.verdict, verdict::ambiguous);
    EXPECT_TRUE(answered.transport_fault);

    client.answer("<html>404</html>", 404);
    EXPECT_TRUE(sends().transport_fault) << "whoever answered, it was not the platform";
}

// An answer that is not TOP's counts for the breaker; one that is, does not.
TEST_F(TopAccount, ABodyWithoutTopsShapeIsAFaultOfTheHost) {
    const struct {
        const char* name;
        unsigned status;
        const char* body;
        bool fault;
    } rows[] = {
        {"a block page", 403, "<html>denied</html>", true},
        {"a captive portal", 200, "<html>log in</html>", true},
        {"a redirect", 301, "", true},
        {"too many requests", 429, R"({"error_response":{"code":7}})", true},
        {"an empty answer", 200, "", true},
        {"broken JSON", 200, R"({"error_resp)", true},
        {"JSON of another kind", 200, R"({"error":"blocked by policy"})", true},
        {"JSON of another kind with 400", 400, R"({"status":"bad request"})", true},
        {"an error", 200, R"({"error_response":{"code":15,"sub_code":"isp.x"}})", false},
        {"an error with 400", 400, R"({"error_response":{"code":41}})", false},
        {"an error as XML", 200, "<error_response><code>27</code></error_response>", false},
        {"another method's answer", 200, R"({"x_response":{"request_id":"1"}})", false},
        {"a result of which nothing is known",
         200,
         R"({"eticket_merchant_ma_send_response":{"x":1}})",
         false},
        {"a bare result of which nothing is known", 200, R"({"x":1,"request_id":"abc"})", false},
        {"a bare result", 200, R"({"ret_code":"isv.success-all"})", false},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        client.answer(row.body, row.status);
        EXPECT_EQ(sends().transport_fault, row.fault);
    }
}

TEST_F(TopAccount, AHostThatAsksToBeLeftAloneIsHeard) {
    client.answer("{}", 503);
    client.next.response.headers.add("Retry-After", "30");
    EXPECT_EQ(sends().hold, std::chrono::seconds(30));
}

TEST_F(TopAccount, ARefusedClockIsReportedOnceAMinuteWithBothClocks) {
    client.answer(R"({"error_response":{"code":31,"msg":"Invalid timestamp"}})");
    client.next.response.headers.add("Date", "Wed, 01 May 2024 00:45:00 GMT");
    const auto from = make();
    run(*from, asks(send, send_params));
    EXPECT_TRUE(run(*from, asks(send, send_params)).retry_once);
    EXPECT_THAT(
        watcher.clocks,
        ElementsAre("the platform does not accept this machine's time, 2024-05-01T00:30:00.000Z; "
                    "its answer's Date: Wed, 01 May 2024 00:45:00 GMT")
    );
}

TEST_F(TopAccount, ReportsWhatSupportAsksForWhenAnAnswerCannotBeRead) {
    client.answer("<html>abc123456</html>", 502);
    client.next.response.headers.add("Location-Host", "top010179031191.s.et2");
    client.next.response.headers.add("Application-Host", "a\tb");
    sends();
    EXPECT_THAT(
        watcher.not_trusted,
        ElementsAre(
            "fliggy: a host that does not speak the platform's protocol answered 502 with HTML or "
            "XML; taobao.eticket.merchant.ma.send sent at 2024-05-01 08:30:00 GMT+8, HTTP status 502, Location-Host top010179031191.s.et2, "
            "Application-Host a b"
        )
    );
}

TEST_F(TopAccount, NamesWhoSeemsToHaveAnsweredInPlaceOfThePlatform) {
    client.answer("<title>Log in abc123456</title>", 200);
    client.next.response.headers.add("Server", "portal");
    const auto portal = sends();
    EXPECT_EQ(portal.verdict, verdict::ambiguous);
    EXPECT_EQ(portal.source, redemption::error_source::network);
    EXPECT_EQ(
        portal.detail,
        "a host that does not speak the platform's protocol answered 200 with HTML or XML (page "
        "title \"Log in ***\", Server \"portal\")"
    );
    ASSERT_EQ(watcher.not_trusted.size(), 1U);
    EXPECT_THAT(watcher.not_trusted[0], HasSubstr(std::string(portal.detail)));

    client.answer("{}", 200);
    client.next.response.headers.add("Content-Encoding", "br");
    EXPECT_THAT(std::string(sends().detail), HasSubstr("content coding \"br\""));
}

TEST_F(TopAccount, NamesWhoAnsweredInJsonOfItsOwn) {
    client.answer(R"({"message":"blocked"})", 200);
    client.next.response.headers.add("Via", "1.1 egress");
    const auto outcome = sends();
    EXPECT_EQ(outcome.verdict, verdict::ambiguous);
    EXPECT_EQ(outcome.source, redemption::error_source::network);
    EXPECT_THAT(std::string(outcome.detail), HasSubstr(" (Via \"1.1 egress\")"));
    ASSERT_EQ(watcher.not_trusted.size(), 1U);
    EXPECT_THAT(watcher.not_trusted[0], HasSubstr("Via \"1.1 egress\""));
}

TEST_F(TopAccount, TakesAnyContentTypeAndA400OfThePlatform) {
    client.answer(R"({"error_response":{"code":40,"msg":"Missing"}})", 400);
    client.next.response.headers.add("Content-Type", "text/html");
    const auto outcome = sends();
    EXPECT_EQ(outcome.verdict, verdict::refused);
    EXPECT_EQ(outcome.source, redemption::error_source::platform);
    EXPECT_FALSE(outcome.transport_fault);
}

TEST_F(TopAccount, TrustsNoSignatureFaultThatCameAsXml) {
    client.answer("<error_response><code>25</code><msg>Invalid signature</msg></error_response>");
    const auto outcome = sends();
    EXPECT_EQ(outcome.verdict, verdict::ambiguous);
    EXPECT_EQ(outcome.stops, redemption::fault_scope::none);
    EXPECT_THAT(watcher.refused, IsEmpty());
    EXPECT_EQ(watcher.not_trusted.size(), 1U);
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

TEST_F(TopAccount, QuotesThePlatformWhenTheAccountIsAtFault) {
    client.answer(R"({"error_response":{"code":27,"msg":"Invalid session of abc123456",)"
                  R"("sub_code":"invalid-sessionkey","sub_msg":"a long text"}})");
    EXPECT_EQ(
        sends().detail,
        "the account's session is invalid: 27 Invalid session of ***, invalid-sessionkey"
    );
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
        redemption::params_reading read(const redemption::params_text&) const override {
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
