// A host that is not the platform can't spend every redemption that must not be repeated:
// docs/redemption-rules.md, Circuit breaker.
#include <deque>

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
    now += seconds(1);
    const auto changed = finish(account, a, answered(verdict::executed));
    EXPECT_EQ(changed.wake, waiter_ids{c.owner()});
    EXPECT_TRUE(acquires(account, c));
    EXPECT_TRUE(acquires(account, one_shot())) << "each answer lets more than one go";
    EXPECT_TRUE(acquires(account, one_shot()));
    EXPECT_FALSE(acquires(account, one_shot())) << "twice what was answered, beside the two";
}

// It took the platform's place while nothing was sent, or between two answers.
TEST_F(OneShots, AHostThatAnsweredBeforeSpendsFewOfABurstToo) {
    account_admission account({.breaker = {.faults = 10, .pause = seconds(1)}});
    auto& before = one_shot();
    EXPECT_TRUE(acquires(account, before));
    now += milliseconds(20);
    finish(account, before, answered(verdict::executed));
    now += milliseconds(100);
    std::vector<account_ticket*> waiting;
    for (int i = 0; i < 60; ++i) {
        waiting.push_back(&one_shot());
    }
    EXPECT_EQ(spent_now(account, waiting), 10U);
    EXPECT_EQ(account.breaker().state(), breaker_state::open);
}

// A host that takes a second for each answer, as the platform itself does, or another in its place.
class SlowHost : public OneShots {
protected:
    // One-shots that wait are sent as soon as they may until `span` has passed, and whoever is
    // there gives each of these that answer. `arriving`: so many come every 100 ms.
    std::size_t sent_within(
        milliseconds span, const attempt_outcome& answer, std::size_t arriving = 0
    ) {
        std::size_t sent = 0;
        const auto began = now;
        for (; now < began + span; now += milliseconds(10)) {
            arrive((now - began) % milliseconds(100) == milliseconds(0) ? arriving : 0);
            while (!under_way_.empty() && under_way_.front().ends <= now) {
                finish(account, *under_way_.front().ticket, under_way_.front().answer);
                under_way_.pop_front();
            }
            while (!waiting_.empty() && acquires(account, *waiting_.front())) {
                under_way_.push_back({waiting_.front(), now + seconds(1), answer});
                waiting_.pop_front();
                ++sent;
            }
        }
        return sent;
    }
    void arrive(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            waiting_.push_back(&one_shot());
        }
    }
    std::size_t waiting() const { return waiting_.size(); }

    account_admission account{{}};
    const attempt_outcome done = answered(verdict::executed);

private:
    struct call {
        account_ticket* ticket;
        time ends;
        attempt_outcome answer;
    };

    std::deque<account_ticket*> waiting_;
    std::deque<call> under_way_;
};

// Sixty at once are usual for the platform when it is busy.
TEST_F(SlowHost, ABurstAfterASilenceSpendsFewThoughThePlatformWasSlowToo) {
    sent_within(seconds(10), done, 4);
    sent_within(seconds(10), done);
    ASSERT_EQ(waiting(), 0U);
    arrive(60);
    EXPECT_EQ(sent_within(seconds(2), block_page()), 10U);
    EXPECT_EQ(account.breaker().state(), breaker_state::open);
}

// Nothing tells the two hosts apart before the first answer of the other one: a load that needs
// forty calls under way spends them.
TEST_F(SlowHost, ASteadyLoadSpendsWhatIsSentUntilTheOtherHostAnswers) {
    sent_within(seconds(10), done, 4);
    const auto spent = sent_within(seconds(3), block_page(), 4);
    EXPECT_GE(spent, 35U);
    EXPECT_LE(spent, 41U);
    EXPECT_NE(account.breaker().state(), breaker_state::closed);
}

// One such answer among those of the platform: some of the calls meet another host.
TEST_F(SlowHost, TheFirstAnswerOfAnotherHostLetsFewGo) {
    sent_within(seconds(10), done, 4);
    sent_within(milliseconds(1'010), done);
    auto& met = one_shot();
    ASSERT_TRUE(acquires(account, met));
    finish(account, met, block_page());
    arrive(60);
    EXPECT_EQ(sent_within(milliseconds(20), done), 9U);
}

TEST_F(SlowHost, ASteadyLoadWaitsForNothingAndABurstNotForLong) {
    sent_within(seconds(10), done, 4);
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(sent_within(seconds(1), done, 4), 40U);
        EXPECT_EQ(waiting(), 0U);
    }
    now += seconds(60);
    sent_within(seconds(2), done);
    arrive(60);
    sent_within(milliseconds(2'100), done);
    EXPECT_EQ(waiting(), 0U) << "ten, and thirty or more with their answers, and the rest";
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
