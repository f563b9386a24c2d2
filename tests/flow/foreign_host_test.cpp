// Hosts that answer in place of the platform, bans beyond reason, and the operator who knows
// better: docs/redemption-rules.md, Circuit breaker, Bans.
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <thread>
#include <vector>

#include "protocol_world.hpp"
#include "world.hpp"

namespace gateway::flow {
namespace {

std::string order(int number) {
    return std::to_string(1753340805000000000 + number);
}

TEST(ForeignHost, ABlockPageACaptivePortalOrARedirectSpendsFewOneShots) {
    for (const auto* const fault :
         {R"({"fault":"http-status","status":403,"times":"always"})",
          R"({"fault":"html-body","executed":false,"times":"always"})",
          R"({"fault":"http-status","status":301,"times":"always"})"}) {
        SCOPED_TRACE(fault);
        world w;
        w.fault(fault);
        std::vector<answer> answers(30);
        std::vector<std::jthread> callers;
        for (int i = 0; i < 30; ++i) {
            callers.emplace_back([&, i] {
                answers[static_cast<std::size_t>(i)] = w.post(
                    "key-" + std::to_string(i), ticket_body(order(i)), {{"Prefer", "wait=1"}}
                );
            });
        }
        callers.clear();
        std::size_t unknown = 0;
        for (const auto& got : answers) {
            const bool spent = got.body.find(R"("state":"unknown")") != std::string::npos;
            unknown += spent ? 1 : 0;
        }
        EXPECT_GE(unknown, 10U);
        EXPECT_LE(unknown, 13U) << "ten open the breaker, a probe or two within the wait";
        EXPECT_NE(w.account("fliggy").at("breaker").at("state").as_string(), "closed");
    }
}

TEST(ForeignHost, AHostThatAsksToBeLeftAloneIsLeftAlone) {
    world w;
    w.fault(R"({"fault":"http-status","status":429,"retry_after_s":30,"times":"always"})");
    const auto busy = w.post("busy", eticket_body(order(1)), {{"Prefer", "wait=3"}});
    EXPECT_EQ(json_of(busy).at("attempts").as_array().size(), 1U) << busy.body;
    const auto breaker = w.account("fliggy").at("breaker").as_object();
    EXPECT_EQ(breaker.at("state").as_string(), "open");
    EXPECT_GT(breaker.at("probe_in_ms").as_int64(), 20'000);
}

TEST(ForeignHost, AnOperatorEndsABanForGood) {
    world w;
    w.fault(R"({"fault":"throttle","ban_s":999999,"platform":"taobao"})");
    w.post("banned", eticket_body(order(1)), {{"Prefer", "wait=1"}});
    const auto bans = w.account("fliggy").at("bans").as_array();
    ASSERT_EQ(bans.size(), 1U);
    EXPECT_GT(bans[0].at("trial_in_ms").as_int64(), 0) << "no document names such a ban";
    w.clear_faults();
    const std::map<std::string, std::string> type{{"Content-Type", "application/json"}};
    const std::string target = "/v1/accounts/fliggy/try-now";
    EXPECT_EQ(call(w.api_port, "POST", "/v1/accounts/no-such/try-now", type, "{}").status, 404U);
    EXPECT_EQ(call(w.api_port, "POST", target, {}, "{}").status, 415U);
    const auto tried = call(w.api_port, "POST", target, type, "{}");
    EXPECT_EQ(tried.status, 200U) << tried.body;
    const auto done = w.post_until_settled("banned", eticket_body(order(1)));
    EXPECT_EQ(json_of(done).at("state").as_string(), "succeeded") << done.body;
    EXPECT_EQ(w.metric("redemption_gateway_account_tries_total{account=\"fliggy\"}"), "1");
    EXPECT_NE(w.gateway->output().find("account_tried"), std::string::npos);
    w.kill_gateway();
    w.start_gateway();
    EXPECT_TRUE(w.account("fliggy").at("bans").as_array().empty());
}

// The account's other method is served, and what waits is not rejected.
TEST(ForeignHost, AMissingPermissionStopsOneMethodOnly) {
    world w;
    w.fault(R"({"fault":"business-code","code":"11","msg":"Insufficient isv permissions",)"
            R"("method":"taobao.eticket.merchant.ma.send","times":"always"})");
    const auto waiting = w.post("send", eticket_body(order(1)), {{"Prefer", "wait=1"}});
    EXPECT_EQ(waiting.status, 202U) << waiting.body;
    const auto account = w.account("fliggy");
    EXPECT_EQ(account.at("state").as_string(), "serving");
    ASSERT_EQ(account.at("paused_methods").as_array().size(), 1U);
    const auto ticket = w.post("ticket", ticket_body(order(2)));
    EXPECT_EQ(ticket.status, 200U) << ticket.body;
    w.clear_faults();
    const auto sent = w.post_until_settled("send", eticket_body(order(1)));
    EXPECT_EQ(json_of(sent).at("state").as_string(), "succeeded") << sent.body;
    EXPECT_TRUE(w.account("fliggy").at("paused_methods").as_array().empty());
}

}  // namespace
}  // namespace gateway::flow
