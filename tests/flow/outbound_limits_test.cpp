// Tests of an account's limits: excess redemptions wait before their attempt starts, or get a
// refusal at once.
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
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

// Posts every body at the same time, each from its own caller.
std::vector<answer> post_together(
    const world& w, const std::vector<std::string>& bodies, const std::string& prefer
) {
    std::vector<answer> answers(bodies.size());
    std::vector<std::jthread> callers;
    for (std::size_t i = 0; i < bodies.size(); ++i) {
        callers.emplace_back([&, i] {
            answers[i] = w.post("key-" + std::to_string(i), bodies[i], {{"Prefer", prefer}});
        });
    }
    callers.clear();
    return answers;
}

// Eight calls over two connections take four rounds, longer than the timeout of one attempt.
// Waiting must not count as part of an attempt, so that none is ambiguous.
TEST(OutboundLimits, ASlowPlatformWithFewConnectionsCausesNoAmbiguousAttempt) {
    world_options options;
    options.account_extra =
        "    limits: { connections: 2, in_flight: 30 }\n"
        "    breaker: { faults: 1 }\n";
    world w(options);
    w.fault(R"({"fault":"late","delay_ms":700,"platform":"taobao","times":"always"})");
    std::vector<std::string> bodies;
    for (int i = 0; i < 8; ++i) {
        bodies.push_back(ticket_body(order(i)));
    }
    for (const auto& got : post_together(w, bodies, "wait=30")) {
        EXPECT_EQ(got.status, 200U) << got.body;
        EXPECT_EQ(json_of(got).at("attempts").as_array().size(), 1U) << got.body;
    }
    EXPECT_EQ(w.executed_in_all(), 8);
    const auto metrics = w.admin("/metrics").body;
    EXPECT_NE(metrics.find("breaker_open{account=\"fliggy\"} 0"), std::string::npos) << metrics;
}

// Every accepted redemption can start before it expires; any other is refused before its
// acceptance.
TEST(OutboundLimits, DuringABanTheRateLimitsAcceptance) {
    world_options options;
    options.account_extra = "    limits: { requests_per_second: 0.5 }\n";
    world w(options);
    w.fault(R"({"fault":"throttle","ban_s":4,"platform":"taobao","times":1})");
    const auto body = [](int number) {
        auto wish = json_of({.status = 0, .headers = {}, .body = ticket_body(order(number))});
        wish["expires_in"] = 9;
        return boost::json::serialize(wish);
    };
    const auto banned = w.post("banned", body(0), {{"Prefer", "wait=1"}});
    EXPECT_EQ(banned.status, 202U) << banned.body;
    const auto again = banned.header("retry-after");
    EXPECT_GE(std::stoi(again), 2) << "the ban lasts longer than a second";
    EXPECT_LE(std::stoi(again), 5);
    std::vector<std::string> accepted{json_of(banned).at("id").as_string().c_str()};
    for (int i = 1; i < 12; ++i) {
        const auto got = w.post("k" + std::to_string(i), body(i), {{"Prefer", "respond-async"}});
        if (got.status == 202) {
            accepted.emplace_back(json_of(got).at("id").as_string());
            continue;
        }
        EXPECT_EQ(got.status, 503U) << got.body;
        EXPECT_NE(got.body.find("saturated"), std::string::npos) << got.body;
        EXPECT_GE(std::stoi(got.header("retry-after")), 1);
    }
    EXPECT_GE(accepted.size(), 2U);
    EXPECT_LE(accepted.size(), 4U);
    for (const auto& id : accepted) {
        const auto end = json_of(w.get("/v1/redemptions/" + id, {{"Prefer", "wait=20"}}));
        EXPECT_EQ(end.at("state").as_string(), "succeeded") << boost::json::serialize(end);
    }
}

// As many callers as `max_in_flight` permits wait for an account whose platform stalls.
TEST(OutboundLimits, AStalledPlatformLeavesPermitsToCallersOfAnother) {
    world_options options;
    options.server_extra = "  max_in_flight: 16\n";
    options.attempt_timeout = "20s";
    world w(options);
    w.fault(R"({"fault":"late","delay_ms":4000,"platform":"taobao","times":"always"})");
    std::vector<answer> answers(16);
    std::vector<std::jthread> callers;
    for (int i = 0; i < 16; ++i) {
        callers.emplace_back([&w, &answers, i] {
            answers[static_cast<std::size_t>(i)] =
                w.post("slow-" + std::to_string(i), ticket_body(order(i)), {{"Prefer", "wait=20"}});
        });
    }
    ASSERT_TRUE(eventually([&] {
        const auto seen = w.control("GET", "/_sim/requests").body;
        for (int i = 0; i < 16; ++i) {
            if (seen.find(order(i)) == std::string::npos) {
                return false;
            }
        }
        return true;
    }));
    const auto other = w.post("other", voucher_body("other", "CODE-OTHER"));
    EXPECT_EQ(other.status, 200U) << other.body;
    callers.clear();
    std::size_t waited = 0;
    for (const auto& got : answers) {
        waited += got.status == 200 ? 1 : 0;
        EXPECT_TRUE(got.status == 200 || got.status == 202) << got.body;
        EXPECT_TRUE(got.status == 200 || !got.header("retry-after").empty());
    }
    EXPECT_GE(waited, 8U);
    EXPECT_TRUE(w.executes(17));
}

}  // namespace
}  // namespace gateway::flow
