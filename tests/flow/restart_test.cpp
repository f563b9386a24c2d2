// Tests of restarts: the next process continues accepted redemptions and repeats recorded answers.
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <csignal>
#include <fstream>

#include "protocol_world.hpp"

namespace gateway::flow {
namespace {

TEST(Restart, PostingTwiceHasOneEffectWithOrWithoutASimulatorRestart) {
    world w;
    const std::pair<std::string, std::string> bodies[] = {
        {"twice1", voucher_body("twice1", "CODE-T1")},
        {"1753340805138544501", ticket_body("1753340805138544501")},
        {"1753340805138544502", eticket_body("1753340805138544502")},
    };
    for (const bool restarted : {false, true}) {
        for (const auto& [natural, body] : bodies) {
            EXPECT_EQ(w.post(natural, body).status, 200U);
        }
        if (!restarted) {
            w.restart_simulator();
        }
    }
    for (const auto& [natural, body] : bodies) {
        EXPECT_EQ(w.executed(natural), 1) << natural;
    }
}

TEST(Restart, AnswersSurviveTheProcess) {
    world w;
    const auto first = w.post("k", voucher_body("outlive1"));
    w.kill_gateway();
    w.start_gateway();
    const auto second = w.post("k", voucher_body("outlive1"));
    EXPECT_EQ(second.status, 200U);
    EXPECT_EQ(second.header("idempotent-replayed"), "true");
    EXPECT_EQ(json_of(first).at("id"), json_of(second).at("id"));
    EXPECT_EQ(w.executed("outlive1"), 1);
}

TEST(Restart, AttemptsInFlightAreRepeatedOrBecomeUnknown) {
    world w;
    w.fault(R"({"fault":"execute-then-late","delay_ms":1500,"times":2})");
    const auto voucher = voucher_body("flight1", "CODE-FLIGHT");
    const auto ticket = ticket_body("1753340805138544600");
    EXPECT_EQ(w.post("voucher", voucher, {{"Prefer", "respond-async"}}).status, 202U);
    EXPECT_EQ(w.post("ticket", ticket, {{"Prefer", "respond-async"}}).status, 202U);
    ASSERT_TRUE(w.executes(2));
    w.kill_gateway();
    w.clear_faults();
    w.start_gateway();
    const auto settled = w.post_until_settled("voucher", voucher);
    EXPECT_EQ(state_of(settled), "succeeded") << settled.body;
    EXPECT_EQ(w.executed("flight1"), 1);
    const auto held = w.post_until_settled("ticket", ticket);
    EXPECT_EQ(state_of(held), "unknown") << held.body;
    EXPECT_EQ(w.executed("1753340805138544600"), 1);
}

TEST(Restart, ABanAppliesInTheNextProcess) {
    world w;
    w.fault(R"({"fault":"throttle","ban_s":4,"times":1,"platform":"taobao"})");
    const auto ticket = ticket_body("1753340805138544610");
    const auto banned = w.post("ticket", ticket, {{"Prefer", "wait=1"}});
    ASSERT_EQ(banned.status, 202U) << banned.body;
    w.kill_gateway();
    w.start_gateway();
    const auto accounts = w.get("/v1/accounts");
    EXPECT_NE(accounts.body.find(R"("bans":[{"method":"taobao.travel)"), std::string::npos)
        << accounts.body;
    const auto settled = w.post_until_settled("ticket", ticket);
    EXPECT_EQ(state_of(settled), "succeeded") << settled.body;
    EXPECT_EQ(json_of(settled).at("attempts").as_array().size(), 2U) << settled.body;
    EXPECT_EQ(w.executed("1753340805138544610"), 1);
}

// Makes a running total of the order that `order` identifies, as JSON members.
std::string total_body(const std::string& order, int total) {
    return R"({"method":"taobao.travel.ticket.order.verify","params":{)" + order +
           R"(,"write_off_type":1,"voucher_infos":[{"confirm_code":"2516352","used_quantity":)" +
           std::to_string(total) + "}]}}";
}

TEST(Restart, ATotalCannotFallUnderAnotherAliasOfItsOrder) {
    const std::string number = R"("order_id":"1753340805138544620")";
    const std::string own_number = R"("out_order_id":"X-620")";
    world w;
    EXPECT_EQ(w.post("both", total_body(number + "," + own_number, 1)).status, 200U);
    EXPECT_EQ(w.post("number", total_body(number, 3)).status, 200U);
    for (const bool restarted : {false, true}) {
        const auto lower = w.post("own" + std::to_string(restarted), total_body(own_number, 2));
        EXPECT_EQ(lower.status, 409U) << lower.body;
        EXPECT_NE(lower.body.find("total-would-fall"), std::string::npos) << lower.body;
        w.kill_gateway();
        w.start_gateway();
    }
    const auto before = w.executed_in_all();
    EXPECT_EQ(w.post("higher", total_body(own_number, 4)).status, 200U);
    EXPECT_EQ(w.executed_in_all(), before + 1);
}

TEST(Restart, SigtermFinishesAttemptsInFlightAndExitsCleanly) {
    world w;
    w.fault(R"({"fault":"late","delay_ms":700,"times":1})");
    const auto body = voucher_body("drain1", "CODE-DRAIN");
    EXPECT_EQ(w.post("drain", body, {{"Prefer", "respond-async"}}).status, 202U);
    EXPECT_EQ(w.stop_gateway(), 0) << w.gateway->output();
    EXPECT_EQ(w.executed("drain1"), 1);
    w.start_gateway();
    const auto after = w.post("drain", body);
    EXPECT_EQ(after.status, 200U) << after.body;
    EXPECT_EQ(after.header("idempotent-replayed"), "true")
        << "the answer must be recorded before the exit";
}

TEST(CheckConfig, VerifiesTheKeysAndReportsEveryFault) {
    world w;
    const auto [good, good_status] = w.run_gateway("gateway.yaml", {"--check-config"});
    EXPECT_EQ(good_status, 0) << good;
    EXPECT_NE(good.find("shop-a"), std::string::npos) << good;

    std::ofstream(w.folder / "bad.yaml")
        << "server:\n  api: { port: http }\n  speed: 9\njournal: {}\naccounts: []\n";
    const auto [bad, bad_status] = w.run_gateway("bad.yaml", {"--check-config"});
    EXPECT_NE(bad_status, 0);
    EXPECT_NE(bad.find("bad.yaml:2"), std::string::npos) << bad;
    EXPECT_NE(bad.find("bad.yaml:3"), std::string::npos) << bad;
}

}  // namespace
}  // namespace gateway::flow
