// What an account may do, and what becomes of more: it waits where waiting costs no attempt, or is
// told at once.
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <thread>
#include <vector>

#include "world.hpp"

namespace gateway::flow {
namespace {

std::string order(int number) {
    return std::to_string(1753340805000000000 + number);
}

// One caller each, all at once.
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

// Four rounds of two calls take longer than any one of them may, and none of these may be sent
// twice.
TEST(OutboundLimits, ASlowPlatformWithFewConnectionsLeavesNothingInDoubt) {
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

}  // namespace
}  // namespace gateway::flow
