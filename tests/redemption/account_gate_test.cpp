#include "redemption/account_gate.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "redemption/live_redemption.hpp"
#include "redemption/order_gate.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using time = account_gate::time;

class Gates : public ::testing::Test {
protected:
    std::unique_ptr<live_redemption> live(const char* order = "") {
        record what;
        what.account = account_name("shop");
        what.method = method;
        if (*order != '\0') {
            what.orders.emplace_back(order);
        }
        return std::make_unique<live_redemption>(loop.get_executor(), what);
    }

    static attempt_outcome answered(verdict v) {
        attempt_outcome outcome;
        outcome.phase = phase::answered;
        outcome.verdict = v;
        return outcome;
    }

    static attempt_outcome fault() {
        auto outcome = answered(verdict::not_executed);
        outcome.account_fault = true;
        outcome.detail = "invalid session";
        return outcome;
    }

    boost::asio::io_context loop;
    method_name method{"m"};
    time now{seconds(1000)};
};

TEST_F(Gates, HoldBackWhatExceedsTheAttemptsInFlightAndServeInTurn) {
    account_gate gate({.requests_per_second = 1000, .in_flight = 1});
    const auto a = live();
    const auto b = live();
    const auto c = live();
    EXPECT_TRUE(gate.enter(*a, now).entered);
    EXPECT_FALSE(gate.enter(*b, now).entered);
    EXPECT_FALSE(gate.enter(*c, now).entered);
    EXPECT_EQ(gate.waiting(), 2U);
    gate.left(method, answered(verdict::executed), now);
    EXPECT_FALSE(gate.enter(*c, now).entered) << "b stands before it";
    EXPECT_TRUE(gate.enter(*b, now).entered);
    gate.left(method, answered(verdict::executed), now);
    EXPECT_TRUE(gate.enter(*c, now).entered);
    EXPECT_EQ(gate.waiting(), 0U);
}

TEST_F(Gates, AQuitterDoesNotBlockThoseBehindIt) {
    account_gate gate({.requests_per_second = 1000, .in_flight = 1});
    const auto a = live();
    const auto b = live();
    const auto c = live();
    EXPECT_TRUE(gate.enter(*a, now).entered);
    gate.enter(*b, now);
    gate.enter(*c, now);
    gate.forget(*b);
    gate.forget(*b);
    gate.released();
    EXPECT_TRUE(gate.enter(*c, now).entered);
}

TEST_F(Gates, SpendTokensAndSayWhenTheNextComes) {
    account_gate gate({.requests_per_second = 2, .in_flight = 100});
    const auto a = live();
    EXPECT_TRUE(gate.enter(*a, now).entered);
    EXPECT_TRUE(gate.enter(*a, now).entered);
    const auto third = gate.enter(*a, now);
    EXPECT_FALSE(third.entered);
    ASSERT_TRUE(third.not_before);
    EXPECT_EQ(*third.not_before - now, milliseconds(500));
    EXPECT_TRUE(gate.enter(*a, now + milliseconds(500)).entered);
}

TEST_F(Gates, ABanClosesItsMethodOnlyAndForExactlyThatLong) {
    account_gate gate({});
    const auto banned = live();
    auto other = live();
    other->what.method = method_name("other");
    EXPECT_TRUE(gate.enter(*banned, now).entered);
    auto outcome = answered(verdict::not_executed);
    outcome.ban = seconds(3);
    gate.left(method, outcome, now);
    const auto answer = gate.enter(*banned, now + seconds(2));
    EXPECT_FALSE(answer.entered);
    EXPECT_EQ(answer.not_before, now + seconds(3));
    EXPECT_TRUE(gate.enter(*other, now + seconds(2)).entered);
    EXPECT_TRUE(gate.enter(*banned, now + seconds(3)).entered);
}

TEST_F(Gates, AnAccountFaultPausesUntilAProbeGetsThrough) {
    account_gate gate({});
    const auto a = live();
    const auto b = live();
    EXPECT_TRUE(gate.enter(*a, now).entered);
    EXPECT_TRUE(gate.left(method, fault(), now));
    EXPECT_TRUE(gate.paused());
    EXPECT_EQ(gate.why(), "invalid session");
    const auto answer = gate.enter(*a, now);
    EXPECT_FALSE(answer.entered);
    const auto probe_at = *answer.not_before;
    EXPECT_TRUE(gate.enter(*a, probe_at).entered);
    EXPECT_FALSE(gate.enter(*b, probe_at).entered) << "one probe at a time";
    EXPECT_FALSE(gate.left(method, fault(), probe_at));
    const auto next = gate.enter(*a, probe_at);
    EXPECT_GT(*next.not_before - probe_at, probe_at - now) << "probes grow rarer";
    EXPECT_TRUE(gate.enter(*a, *next.not_before).entered);
    EXPECT_TRUE(gate.left(method, answered(verdict::refused), *next.not_before));
    EXPECT_FALSE(gate.paused());
    EXPECT_TRUE(gate.enter(*b, *next.not_before).entered);
}

TEST_F(Gates, TheNetworkSaysNothingAboutAPausedAccount) {
    account_gate gate({});
    const auto a = live();
    gate.enter(*a, now);
    gate.left(method, fault(), now);
    const auto probe_at = *gate.enter(*a, now).not_before;
    EXPECT_TRUE(gate.enter(*a, probe_at).entered);
    attempt_outcome unreachable;
    EXPECT_FALSE(gate.left(method, unreachable, probe_at));
    EXPECT_TRUE(gate.paused());
}

TEST_F(Gates, NewSecretsBringTheProbeForward) {
    account_gate gate({});
    const auto a = live();
    gate.enter(*a, now);
    gate.left(method, fault(), now);
    EXPECT_FALSE(gate.enter(*a, now).entered);
    gate.secrets_changed(now);
    EXPECT_TRUE(gate.enter(*a, now).entered);
}

TEST_F(Gates, OneOrderGoesOutOneAtATimeInOrderOfArrival) {
    order_gate orders;
    const auto a = live("order_id:1");
    const auto b = live("order_id:1");
    const auto c = live("order_id:2");
    const auto free = live();
    orders.join(*a);
    orders.join(*b);
    orders.join(*c);
    orders.join(*free);
    EXPECT_TRUE(orders.first(*a));
    EXPECT_FALSE(orders.first(*b));
    EXPECT_TRUE(orders.first(*c));
    EXPECT_TRUE(orders.first(*free));
    orders.leave(*a);
    orders.leave(*a);
    EXPECT_TRUE(orders.first(*b));
    orders.leave(*b);
    orders.leave(*c);
    EXPECT_EQ(orders.orders(), 0U);
}

TEST_F(Gates, ARedemptionOfTwoOrdersWaitsForBoth) {
    order_gate orders;
    const auto a = live("order_id:1");
    const auto b = live("out_order_id:x");
    auto both = live("order_id:1");
    both->what.orders.emplace_back("out_order_id:x");
    orders.join(*a);
    orders.join(*b);
    orders.join(*both);
    orders.leave(*a);
    EXPECT_FALSE(orders.first(*both));
    orders.leave(*b);
    EXPECT_TRUE(orders.first(*both));
}

}  // namespace
}  // namespace gateway::redemption
