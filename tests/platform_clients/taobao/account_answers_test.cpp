// The account reads what came back, and tells the platform from another host.

#include "tests/platform_clients/taobao/account_fixture.hpp"

namespace gateway::taobao {
namespace {

using redemption::verdict;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

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

TEST_F(TopAccount, QuotesThePlatformWhenTheAccountIsAtFault) {
    client.answer(R"({"error_response":{"code":27,"msg":"Invalid session of abc123456",)"
                  R"("sub_code":"invalid-sessionkey","sub_msg":"a long text"}})");
    EXPECT_EQ(
        sends().detail,
        "the account's session is invalid: 27 Invalid session of ***, invalid-sessionkey"
    );
}

}  // namespace
}  // namespace gateway::taobao
