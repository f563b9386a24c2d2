// A fault stops as little as it proves, and every waiting redemption may be the probe:
// docs/redemption-rules.md, Account faults.
#include "rules_fixture.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::seconds;

class AccountFaults : public AccountRules {
protected:
    bool acquires_as(account_ticket& who, const method_name& by) {
        return account.try_acquire(who, by, now).acquired;
    }
    // One attempt by `by`, which gets its permit and ends at once.
    account_admission::changes attempt_by(const method_name& by, const attempt_outcome& outcome) {
        auto& who = ticket();
        EXPECT_TRUE(acquires_as(who, by));
        return account.on_attempt_finished(who, by, outcome, now);
    }

    account_admission account{{}};
};

TEST_F(AccountFaults, AMethodFaultStopsThatMethodOnly) {
    const auto changed = attempt_by(method, method_fault());
    EXPECT_EQ(changed.paused_methods, std::vector<method_name>{method});
    EXPECT_FALSE(changed.pause);
    EXPECT_FALSE(account.pause().active());
    ASSERT_NE(account.pause_of(method), nullptr);
    EXPECT_EQ(account.pause_of(method)->reason(), "no permission");
    EXPECT_EQ(account.paused_methods().size(), 1U);
    auto& a = ticket();
    EXPECT_EQ(account.try_acquire(a, method, now).retry_at, now + seconds(5));
    attempt_by(other_method, answered(verdict::executed));
    ASSERT_NE(account.pause_of(method), nullptr) << "another method says nothing about it";
    now += seconds(5);
    EXPECT_TRUE(acquires_as(a, method));
    EXPECT_EQ(
        account.on_attempt_finished(a, method, answered(verdict::refused), now).paused_methods,
        std::vector<method_name>{method}
    );
    EXPECT_EQ(account.pause_of(method), nullptr);
}

TEST_F(AccountFaults, AnAccountFaultStopsEveryMethod) {
    EXPECT_TRUE(attempt_by(method, account_fault()).pause);
    EXPECT_EQ(account.pause_of(method), nullptr);
    EXPECT_FALSE(acquires_as(ticket(), other_method));
}

// With the one that failed always first, a redemption that lives for a day stops the account for
// it.
TEST_F(AccountFaults, TheProbesTakeTurns) {
    auto& a = ticket();
    auto& b = ticket();
    auto& c = ticket();
    EXPECT_TRUE(acquires_as(a, method));
    account.on_attempt_finished(a, method, account_fault(), now);
    acquires_as(b, method);
    acquires_as(c, other_method);
    acquires_as(a, method);
    std::vector<waiter_id> probes;
    for (int i = 0; i < 6; ++i) {
        now += seconds(300);
        for (auto* const who : {&a, &b, &c}) {
            const auto& by = who == &c ? other_method : method;
            if (acquires_as(*who, by)) {
                probes.push_back(who->owner());
                break;
            }
        }
        for (auto* const who : {&a, &b, &c}) {
            if (who->holds_permit()) {
                const auto& by = who == &c ? other_method : method;
                account.on_attempt_finished(*who, by, account_fault(), now);
                acquires_as(*who, by);  // it queues again
            }
        }
    }
    EXPECT_EQ(
        probes,
        (std::vector<waiter_id>{b.owner(), c.owner(), a.owner(), b.owner(), c.owner(), a.owner()})
    );
}

// It asked again before the other one came.
TEST_F(AccountFaults, TheLastToMeetTheFaultLetsOthersProbe) {
    auto& last = ticket();
    EXPECT_TRUE(acquires_as(last, method));
    account.on_attempt_finished(last, method, method_fault(), now);
    EXPECT_FALSE(acquires_as(last, method));
    auto& other = ticket();
    EXPECT_FALSE(acquires_as(other, method));
    now += seconds(5);
    const auto asked = account.try_acquire(last, method, now);
    EXPECT_FALSE(asked.acquired);
    EXPECT_EQ(asked.wake, waiter_ids{other.owner()});
    EXPECT_TRUE(acquires_as(other, method));
    account.on_attempt_finished(other, method, method_fault(), now);
    now += seconds(10);
    EXPECT_TRUE(acquires_as(last, method)) << "nobody else waits";
}

// Each was the last to meet a fault, of another scope or another method.
TEST_F(AccountFaults, NoTwoRedemptionsLetEachOtherPass) {
    for (const auto& fault : {account_fault(), method_fault()}) {
        account.try_now(std::nullopt, now);
        auto& one = ticket();
        auto& two = ticket();
        EXPECT_TRUE(acquires_as(one, method));
        EXPECT_TRUE(acquires_as(two, other_method));
        account.on_attempt_finished(one, method, method_fault(), now);
        account.on_attempt_finished(two, other_method, fault, now);
        EXPECT_FALSE(acquires_as(one, method));
        EXPECT_FALSE(acquires_as(two, other_method));
        now += seconds(5);
        const bool first = acquires_as(one, method);
        EXPECT_TRUE(first || acquires_as(two, other_method));
        account.cancel_permit(first ? one : two, now);
        account.cancel_wait(one);
        account.cancel_wait(two);
    }
}

// A session that only one method needs: whatever the account's pause was for, it stays for that
// one.
TEST_F(AccountFaults, AnAnswerToAnotherMethodLeavesThePauseToTheMethodThatMetIt) {
    attempt_by(method, account_fault());
    now += seconds(5);
    const auto changed = attempt_by(other_method, answered(verdict::executed));
    EXPECT_TRUE(changed.pause);
    EXPECT_EQ(changed.paused_methods, std::vector<method_name>{method});
    EXPECT_FALSE(account.pause().active());
    ASSERT_NE(account.pause_of(method), nullptr);
    EXPECT_EQ(account.pause_of(method)->reason(), "invalid session");

    EXPECT_FALSE(attempt_by(method, account_fault()).pause) << "tried at once, by itself";
    EXPECT_FALSE(account.pause().active()) << "the other method is served on";
    EXPECT_TRUE(acquires_as(ticket(), other_method));
    auto& next = ticket();
    EXPECT_EQ(account.try_acquire(next, method, now).retry_at, now + seconds(10));
    now += seconds(10);
    EXPECT_TRUE(acquires_as(next, method));
    account.on_attempt_finished(next, method, answered(verdict::executed), now);
    EXPECT_EQ(account.pause_of(method), nullptr);
    EXPECT_TRUE(attempt_by(method, account_fault()).pause) << "it may be the account's again";
}

TEST_F(AccountFaults, AMethodFaultOfTheAccountsProbeShowsThatTheAccountWorks) {
    attempt_by(method, account_fault());
    now += seconds(5);
    const auto changed = attempt_by(method, method_fault());
    EXPECT_TRUE(changed.pause);
    EXPECT_FALSE(account.pause().active());
    EXPECT_NE(account.pause_of(method), nullptr);
}

// Characters that a platform cannot read, or signs otherwise: no other redemption meets that.
TEST_F(AccountFaults, AFaultThatIsARedemptionsOwnPausesNothingAfterOthersWereAnswered) {
    for (const auto& fault : {method_fault(), account_fault()}) {
        auto& culprit = ticket();
        EXPECT_TRUE(acquires_as(culprit, method));
        EXPECT_NE(finish(account, culprit, fault).stops, fault_scope::none) << "nobody knows yet";
        now += seconds(5);
        attempt_by(method, answered(verdict::executed));
        for (int i = 0; i < 3; ++i) {
            EXPECT_TRUE(acquires_as(culprit, method));
            const auto changed = finish(account, culprit, fault);
            EXPECT_EQ(changed.stops, fault_scope::none);
            EXPECT_FALSE(changed.any());
            attempt_by(method, answered(verdict::executed));
        }
        EXPECT_NE(attempt_by(method, fault).stops, fault_scope::none) << "another one's counts";
        now += seconds(5);
        EXPECT_TRUE(acquires_as(culprit, method));
        EXPECT_EQ(finish(account, culprit, fault).stops, fault_scope::none);
        EXPECT_TRUE(acquires_as(ticket(), method)) << "as a probe it taught nothing";
        account.try_now(std::nullopt, now);
    }
}

TEST_F(AccountFaults, AFaultIsNotARedemptionsOwnUnlessAnotherOnesAnswerEndedThePause) {
    auto& who = ticket();
    const auto meets_it = [&] {
        EXPECT_TRUE(acquires_as(who, method));
        return finish(account, who, method_fault()).stops == fault_scope::method;
    };
    EXPECT_TRUE(meets_it());
    now += seconds(5);
    EXPECT_TRUE(meets_it()) << "its own probe";
    account.try_now(std::nullopt, now);
    EXPECT_TRUE(meets_it()) << "an operator ended the pause";
    now += seconds(5);
    attempt_by(other_method, answered(verdict::executed));
    EXPECT_TRUE(meets_it()) << "another method was answered";
    now += seconds(300);
    EXPECT_TRUE(acquires_as(who, method));
    finish(account, who, answered(verdict::not_executed));
    EXPECT_TRUE(meets_it()) << "it was answered itself";
}

TEST_F(AccountFaults, ANetworkInTheWayTeachesNothing) {
    attempt_by(method, method_fault());
    now += seconds(5);
    for (const auto& outcome : {unreachable(), bad_gateway()}) {
        EXPECT_TRUE(attempt_by(method, outcome).paused_methods.empty());
        EXPECT_NE(account.pause_of(method), nullptr);
    }
    EXPECT_TRUE(acquires_as(ticket(), method)) << "the next may probe at once";
}

TEST_F(AccountFaults, AFaultBeforeAnythingIsSentPausesTheMethodToo) {
    auto unable = method_fault("no session");
    unable.phase = phase::not_sent;
    EXPECT_EQ(attempt_by(method, unable).paused_methods, std::vector<method_name>{method});
    now += seconds(5);
    EXPECT_TRUE(attempt_by(method, unable).paused_methods.empty());
    EXPECT_EQ(account.try_acquire(ticket(), method, now).retry_at, now + seconds(10));
}

TEST_F(AccountFaults, NewSecretsBringTheProbeOfEveryPauseForward) {
    attempt_by(method, method_fault());
    auto& a = ticket();
    EXPECT_FALSE(acquires_as(a, method));
    EXPECT_EQ(account.on_secrets_changed(now), waiter_ids{a.owner()});
    EXPECT_TRUE(acquires_as(a, method));
}

TEST_F(AccountFaults, AProbeThatIsNotSentLeavesItToTheNext) {
    attempt_by(method, method_fault());
    now += seconds(5);
    auto& a = ticket();
    EXPECT_TRUE(acquires_as(a, method));
    auto& b = ticket();
    EXPECT_FALSE(acquires_as(b, method)) << "one probe at a time";
    account.cancel_permit(a, now);
    EXPECT_TRUE(acquires_as(b, method));
}

// Redemptions behind it may wait for hours and must not fill the queue of the other methods.
TEST_F(AccountFaults, ThoseBehindAMethodsPauseDoNotCountForOtherMethods) {
    account_admission small({.requests_per_second = 1000, .in_flight = 1, .queue = 1});
    auto& first = ticket();
    EXPECT_TRUE(small.try_acquire(first, method, now).acquired);
    small.on_attempt_finished(first, method, method_fault(), now);
    waiting(small, 2);
    EXPECT_TRUE(small.refuses(method, now + seconds(60), now));
    EXPECT_FALSE(small.refuses(other_method, now + seconds(60), now));
    EXPECT_TRUE(small.try_acquire(ticket(), other_method, now).acquired);
}

TEST_F(AccountFaults, APauseRefusesNoWishAndFailsNone) {
    attempt_by(method, method_fault());
    EXPECT_FALSE(account.refuses(method, now + seconds(1), now));
    EXPECT_EQ(account.opens_at(method, now), now);
}

}  // namespace
}  // namespace gateway::redemption
