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

    static attempt_outcome unreachable() {
        attempt_outcome outcome;
        outcome.transport_fault = true;
        outcome.detail = "connection refused";
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
    gate.left(*a, answered(verdict::executed), now);
    EXPECT_FALSE(gate.enter(*c, now).entered) << "b stands before it";
    EXPECT_TRUE(gate.enter(*b, now).entered);
    gate.left(*b, answered(verdict::executed), now);
    EXPECT_TRUE(gate.enter(*c, now).entered);
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
    gate.released(*a, now);
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
    gate.left(*banned, outcome, now);
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
    EXPECT_TRUE(gate.left(*a, fault(), now).pause);
    EXPECT_TRUE(gate.paused());
    EXPECT_EQ(gate.why(), "invalid session");
    const auto answer = gate.enter(*a, now);
    EXPECT_FALSE(answer.entered);
    const auto probe_at = *answer.not_before;
    EXPECT_TRUE(gate.enter(*a, probe_at).entered);
    EXPECT_FALSE(gate.enter(*b, probe_at).entered) << "one probe at a time";
    EXPECT_FALSE(gate.left(*a, fault(), probe_at).pause);
    const auto next = gate.enter(*a, probe_at);
    EXPECT_GT(*next.not_before - probe_at, probe_at - now) << "probes grow rarer";
    EXPECT_TRUE(gate.enter(*a, *next.not_before).entered);
    EXPECT_TRUE(gate.left(*a, answered(verdict::refused), *next.not_before).pause);
    EXPECT_FALSE(gate.paused());
    EXPECT_TRUE(gate.enter(*b, *next.not_before).entered);
}

TEST_F(Gates, TheNetworkSaysNothingAboutAPausedAccount) {
    account_gate gate({});
    const auto a = live();
    gate.enter(*a, now);
    gate.left(*a, fault(), now);
    const auto probe_at = *gate.enter(*a, now).not_before;
    EXPECT_TRUE(gate.enter(*a, probe_at).entered);
    EXPECT_FALSE(gate.left(*a, unreachable(), probe_at).pause);
    EXPECT_TRUE(gate.paused());
}

TEST_F(Gates, NewSecretsBringTheProbeForward) {
    account_gate gate({});
    const auto a = live();
    gate.enter(*a, now);
    gate.left(*a, fault(), now);
    EXPECT_FALSE(gate.enter(*a, now).entered);
    gate.secrets_changed(now);
    EXPECT_TRUE(gate.enter(*a, now).entered);
}

TEST_F(Gates, AProbeWithTheOldSecretsSaysNothingAboutTheNewOnes) {
    account_gate gate({});
    const auto a = live();
    const auto b = live();
    gate.enter(*a, now);
    gate.left(*a, fault(), now);
    const auto probe_at = *gate.enter(*a, now).not_before;
    EXPECT_TRUE(gate.enter(*a, probe_at).entered);
    gate.secrets_changed(probe_at);
    EXPECT_TRUE(gate.enter(*b, probe_at).entered) << "it need not wait for the old probe";
    gate.left(*a, fault(), probe_at);
    EXPECT_TRUE(gate.left(*b, answered(verdict::executed), probe_at).pause);
    EXPECT_FALSE(gate.paused());
}

// It was let in before the secrets changed, but signed after.
TEST_F(Gates, AProbeThatMetTheNewSecretsHalfWayMayEndThePause) {
    account_gate gate({});
    const auto a = live();
    gate.enter(*a, now);
    gate.left(*a, fault(), now);
    now = *gate.enter(*a, now).not_before;
    EXPECT_TRUE(gate.enter(*a, now).entered);
    gate.secrets_changed(now);
    EXPECT_TRUE(gate.left(*a, answered(verdict::executed), now).pause);
    EXPECT_FALSE(gate.paused());
}

TEST_F(Gates, AHostThatFailedSaysNothingAboutTheAccount) {
    account_gate gate({});
    const auto a = live();
    gate.enter(*a, now);
    gate.left(*a, fault(), now);
    const auto probe_at = *gate.enter(*a, now).not_before;
    EXPECT_TRUE(gate.enter(*a, probe_at).entered);
    auto bad_gateway = answered(verdict::ambiguous);
    bad_gateway.transport_fault = true;
    EXPECT_FALSE(gate.left(*a, bad_gateway, probe_at).pause);
    EXPECT_TRUE(gate.paused());
    EXPECT_TRUE(gate.enter(*a, probe_at).entered) << "the next one probes again";
}

// What was in flight when the fault showed is older than the pause.
TEST_F(Gates, OnlyTheProbeEndsAPause) {
    account_gate gate({});
    const auto faulty = live();
    const auto slow = live();
    gate.enter(*faulty, now);
    gate.enter(*slow, now);
    gate.left(*faulty, fault(), now);
    const auto probe_at = *gate.enter(*faulty, now).not_before;
    EXPECT_TRUE(gate.enter(*faulty, probe_at).entered);
    EXPECT_FALSE(gate.left(*slow, answered(verdict::executed), probe_at).pause);
    EXPECT_TRUE(gate.paused());
    EXPECT_TRUE(gate.left(*faulty, answered(verdict::executed), probe_at).pause);
}

TEST_F(Gates, AnOpenBreakerLetsOneProbeThroughAtATime) {
    account_gate gate({.breaker = {.faults = 2, .pause = seconds(1)}});
    const auto a = live();
    const auto b = live();
    gate.enter(*a, now);
    EXPECT_FALSE(gate.left(*a, unreachable(), now).breaker);
    gate.enter(*a, now);
    EXPECT_TRUE(gate.left(*a, unreachable(), now).breaker);
    EXPECT_EQ(gate.last_fault(), "connection refused");
    EXPECT_EQ(gate.enter(*a, now).not_before, now + seconds(1));
    EXPECT_TRUE(gate.enter(*a, now + seconds(1)).entered);
    EXPECT_FALSE(gate.enter(*b, now + seconds(1)).entered);
    EXPECT_TRUE(gate.left(*a, answered(verdict::refused), now + seconds(1)).breaker);
    EXPECT_TRUE(gate.enter(*b, now + seconds(1)).entered);
}

TEST_F(Gates, AProbeThatIsNotSentLeavesTheNextOneItsTurn) {
    account_gate gate({.breaker = {.faults = 1, .pause = seconds(1)}});
    const auto a = live();
    const auto b = live();
    gate.enter(*a, now);
    gate.left(*a, unreachable(), now);
    now += seconds(1);
    EXPECT_TRUE(gate.enter(*a, now).entered);
    gate.released(*a, now);
    EXPECT_TRUE(gate.enter(*b, now).entered);
}

TEST_F(Gates, WhatIsNotSentCostsNoToken) {
    account_gate gate({.requests_per_second = 1, .in_flight = 10});
    const auto a = live();
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(gate.enter(*a, now).entered);
        gate.released(*a, now);
    }
    EXPECT_TRUE(gate.enter(*a, now).entered);
    EXPECT_FALSE(gate.enter(*a, now).entered);
}

TEST_F(Gates, CountAsWaitingWhatIsNeitherSentNorInDoubt) {
    account_gate gate({.requests_per_second = 1000, .in_flight = 1});
    const auto a = live();
    const auto b = live();
    const auto in_doubt = live();
    in_doubt->what.attempts.emplace_back().verdict = verdict::ambiguous;
    for (auto* one : {a.get(), a.get(), b.get(), in_doubt.get()}) {
        gate.count_waiting(*one);
    }
    EXPECT_EQ(gate.waiting(), 2U);
    gate.enter(*a, now);
    EXPECT_EQ(gate.waiting(), 1U);
    gate.enter(*b, now);
    EXPECT_EQ(gate.waiting(), 1U);
    gate.forget(*b);
    gate.forget(*b);
    EXPECT_EQ(gate.waiting(), 0U);
}

using why_not = account_gate::why_not;

struct refusal_row {
    const char* name;
    seconds expires_in;
    std::optional<why_not> reason;
    milliseconds again{0};
};

TEST_F(Gates, RefuseAtOnceWhatABanOutlasts) {
    account_gate gate({});
    const auto a = live();
    gate.enter(*a, now);
    auto banned = answered(verdict::not_executed);
    banned.ban = seconds(30);
    gate.left(*a, banned, now);
    const refusal_row rows[] = {
        {"ends before", seconds(31), std::nullopt},
        {"ends together", seconds(30), why_not::ban, seconds(30)},
        {"ends after", seconds(5), why_not::ban, seconds(30)},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        const auto refused = gate.refuses(method, now + row.expires_in, now);
        EXPECT_EQ(refused ? std::optional(refused->reason) : std::nullopt, row.reason);
        EXPECT_EQ(refused ? refused->again : milliseconds(0), row.again);
        EXPECT_FALSE(gate.refuses(method_name("other"), now + row.expires_in, now));
    }
    EXPECT_FALSE(gate.refuses(method, now + seconds(31), now + seconds(30)));
}

TEST_F(Gates, RefuseAtOnceWhatAnOpenBreakerOutlasts) {
    account_gate gate({.breaker = {.faults = 1, .pause = seconds(10)}});
    const auto a = live();
    gate.enter(*a, now);
    gate.left(*a, unreachable(), now);
    EXPECT_FALSE(gate.refuses(method, now + seconds(11), now));
    const auto refused = gate.refuses(method, now + seconds(10), now);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->reason, why_not::breaker);
    EXPECT_EQ(refused->again, seconds(10));
}

TEST_F(Gates, APauseRefusesNobodyAsNewSecretsMayEndIt) {
    account_gate gate({});
    const auto a = live();
    gate.enter(*a, now);
    gate.left(*a, fault(), now);
    EXPECT_FALSE(gate.refuses(method, now + seconds(1), now));
}

TEST_F(Gates, RefuseAtOnceWhatTheRateDoesNotReachInTime) {
    account_gate gate({.requests_per_second = 2, .in_flight = 100});
    std::vector<std::unique_ptr<live_redemption>> others;
    for (int i = 0; i < 12; ++i) {
        others.push_back(live());
        gate.enter(*others.back(), now);  // two go, ten wait
    }
    EXPECT_FALSE(gate.refuses(method, now + seconds(6), now));
    const auto refused = gate.refuses(method, now + seconds(5), now);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->reason, why_not::rate);
    EXPECT_EQ(refused->again, milliseconds(500));
}

TEST_F(Gates, ServeInOrderOfArrivalWhoeverAsksFirstAfterABan) {
    account_gate gate({.requests_per_second = 1, .in_flight = 100});
    const auto first = live();
    const auto a = live();
    const auto b = live();
    const auto other = live();
    other->what.method = method_name("other");
    gate.enter(*first, now);
    for (auto* one : {a.get(), b.get(), other.get()}) {
        gate.count_waiting(*one);
    }
    auto banned = answered(verdict::not_executed);
    banned.ban = seconds(8);
    gate.left(*first, banned, now);
    EXPECT_FALSE(gate.enter(*b, now).entered);
    EXPECT_FALSE(gate.enter(*a, now).entered);
    now += seconds(4);
    EXPECT_TRUE(gate.enter(*other, now).entered) << "nobody waits for a ban of another method";
    now += seconds(4);
    EXPECT_FALSE(gate.enter(*b, now).entered) << "a came before it";
    EXPECT_TRUE(gate.enter(*a, now).entered);
    now += seconds(1);
    EXPECT_TRUE(gate.enter(*b, now).entered);
}

// One call a second, a ban of eight: those that wait behind the ban will need what comes after it.
TEST_F(Gates, CountThoseBehindABanAgainstTheRate) {
    account_gate gate({.requests_per_second = 1, .in_flight = 100});
    const auto first = live();
    gate.enter(*first, now);
    auto banned = answered(verdict::not_executed);
    banned.ban = seconds(8);
    gate.left(*first, banned, now);
    gate.count_waiting(*first);
    const auto expires = now + seconds(14);
    std::vector<std::unique_ptr<live_redemption>> others;
    while (!gate.refuses(method, expires, now) && others.size() < 40) {
        others.push_back(live());
        gate.count_waiting(*others.back());
        EXPECT_FALSE(gate.enter(*others.back(), now).entered);
    }
    EXPECT_EQ(
        others.size(), 5U
    ) << "with the banned one, six start from the 8th to the 13th second";
    const auto refused = gate.refuses(method, expires, now);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->reason, why_not::rate);
    EXPECT_EQ(gate.could_start(method, now), now + seconds(14));
    // The ban is this method's: another's calls go out meanwhile.
    EXPECT_EQ(gate.could_start(method_name("other"), now), now + seconds(1));
    for (const auto& one : others) {
        gate.forget(*one);
    }
    gate.forget(*first);
    EXPECT_FALSE(gate.refuses(method, now + seconds(9), now));
}

TEST_F(Gates, CountThoseBehindAnOpenBreakerAgainstTheRate) {
    account_gate gate({
        .requests_per_second = 1,
        .in_flight = 100,
        .breaker = {.faults = 1, .pause = seconds(10)},
    });
    const auto first = live();
    gate.enter(*first, now);
    gate.left(*first, unreachable(), now);
    gate.count_waiting(*first);
    const auto second = live();
    gate.count_waiting(*second);
    EXPECT_EQ(gate.could_start(method, now), now + seconds(12));
    EXPECT_TRUE(gate.refuses(method, now + seconds(12), now));
    EXPECT_FALSE(gate.refuses(method, now + seconds(13), now));
}

TEST_F(Gates, RefuseAtOnceWhatASlowPlatformDoesNotReachInTime) {
    account_gate gate({.requests_per_second = 1000, .in_flight = 2});
    std::vector<std::unique_ptr<live_redemption>> some;
    for (int i = 0; i < 2; ++i) {
        some.push_back(live());
        EXPECT_TRUE(gate.enter(*some.back(), now).entered);
    }
    const auto then = now + seconds(6);
    gate.left(*some[0], answered(verdict::executed), then);
    gate.left(*some[1], answered(verdict::executed), then);
    for (int i = 0; i < 8; ++i) {
        some.push_back(live());
        gate.count_waiting(*some.back());
        gate.enter(*some.back(), then);
    }
    // Two in flight and six in line, six seconds each.
    EXPECT_FALSE(gate.refuses(method, then + seconds(22), then));
    const auto refused = gate.refuses(method, then + seconds(20), then);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->reason, why_not::pace);
    EXPECT_EQ(refused->again, seconds(1));
}

TEST_F(Gates, SayAboutWhenOneThatWaitsCanStart) {
    account_gate gate({.requests_per_second = 2, .in_flight = 100});
    const auto a = live();
    const auto b = live();
    const auto c = live();
    for (auto* one : {a.get(), a.get()}) {
        EXPECT_TRUE(gate.enter(*one, now).entered);
    }
    gate.enter(*b, now);
    gate.enter(*c, now);
    EXPECT_EQ(b->starts_about, now + milliseconds(500));
    EXPECT_EQ(c->starts_about, now + seconds(1));
    auto banned = answered(verdict::not_executed);
    banned.ban = seconds(30);
    gate.left(*a, banned, now);
    gate.enter(*b, now);
    EXPECT_EQ(b->starts_about, now + seconds(30));
}

TEST_F(Gates, OnlyHostsInTroubleCountForTheBreakerWhateverTheStatus) {
    account_gate gate({.breaker = {.faults = 2, .pause = seconds(1)}});
    const auto a = live();
    auto bad_gateway = answered(verdict::ambiguous);
    bad_gateway.transport_fault = true;
    attempt_outcome crowded;  // never left the gateway
    const struct {
        const char* name;
        attempt_outcome outcome;
        std::uint32_t faults;
    } rows[] = {
        {"a 5xx", bad_gateway, 1},
        {"no connection of ours was free", crowded, 1},
        {"a refusal", answered(verdict::refused), 0},
        {"a 5xx again", bad_gateway, 1},
        {"a 5xx in a row", bad_gateway, 2},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        EXPECT_TRUE(gate.enter(*a, now).entered);
        gate.left(*a, row.outcome, now);
        EXPECT_EQ(gate.breaker().faults(), row.faults);
    }
    EXPECT_EQ(gate.breaker().state(), breaker_state::open);
}

TEST_F(Gates, RefuseWhatIsOneTooMany) {
    account_gate gate({.requests_per_second = 1000, .in_flight = 2, .queue = 1});
    const auto far = now + seconds(60);
    std::vector<std::unique_ptr<live_redemption>> some;
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(gate.refuses(method, far, now)) << i;
        some.push_back(live());
        gate.count_waiting(*some.back());
        gate.enter(*some.back(), now);
    }
    const auto refused = gate.refuses(method, far, now);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->reason, why_not::queue_full);
    EXPECT_GT(refused->again, milliseconds(0));
    gate.left(*some[0], answered(verdict::executed), now);
    EXPECT_FALSE(gate.refuses(method, far, now));
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
