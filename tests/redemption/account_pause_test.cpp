// The table of docs/redemption-rules.md, Account faults.
#include "redemption/rules/account_pause.hpp"

#include <functional>

#include "rules_fixture.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::seconds;
using time = account_pause::time;

constexpr time start{seconds(1000)};
constexpr waiter_id a{1};
constexpr waiter_id b{2};

account_pause paused() {
    account_pause pause;
    pause.on_attempt_finished(a, account_fault(), start);
    return pause;
}

TEST(AccountPause, BeginsWithTheFirstAccountFault) {
    account_pause pause;
    EXPECT_FALSE(pause.active());
    EXPECT_FALSE(pause.blocked_until(start));
    pause.begin_probe(a);
    EXPECT_FALSE(pause.blocked_until(start)) << "there is nothing to probe";
    EXPECT_TRUE(pause.on_attempt_finished(a, account_fault(), start));
    EXPECT_TRUE(pause.active());
    EXPECT_EQ(pause.reason(), "invalid session");
    EXPECT_EQ(pause.blocked_until(start), start + seconds(5));
    EXPECT_FALSE(pause.blocked_until(start + seconds(5)));
}

TEST(AccountPause, OneProbeIsUnderWayAtATimeAndTheOthersLookAgainEverySecond) {
    auto pause = paused();
    pause.begin_probe(b);
    EXPECT_EQ(pause.blocked_until(start + seconds(5)), start + seconds(6));
    EXPECT_EQ(pause.blocked_until(start + seconds(9)), start + seconds(10));
}

TEST(AccountPause, TheProbeEnds) {
    const struct {
        const char* name;
        attempt_outcome outcome;
        bool over;
        seconds next;
    } rows[] = {
        {"with an account fault", account_fault(), false, seconds(10)},
        {"answered: executed", answered(verdict::executed), true, seconds(0)},
        {"answered: refused", answered(verdict::refused), true, seconds(0)},
        {"answered: ambiguous", answered(verdict::ambiguous), true, seconds(0)},
        {"not sent", unreachable(), false, seconds(0)},
        {"answered with a 5xx", bad_gateway(), false, seconds(0)},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        auto pause = paused();
        const auto now = start + seconds(5);
        pause.begin_probe(b);
        EXPECT_EQ(pause.on_attempt_finished(b, row.outcome, now), row.over);
        EXPECT_EQ(pause.active(), !row.over);
        EXPECT_EQ(pause.blocked_until(now).value_or(now), now + row.next);
        EXPECT_EQ(pause.reason().empty(), row.over);
    }
}

TEST(AccountPause, ProbesGrowRarerUpToALongestInterval) {
    auto pause = paused();
    auto now = start;
    for (const auto interval : {5, 10, 20, 40, 80, 160, 300, 300}) {
        EXPECT_EQ(pause.blocked_until(now), now + seconds(interval));
        now += seconds(interval);
        pause.begin_probe(b);
        EXPECT_FALSE(pause.on_attempt_finished(b, account_fault(), now));
    }
}

TEST(AccountPause, AnAttemptThatWasInFlightBeforeSaysNothingNew) {
    auto pause = paused();
    pause.begin_probe(b);
    EXPECT_FALSE(pause.on_attempt_finished(a, answered(verdict::executed), start));
    EXPECT_TRUE(pause.active());
    EXPECT_FALSE(pause.on_attempt_finished(a, account_fault("still"), start + seconds(4)));
    EXPECT_EQ(pause.reason(), "still") << "the last words are kept";
    pause.cancel_probe(b);
    EXPECT_EQ(pause.blocked_until(start), start + seconds(5)) << "the time of the probe stays";
}

TEST(AccountPause, AProbeThatIsNotSentLeavesItToTheNext) {
    auto pause = paused();
    const auto now = start + seconds(5);
    pause.begin_probe(b);
    pause.cancel_probe(a);
    EXPECT_TRUE(pause.blocked_until(now)) << "that was another's";
    pause.cancel_probe(b);
    EXPECT_FALSE(pause.blocked_until(now));
    EXPECT_FALSE(pause.on_attempt_finished(b, answered(verdict::executed), now));
    EXPECT_TRUE(pause.active());
}

TEST(AccountPause, NewSecretsBringTheProbeForwardAndTheIntervalBack) {
    auto pause = paused();
    pause.begin_probe(b);
    pause.on_attempt_finished(b, account_fault(), start + seconds(5));
    pause.on_secrets_changed(start + seconds(6));
    EXPECT_FALSE(pause.blocked_until(start + seconds(6)));
    pause.begin_probe(b);
    pause.on_attempt_finished(b, account_fault(), start + seconds(6));
    EXPECT_EQ(pause.blocked_until(start + seconds(6)), start + seconds(16));
    account_pause none;
    none.on_secrets_changed(start);
    EXPECT_FALSE(none.active());
}

// It got its permit before the secrets changed, and may have been signed before or after.
TEST(AccountPause, AProbeThatMetNewSecretsMayEndThePauseButNotProlongIt) {
    const auto now = start + seconds(5);
    for (const bool good : {true, false}) {
        SCOPED_TRACE(good);
        auto pause = paused();
        pause.begin_probe(a);
        pause.on_secrets_changed(now);
        EXPECT_FALSE(pause.blocked_until(now)) << "the next need not wait for it";
        const auto outcome = good ? answered(verdict::executed) : account_fault();
        EXPECT_EQ(pause.on_attempt_finished(a, outcome, now), good);
        EXPECT_EQ(pause.active(), !good);
        EXPECT_FALSE(pause.blocked_until(now));
    }
}

TEST(AccountPause, TheProbeAfterNewSecretsDecidesBesideTheFormerOne) {
    auto pause = paused();
    const auto now = start + seconds(5);
    pause.begin_probe(a);
    pause.on_secrets_changed(now);
    pause.begin_probe(b);
    EXPECT_FALSE(pause.on_attempt_finished(a, account_fault(), now));
    EXPECT_TRUE(pause.on_attempt_finished(b, answered(verdict::executed), now));
}

// Its bad news ended what its redemption had to say about the account.
TEST(AccountPause, AFormerProbeThatEndedWithAFaultIsForgotten) {
    auto pause = paused();
    const auto now = start + seconds(5);
    pause.begin_probe(a);
    pause.on_secrets_changed(now);
    pause.on_attempt_finished(a, account_fault(), now);
    EXPECT_FALSE(pause.on_attempt_finished(a, answered(verdict::executed), now));
    EXPECT_TRUE(pause.active());
}

}  // namespace
}  // namespace gateway::redemption
