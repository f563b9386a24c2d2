// When one account may send: docs/redemption-rules.md, Admission, Bans, Account faults, Circuit
// breaker.
#include "redemption/rules/account_admission.hpp"

#include "rules_fixture.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class AccountAdmission : public AccountRules {};

TEST_F(AccountAdmission, GivesAsManyPermitsAsMayBeInFlightInOrderOfArrival) {
    account_admission account({.requests_per_second = 1000, .in_flight = 1});
    auto& a = ticket();
    auto& b = ticket();
    auto& c = ticket();
    EXPECT_TRUE(acquires(account, a));
    EXPECT_TRUE(a.holds_permit());
    EXPECT_FALSE(acquires(account, b));
    EXPECT_FALSE(acquires(account, c));
    EXPECT_EQ(account.in_flight(), 1U);
    EXPECT_EQ(finish(account, a, answered(verdict::executed)).wake, waiter_ids{b.owner()});
    EXPECT_FALSE(a.holds_permit());
    EXPECT_FALSE(acquires(account, c)) << "b arrived before it";
    EXPECT_TRUE(acquires(account, b));
    finish(account, b, answered(verdict::executed));
    EXPECT_TRUE(acquires(account, c));
}

TEST_F(AccountAdmission, NotifiesTheNextWhenTheFirstGetsItsPermit) {
    account_admission account({.requests_per_second = 1000, .in_flight = 2});
    auto& a = ticket();
    auto& b = ticket();
    acquires(account, a);
    acquires(account, b);
    auto& c = ticket();
    auto& d = ticket();
    EXPECT_FALSE(acquires(account, c));
    EXPECT_FALSE(acquires(account, d));
    finish(account, a, answered(verdict::executed));
    finish(account, b, answered(verdict::executed));
    EXPECT_EQ(account.try_acquire(c, method, now).wake, waiter_ids{d.owner()});
    EXPECT_EQ(account.try_acquire(d, method, now).wake, waiter_ids{});
}

// The others make room with their next draw: nothing is refused for a share of nothing.
TEST_F(AccountAdmission, WithoutAShareAcceptsAndWaitsForOne) {
    account_admission account({.requests_per_second = 10, .in_flight = 4});
    account.share(0, now);
    auto& first = ticket();
    EXPECT_TRUE(acquires(account, first)) << "the token that it has already";
    finish(account, first, answered(verdict::executed));
    EXPECT_FALSE(account.refuses(method, now + seconds(5), now));
    auto& waits = ticket();
    const auto refused = account.try_acquire(waits, method, now);
    EXPECT_FALSE(refused.acquired);
    ASSERT_TRUE(refused.retry_at);
    EXPECT_LE(*refused.retry_at, now + seconds(1));
    EXPECT_EQ(account.share(5, now), waiter_ids{waits.owner()});
    EXPECT_TRUE(account.refuses(method, now + milliseconds(1), now));
}

TEST_F(AccountAdmission, OneThatGivesUpBlocksNoOther) {
    account_admission account({.requests_per_second = 1000, .in_flight = 1});
    auto& a = ticket();
    auto& b = ticket();
    auto& c = ticket();
    EXPECT_TRUE(acquires(account, a));
    acquires(account, b);
    acquires(account, c);
    EXPECT_EQ(account.cancel_wait(b), waiter_ids{c.owner()});
    EXPECT_EQ(account.cancel_wait(b), waiter_ids{});
    EXPECT_EQ(account.cancel_permit(a, now), waiter_ids{c.owner()});
    EXPECT_TRUE(acquires(account, c));
}

TEST_F(AccountAdmission, OneThatWaitsForSomethingElseBlocksNoOtherAndKeepsItsArrival) {
    account_admission account({.requests_per_second = 1000, .in_flight = 1});
    auto& a = ticket();
    auto& b = ticket();
    auto& c = ticket();
    EXPECT_TRUE(acquires(account, a));
    acquires(account, b);
    acquires(account, c);
    EXPECT_EQ(account.yield_position(b), waiter_ids{c.owner()});
    EXPECT_EQ(account.yield_position(b), waiter_ids{});
    EXPECT_EQ(finish(account, a, answered(verdict::executed)).wake, waiter_ids{c.owner()});
    EXPECT_TRUE(acquires(account, c));
    EXPECT_FALSE(acquires(account, a));
    EXPECT_FALSE(acquires(account, b));
    finish(account, c, answered(verdict::executed));
    EXPECT_FALSE(acquires(account, b)) << "a comes back from its pause before b";
    EXPECT_TRUE(acquires(account, a));
}

// One that starts over under another account, or at the end of this one's queue, arrives anew.
TEST_F(AccountAdmission, OneThatGaveUpArrivesAnew) {
    account_admission account({.requests_per_second = 1000, .in_flight = 1});
    auto& a = ticket();
    auto& b = ticket();
    auto& c = ticket();
    EXPECT_TRUE(acquires(account, a));
    acquires(account, b);
    acquires(account, c);
    account.cancel_wait(b);
    acquires(account, b);
    EXPECT_EQ(account.cancel_permit(a, now), waiter_ids{c.owner()});
    EXPECT_FALSE(acquires(account, b));
    EXPECT_TRUE(acquires(account, c));
}

TEST_F(AccountAdmission, SpendsTokensAndSaysWhenTheNextComes) {
    account_admission account({.requests_per_second = 2, .in_flight = 100});
    EXPECT_TRUE(acquires(account, ticket()));
    EXPECT_TRUE(acquires(account, ticket()));
    auto& third = ticket();
    const auto answer = account.try_acquire(third, method, now);
    EXPECT_FALSE(answer.acquired);
    EXPECT_EQ(answer.retry_at, now + milliseconds(500));
    now += milliseconds(500);
    EXPECT_TRUE(acquires(account, third));
}

TEST_F(AccountAdmission, AnAttemptThatIsNotSentCostsNoToken) {
    account_admission account({.requests_per_second = 1, .in_flight = 10});
    auto& a = ticket();
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(acquires(account, a));
        account.cancel_permit(a, now);
        EXPECT_FALSE(a.holds_permit());
    }
    EXPECT_TRUE(acquires(account, a));
    EXPECT_FALSE(acquires(account, ticket()));
}

TEST_F(AccountAdmission, APermitIsGivenBackOnce) {
    account_admission account({.requests_per_second = 1, .in_flight = 10});
    auto& a = ticket();
    EXPECT_TRUE(acquires(account, a));
    account.cancel_permit(a, now);
    account.cancel_permit(a, now);
    EXPECT_EQ(account.in_flight(), 0U);
    EXPECT_TRUE(acquires(account, a));
    finish(account, a, answered(verdict::executed));
    account.cancel_permit(a, now);
    EXPECT_EQ(account.in_flight(), 0U);
    EXPECT_FALSE(acquires(account, a)) << "the token of an attempt that was sent is spent";
}

TEST_F(AccountAdmission, CountsAsWaitingWhatIsNeitherSentNorInDoubt) {
    account_admission account({.requests_per_second = 1000, .in_flight = 1});
    auto& a = ticket();
    auto& b = ticket();
    auto& in_doubt = ticket();
    account.enqueue(a, method, false);
    account.enqueue(a, method, false);
    account.enqueue(b, method, false);
    account.enqueue(in_doubt, method, true);
    EXPECT_EQ(account.waiting(), 2U);
    acquires(account, a);
    EXPECT_EQ(account.waiting(), 1U);
    acquires(account, b);
    EXPECT_EQ(account.waiting(), 1U);
    account.cancel_wait(b);
    account.cancel_wait(b);
    EXPECT_EQ(account.waiting(), 0U);
}

TEST_F(AccountAdmission, ABanBlocksItsMethodOnlyAndForExactlyThatLong) {
    account_admission account({});
    auto& a = ticket();
    auto& other = ticket();
    EXPECT_TRUE(acquires(account, a));
    finish(account, a, banned(seconds(3)));
    ASSERT_EQ(account.bans(now).size(), 1U);
    EXPECT_EQ(account.bans(now)[0].method, method);
    EXPECT_EQ(account.bans(now)[0].until, now + seconds(3));
    now += seconds(2);
    const auto answer = account.try_acquire(a, method, now);
    EXPECT_FALSE(answer.acquired);
    EXPECT_EQ(answer.retry_at, now + seconds(1));
    EXPECT_TRUE(account.try_acquire(other, other_method, now).acquired);
    now += seconds(1);
    EXPECT_TRUE(acquires(account, a));
    EXPECT_TRUE(account.bans(now).empty());
}

TEST_F(AccountAdmission, ABanNeverShortensOneThatLastsLonger) {
    account_admission account({});
    account.ban(method, now + seconds(10), false, now);
    account.ban(method, now + seconds(3), false, now);
    EXPECT_EQ(account.opens_at(method, now), now + seconds(10));
    EXPECT_EQ(account.opens_at(other_method, now), now);
}

TEST_F(AccountAdmission, AfterABanTheOrderIsThatOfArrival) {
    account_admission account({.requests_per_second = 1, .in_flight = 100});
    auto& first = ticket();
    auto& a = ticket();
    auto& b = ticket();
    auto& other = ticket();
    acquires(account, first);
    account.enqueue(a, method, false);
    account.enqueue(b, method, false);
    account.enqueue(other, other_method, false);
    finish(account, first, banned(seconds(8)));
    EXPECT_FALSE(acquires(account, b));
    EXPECT_FALSE(acquires(account, a));
    now += seconds(4);
    EXPECT_TRUE(account.try_acquire(other, other_method, now).acquired)
        << "the ban of another method blocks nobody";
    now += seconds(4);
    EXPECT_FALSE(acquires(account, b)) << "a arrived before it";
    EXPECT_TRUE(acquires(account, a));
    now += seconds(1);
    EXPECT_TRUE(acquires(account, b));
}

TEST_F(AccountAdmission, AnAccountFaultPausesUntilAProbeIsAnswered) {
    account_admission account({});
    auto& a = ticket();
    auto& b = ticket();
    EXPECT_TRUE(acquires(account, a));
    EXPECT_TRUE(finish(account, a, account_fault()).pause);
    EXPECT_TRUE(account.pause().active());
    EXPECT_EQ(account.pause().reason(), "invalid session");
    const auto answer = account.try_acquire(a, method, now);
    EXPECT_FALSE(answer.acquired);
    EXPECT_EQ(answer.retry_at, now + seconds(5));
    now += seconds(5);
    EXPECT_TRUE(acquires(account, a));
    EXPECT_FALSE(acquires(account, b)) << "one probe at a time";
    EXPECT_FALSE(finish(account, a, account_fault()).pause);
    const auto next = account.try_acquire(a, method, now);
    EXPECT_EQ(next.retry_at, now + seconds(10)) << "probes grow rarer";
    now += seconds(10);
    EXPECT_FALSE(acquires(account, a)) << "it probed the last time";
    EXPECT_TRUE(acquires(account, b));
    EXPECT_TRUE(finish(account, b, answered(verdict::refused)).pause);
    EXPECT_FALSE(account.pause().active());
    EXPECT_TRUE(acquires(account, a));
}

TEST_F(AccountAdmission, AProbeThatIsNotSentLeavesThePauseToTheNext) {
    account_admission account({});
    attempt(account, account_fault());
    now += seconds(5);
    auto& a = ticket();
    EXPECT_TRUE(acquires(account, a));
    account.cancel_permit(a, now);
    EXPECT_TRUE(acquires(account, ticket()));
}

TEST_F(AccountAdmission, NewSecretsBringTheProbeForward) {
    account_admission account({});
    attempt(account, account_fault());
    auto& a = ticket();
    EXPECT_EQ(account.on_secrets_changed(now), waiter_ids{}) << "nobody waits yet";
    attempt(account, account_fault());
    EXPECT_FALSE(acquires(account, a));
    EXPECT_EQ(account.on_secrets_changed(now), waiter_ids{a.owner()});
    EXPECT_TRUE(acquires(account, a));
}

TEST_F(AccountAdmission, NewSecretsChangeNothingWithoutAPause) {
    account_admission account({.requests_per_second = 1000, .in_flight = 1});
    acquires(account, ticket());
    acquires(account, ticket());
    EXPECT_EQ(account.on_secrets_changed(now), waiter_ids{});
}

TEST_F(AccountAdmission, AnOpenBreakerLetsOneProbeThroughAtATime) {
    account_admission account({.breaker = {.faults = 2, .pause = seconds(1)}});
    auto& a = ticket();
    auto& b = ticket();
    acquires(account, a);
    EXPECT_FALSE(finish(account, a, unreachable()).breaker);
    acquires(account, a);
    EXPECT_TRUE(finish(account, a, unreachable()).breaker);
    EXPECT_EQ(account.last_fault(), "connection refused");
    EXPECT_EQ(account.try_acquire(a, method, now).retry_at, now + seconds(1));
    now += seconds(1);
    EXPECT_TRUE(acquires(account, a));
    EXPECT_EQ(account.try_acquire(b, method, now).retry_at, now + seconds(1))
        << "it looks again while the probe is under way";
    EXPECT_TRUE(finish(account, a, answered(verdict::refused)).breaker);
    EXPECT_TRUE(acquires(account, b));
}

TEST_F(AccountAdmission, AProbeOfTheHostThatIsNotSentLeavesTheTurnToTheNext) {
    account_admission account({.breaker = {.faults = 1, .pause = seconds(1)}});
    attempt(account, unreachable());
    now += seconds(1);
    auto& a = ticket();
    EXPECT_TRUE(acquires(account, a));
    account.cancel_permit(a, now);
    EXPECT_TRUE(acquires(account, ticket()));
}

TEST_F(AccountAdmission, TheBreakerCountsFaultsOfTheHostWhateverTheStatus) {
    account_admission account({.breaker = {.faults = 2, .pause = seconds(1)}});
    const attempt_outcome no_free_connection;  // it never left the gateway
    const struct {
        const char* name;
        attempt_outcome outcome;
        std::uint32_t faults;
    } rows[] = {
        {"a 5xx", bad_gateway(), 1},
        {"no connection of the pool free", no_free_connection, 1},
        {"a refusal", answered(verdict::refused), 0},
        {"a 5xx again", bad_gateway(), 1},
        {"a 5xx in a row", bad_gateway(), 2},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        attempt(account, row.outcome);
        EXPECT_EQ(account.breaker().faults(), row.faults);
    }
    EXPECT_EQ(account.breaker().state(), breaker_state::open);
}

}  // namespace
}  // namespace gateway::redemption
