// The table of docs/redemption-rules.md, Account faults.
#include "redemption/rules/fault_pause.hpp"

#include <functional>

#include "rules_fixture.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::seconds;
using time = fault_pause::time;

constexpr time start{seconds(1000)};
constexpr waiter_id a{1};
constexpr waiter_id b{2};
const base::redacted_text words = base::fixed_text("invalid session");

fault_pause paused() {
    fault_pause pause;
    pause.on_fault(a, words, start);
    return pause;
}

TEST(FaultPause, BeginsWithTheFirstAccountFault) {
    fault_pause pause;
    EXPECT_FALSE(pause.active());
    EXPECT_FALSE(pause.blocked_until(start));
    pause.begin_probe(a);
    EXPECT_FALSE(pause.blocked_until(start)) << "there is nothing to probe";
    EXPECT_TRUE(pause.on_fault(a, words, start));
    EXPECT_TRUE(pause.active());
    EXPECT_EQ(pause.reason(), "invalid session");
    EXPECT_EQ(pause.blocked_until(start), start + seconds(5));
    EXPECT_FALSE(pause.blocked_until(start + seconds(5)));
}

TEST(FaultPause, OneProbeIsUnderWayAtATimeAndTheOthersLookAgainEverySecond) {
    auto pause = paused();
    pause.begin_probe(b);
    EXPECT_EQ(pause.blocked_until(start + seconds(5)), start + seconds(6));
    EXPECT_EQ(pause.blocked_until(start + seconds(9)), start + seconds(10));
}

TEST(FaultPause, TheProbeEnds) {
    const auto now = start + seconds(5);
    auto pause = paused();
    pause.begin_probe(b);
    EXPECT_FALSE(pause.on_fault(b, words, now));
    EXPECT_EQ(pause.blocked_until(now), now + seconds(10));
    pause = paused();
    pause.begin_probe(b);
    EXPECT_TRUE(pause.on_answer(b));
    EXPECT_FALSE(pause.active());
    EXPECT_FALSE(pause.blocked_until(now));
    EXPECT_TRUE(pause.reason().empty());
}

TEST(FaultPause, ProbesGrowRarerUpToALongestInterval) {
    auto pause = paused();
    auto now = start;
    for (const auto interval : {5, 10, 20, 40, 80, 160, 300, 300}) {
        EXPECT_EQ(pause.blocked_until(now), now + seconds(interval));
        now += seconds(interval);
        pause.begin_probe(b);
        EXPECT_FALSE(pause.on_fault(b, words, now));
    }
}

// It may be that one's own fault: another one that comes shows it, and must not wait for long.
TEST(FaultPause, ProbesOfOneRedemptionAloneGrowLessRare) {
    auto pause = paused();
    auto now = start;
    for (const auto interval : {5, 10, 20, 30, 30}) {
        EXPECT_EQ(pause.blocked_until(now), now + seconds(interval));
        now += seconds(interval);
        pause.begin_probe(a);
        pause.on_fault(a, words, now);
    }
    now += seconds(30);
    pause.begin_probe(b);
    pause.on_fault(b, words, now);
    EXPECT_EQ(pause.blocked_until(now), now + seconds(60)) << "it meets others";
}

TEST(FaultPause, AnAttemptThatWasInFlightBeforeSaysNothingNew) {
    auto pause = paused();
    pause.begin_probe(b);
    EXPECT_FALSE(pause.on_answer(a));
    EXPECT_TRUE(pause.active());
    EXPECT_FALSE(pause.on_fault(a, base::fixed_text("still"), start + seconds(4)));
    EXPECT_EQ(pause.reason(), "still") << "the last words are kept";
    pause.cancel_probe(b);
    EXPECT_EQ(pause.blocked_until(start), start + seconds(5)) << "the time of the probe stays";
}

TEST(FaultPause, AProbeThatIsNotSentLeavesItToTheNext) {
    auto pause = paused();
    const auto now = start + seconds(5);
    pause.begin_probe(b);
    pause.cancel_probe(a);
    EXPECT_TRUE(pause.blocked_until(now)) << "that was another's";
    pause.cancel_probe(b);
    EXPECT_FALSE(pause.blocked_until(now));
    EXPECT_FALSE(pause.on_answer(b));
    EXPECT_TRUE(pause.active());
}

TEST(FaultPause, NewSecretsBringTheProbeForwardAndTheIntervalBack) {
    auto pause = paused();
    pause.begin_probe(b);
    pause.on_fault(b, words, start + seconds(5));
    pause.on_secrets_changed(start + seconds(6));
    EXPECT_FALSE(pause.blocked_until(start + seconds(6)));
    pause.begin_probe(b);
    pause.on_fault(b, words, start + seconds(6));
    EXPECT_EQ(pause.blocked_until(start + seconds(6)), start + seconds(16));
    fault_pause none;
    none.on_secrets_changed(start);
    EXPECT_FALSE(none.active());
}

// It got its permit before the secrets changed, and may have been signed before or after.
TEST(FaultPause, AProbeThatMetNewSecretsMayEndThePauseButNotProlongIt) {
    const auto now = start + seconds(5);
    for (const bool good : {true, false}) {
        SCOPED_TRACE(good);
        auto pause = paused();
        pause.begin_probe(a);
        pause.on_secrets_changed(now);
        EXPECT_FALSE(pause.blocked_until(now)) << "the next need not wait for it";
        EXPECT_EQ(good ? pause.on_answer(a) : pause.on_fault(a, words, now), good);
        EXPECT_EQ(pause.active(), !good);
        EXPECT_FALSE(pause.blocked_until(now));
    }
}

TEST(FaultPause, TheProbeAfterNewSecretsDecidesBesideTheFormerOne) {
    auto pause = paused();
    const auto now = start + seconds(5);
    pause.begin_probe(a);
    pause.on_secrets_changed(now);
    pause.begin_probe(b);
    EXPECT_FALSE(pause.on_fault(a, words, now));
    EXPECT_TRUE(pause.on_answer(b));
}

// Its bad news ended what its redemption had to say about the account.
TEST(FaultPause, AFormerProbeThatEndedWithAFaultIsForgotten) {
    auto pause = paused();
    const auto now = start + seconds(5);
    pause.begin_probe(a);
    pause.on_secrets_changed(now);
    pause.on_fault(a, words, now);
    EXPECT_FALSE(pause.on_answer(a));
    EXPECT_TRUE(pause.active());
}

// Another method showed that the account works: the one that met the fault is tried at once.
TEST(FaultPause, WhatRemainsForOneMethodKeepsItsIntervalAndWords) {
    auto pause = paused();
    auto rest = pause.for_one_method(start + seconds(2));
    EXPECT_TRUE(rest.active());
    EXPECT_EQ(rest.reason(), words);
    EXPECT_FALSE(rest.blocked_until(start + seconds(2)));
    rest.begin_probe(a);
    rest.on_fault(a, words, start + seconds(2));
    EXPECT_EQ(rest.blocked_until(start + seconds(2)), start + seconds(12));
    EXPECT_FALSE(fault_pause().for_one_method(start).active());
}

}  // namespace
}  // namespace gateway::redemption
