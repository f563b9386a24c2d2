#include "redemption/rules/account_gate.hpp"

#include "gates.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

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

}  // namespace
}  // namespace gateway::redemption
