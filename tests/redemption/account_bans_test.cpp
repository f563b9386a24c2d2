// Bans far beyond what the documents name, and what an operator lifts: docs/redemption-rules.md,
// Bans.
#include "redemption/rules/next_step.hpp"
#include "rules_fixture.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class AccountBans : public AccountRules {
protected:
    std::optional<time> retry_at(account_ticket& who) {
        return account.try_acquire(who, method, now).retry_at;
    }

    account_admission account{{}};
};

TEST_F(AccountBans, ADoubtedBanIsTriedByOneCallEveryFewMinutes) {
    const auto end = now + seconds(999'999);
    auto& a = ticket();
    auto& b = ticket();
    acquires(account, a);
    finish(account, a, doubtfully_banned(seconds(999'999)));
    ASSERT_EQ(account.bans(now).size(), 1U);
    EXPECT_EQ(account.bans(now)[0].until, end);
    EXPECT_EQ(account.bans(now)[0].next_trial, now + ban_trial_interval);
    EXPECT_EQ(retry_at(b), now + ban_trial_interval);
    EXPECT_EQ(retry_at(a), now + ban_trial_interval);
    now += ban_trial_interval;
    EXPECT_EQ(account.opens_at(method, now), now);
    EXPECT_FALSE(acquires(account, a)) << "it was the last to meet the ban";
    EXPECT_TRUE(acquires(account, b));
    EXPECT_EQ(retry_at(a), now + while_probing) << "one call only";
    finish(account, b, doubtfully_banned(seconds(999'999)));
    EXPECT_EQ(retry_at(a), now + ban_trial_interval);
    now += ban_trial_interval;
    EXPECT_TRUE(acquires(account, a));
    EXPECT_TRUE(finish(account, a, answered(verdict::executed)).ban_lifted);
    EXPECT_TRUE(account.bans(now).empty());
    EXPECT_TRUE(acquires(account, b));
}

TEST_F(AccountBans, TheTrialBringsTheNewestWord) {
    attempt(account, doubtfully_banned(seconds(999'999)));
    now += ban_trial_interval;
    attempt(account, banned(seconds(7)));
    ASSERT_EQ(account.bans(now).size(), 1U);
    EXPECT_EQ(account.bans(now)[0].until, now + seconds(7));
    EXPECT_FALSE(account.bans(now)[0].next_trial);
    now += seconds(7);
    attempt(account, answered(verdict::executed));
}

TEST_F(AccountBans, ATrialThatMeetsTheNetworkIsTriedAgain) {
    attempt(account, doubtfully_banned(seconds(999'999)));
    now += ban_trial_interval;
    EXPECT_FALSE(attempt(account, unreachable()).ban_lifted);
    EXPECT_EQ(account.bans(now).size(), 1U);
    EXPECT_TRUE(acquires(account, ticket()));
}

TEST_F(AccountBans, ABanAsTheDocumentsNameThemIsNotTried) {
    attempt(account, banned(seconds(31'062)));
    EXPECT_EQ(account.opens_at(method, now), now + seconds(31'062));
    now += seconds(31'061);
    EXPECT_FALSE(acquires(account, ticket()));
}

TEST_F(AccountBans, AnEarlierCallsEndDoesNotEndADoubtedBan) {
    auto& earlier = ticket();
    acquires(account, earlier);
    attempt(account, doubtfully_banned(seconds(999'999)));
    EXPECT_FALSE(finish(account, earlier, answered(verdict::executed)).ban_lifted);
    EXPECT_EQ(account.bans(now).size(), 1U);
}

// Else it would be given up: the ban lasts longer than it lives.
TEST_F(AccountBans, TheRedemptionThatMetADoubtedBanWaitsForATrial) {
    const progress at{.attempts = 1, .deadline = now + hours(24)};
    const auto next = after_attempt(at, doubtfully_banned(seconds(999'999)), now, 0.5);
    EXPECT_FALSE(next.to);
    EXPECT_EQ(next.delay, seconds(0));
    const auto given_up = after_attempt(at, banned(seconds(999'999)), now, 0.5);
    EXPECT_EQ(given_up.to, state::failed);
}

TEST_F(AccountBans, AnOperatorLiftsPausesAndBansAndLetsTheNextCallProbeTheHost) {
    attempt(account, method_fault());
    auto& a = ticket();
    EXPECT_FALSE(acquires(account, a));
    account.ban(method, now + hours(100), false, now);
    account.ban(other_method, now + hours(100), false, now);
    const auto one = account.try_now(method, now);
    EXPECT_EQ(one.paused_methods, std::vector<method_name>{method});
    EXPECT_TRUE(one.ban_lifted);
    EXPECT_EQ(one.wake, waiter_ids{a.owner()});
    EXPECT_TRUE(acquires(account, a));
    EXPECT_EQ(account.bans(now).size(), 1U) << "the other method's";
    EXPECT_TRUE(finish(account, a, account_fault()).pause);
    const auto all = account.try_now(std::nullopt, now);
    EXPECT_TRUE(all.pause);
    EXPECT_TRUE(all.ban_lifted);
    EXPECT_TRUE(account.bans(now).empty());
    EXPECT_TRUE(acquires(account, a));
    EXPECT_FALSE(account.try_now(std::nullopt, now).any()) << "there is nothing to lift";
}

TEST_F(AccountBans, AnOperatorLetsTheNextCallProbeAnOpenBreaker) {
    account_admission down({.breaker = {.faults = 1, .pause = seconds(20)}});
    auto& a = ticket();
    auto& b = ticket();
    acquires(down, a);
    finish(down, a, unreachable());
    EXPECT_FALSE(acquires(down, a));
    down.try_now(std::nullopt, now);
    EXPECT_TRUE(acquires(down, a));
    EXPECT_FALSE(acquires(down, b)) << "one call, as the host may still be down";
}

}  // namespace
}  // namespace gateway::redemption
