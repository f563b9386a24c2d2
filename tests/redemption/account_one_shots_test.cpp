// A host that is not the platform can't spend every redemption that must not be repeated:
// docs/redemption-rules.md, Circuit breaker.
#include "rules_fixture.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

attempt_outcome block_page() {
    auto outcome = answered(verdict::ambiguous);
    outcome.transport_fault = true;
    outcome.detail = "a host that does not speak the platform's protocol answered 403";
    return outcome;
}

class OneShots : public AccountRules {
protected:
    // All that can go now, go, and are answered by a block page.
    std::size_t spent_now(account_admission& account, std::vector<account_ticket*>& waiting) {
        std::vector<account_ticket*> sent;
        std::erase_if(waiting, [&](account_ticket* one) {
            const bool goes = acquires(account, *one);
            if (goes) {
                sent.push_back(one);
            }
            return goes;
        });
        for (auto* const one : sent) {
            finish(account, *one, block_page());
        }
        return sent.size();
    }
};

TEST_F(OneShots, ABlockPageSpendsAsManyAsOpenTheBreakerAndOneForEachProbe) {
    account_admission account({.breaker = {.faults = 10, .pause = seconds(1)}});
    std::vector<account_ticket*> waiting;
    for (int i = 0; i < 60; ++i) {
        waiting.push_back(&one_shot());
    }
    EXPECT_EQ(spent_now(account, waiting), 10U) << "though sixty wait";
    EXPECT_EQ(account.breaker().state(), breaker_state::open);
    EXPECT_EQ(spent_now(account, waiting), 0U);
    for (int probe = 0; probe < 5; ++probe) {
        now = account.breaker().probe_at();
        EXPECT_EQ(spent_now(account, waiting), 1U);
    }
    EXPECT_EQ(waiting.size(), 45U);
}

TEST_F(OneShots, TheProbeOfTheHostIsOneThatIsSafeToRepeatIfOneWaits) {
    account_admission account({.breaker = {.faults = 1, .pause = seconds(1)}});
    attempt(account, block_page());
    auto& a = one_shot();
    auto& b = one_shot();
    auto& safe = ticket();
    for (auto* const one : {&a, &b, &safe}) {
        EXPECT_FALSE(acquires(account, *one));
    }
    now += seconds(1);
    EXPECT_FALSE(acquires(account, a));
    EXPECT_TRUE(acquires(account, safe));
    finish(account, safe, block_page());
    now = account.breaker().probe_at();
    EXPECT_TRUE(acquires(account, a)) << "nothing else waits";
}

TEST_F(OneShots, WhatIsSafeToRepeatIsNotBoundByThem) {
    account_admission account({.breaker = {.faults = 2, .pause = seconds(1)}});
    auto& a = one_shot();
    auto& b = one_shot();
    auto& c = one_shot();
    EXPECT_TRUE(acquires(account, a));
    EXPECT_TRUE(acquires(account, b));
    EXPECT_FALSE(acquires(account, c)) << "the host has not answered yet";
    EXPECT_TRUE(acquires(account, ticket())) << "past the one-shot that waits";
    now += seconds(1);  // at the account's rate, fifty calls are under way then
    const auto changed = finish(account, a, answered(verdict::executed));
    EXPECT_EQ(changed.wake, waiter_ids{c.owner()});
    EXPECT_TRUE(acquires(account, c));
    for (int i = 0; i < 20; ++i) {
        EXPECT_TRUE(acquires(account, one_shot())) << "the host is the platform";
    }
}

// It took the platform's place while nothing was sent, or between two answers.
TEST_F(OneShots, AHostThatAnsweredBeforeSpendsFewOfABurstToo) {
    account_admission account({.breaker = {.faults = 10, .pause = seconds(1)}});
    auto& before = one_shot();
    EXPECT_TRUE(acquires(account, before));
    now += milliseconds(20);
    finish(account, before, answered(verdict::executed));
    std::vector<account_ticket*> waiting;
    for (int i = 0; i < 60; ++i) {
        waiting.push_back(&one_shot());
    }
    EXPECT_EQ(spent_now(account, waiting), 10U);
    EXPECT_EQ(account.breaker().state(), breaker_state::open);
}

TEST_F(OneShots, AHostThatAsksToBeLeftAloneIsNotCalledMeanwhile) {
    account_admission account({});
    auto busy = block_page();
    busy.hold = seconds(30);
    EXPECT_TRUE(attempt(account, busy).breaker);
    EXPECT_EQ(account.breaker().state(), breaker_state::open);
    auto& a = ticket();
    EXPECT_EQ(account.try_acquire(a, method, now).retry_at, now + seconds(30));
    EXPECT_EQ(account.try_acquire(a, other_method, now).retry_at, now + seconds(30));
    const auto refused = account.refuses(method, now + seconds(20), now);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->retry_after, seconds(30));
    EXPECT_FALSE(account.refuses(method, now + seconds(40), now));
    now += seconds(30);
    EXPECT_TRUE(acquires(account, a));
    EXPECT_FALSE(acquires(account, ticket())) << "one probe";
    EXPECT_TRUE(finish(account, a, answered(verdict::executed)).breaker);
}

}  // namespace
}  // namespace gateway::redemption
