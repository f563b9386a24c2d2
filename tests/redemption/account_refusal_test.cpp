// Which wishes are refused before they are accepted, and about when the others start:
// docs/redemption-rules.md, Admission.
#include <optional>
#include <vector>

#include "rules_fixture.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using reason = account_admission::refusal_reason;

class AccountRefusal : public AccountRules {
protected:
    static void expect_refused(
        const std::optional<account_admission::refusal>& refused,
        reason why,
        milliseconds retry_after
    ) {
        ASSERT_TRUE(refused);
        EXPECT_EQ(to_string(refused->reason), to_string(why));
        EXPECT_EQ(refused->retry_after, retry_after);
    }
};

TEST_F(AccountRefusal, OfAWishThatABanOutlasts) {
    account_admission account({});
    attempt(account, banned(seconds(30)));
    const struct {
        const char* name;
        seconds expires_in;
        bool refused;
    } rows[] = {
        {"the ban ends before", seconds(31), false},
        {"they end together", seconds(30), true},
        {"the ban ends after", seconds(5), true},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        const auto refused = account.refuses(method, now + row.expires_in, now);
        EXPECT_EQ(refused.has_value(), row.refused);
        if (refused) {
            expect_refused(refused, reason::ban, seconds(30));
        }
        EXPECT_FALSE(account.refuses(other_method, now + row.expires_in, now));
    }
    EXPECT_FALSE(account.refuses(method, now + seconds(31), now + seconds(30)));
}

TEST_F(AccountRefusal, OfAWishThatAnOpenBreakerOutlasts) {
    account_admission account({.breaker = {.faults = 1, .pause = seconds(10)}});
    attempt(account, unreachable());
    EXPECT_FALSE(account.refuses(method, now + seconds(11), now));
    expect_refused(account.refuses(method, now + seconds(10), now), reason::breaker, seconds(10));
}

TEST_F(AccountRefusal, NotForAPauseAsNewSecretsMayEndIt) {
    account_admission account({});
    attempt(account, account_fault());
    EXPECT_FALSE(account.refuses(method, now + seconds(1), now));
}

TEST_F(AccountRefusal, OfAWishThatTheRateDoesNotReachInTime) {
    account_admission account({.requests_per_second = 2, .in_flight = 100});
    waiting(account, 12);  // two start, ten wait
    EXPECT_FALSE(account.refuses(method, now + seconds(6), now));
    expect_refused(account.refuses(method, now + seconds(5), now), reason::rate, milliseconds(500));
}

// One call a second, a ban of eight: the redemptions behind the ban need the calls after it.
TEST_F(AccountRefusal, CountsRedemptionsBehindABanAgainstTheRate) {
    account_admission account({.requests_per_second = 1, .in_flight = 100});
    auto& first = ticket();
    acquires(account, first);
    finish(account, first, banned(seconds(8)));
    account.enqueue(first, method, false);
    const auto expires = now + seconds(14);
    std::vector<account_ticket*> others;
    while (!account.refuses(method, expires, now) && others.size() < 40) {
        others.push_back(waiting(account, 1).front());
    }
    EXPECT_EQ(
        others.size(), 5U
    ) << "with the banned one, six start from the 8th to the 13th second";
    expect_refused(account.refuses(method, expires, now), reason::rate, milliseconds(0));
    EXPECT_EQ(account.could_start(method, now), now + seconds(14));
    EXPECT_EQ(account.could_start(other_method, now), now + seconds(1))
        << "calls of another method go out meanwhile";
    for (auto* const one : others) {
        account.cancel_wait(*one);
    }
    account.cancel_wait(first);
    EXPECT_FALSE(account.refuses(method, now + seconds(9), now));
}

TEST_F(AccountRefusal, CountsRedemptionsBehindAnOpenBreakerAgainstTheRate) {
    account_admission account({
        .requests_per_second = 1,
        .in_flight = 100,
        .breaker = {.faults = 1, .pause = seconds(10)},
    });
    attempt(account, unreachable());
    waiting(account, 2);
    EXPECT_EQ(account.could_start(method, now), now + seconds(12));
    EXPECT_TRUE(account.refuses(method, now + seconds(12), now));
    EXPECT_FALSE(account.refuses(method, now + seconds(13), now));
}

TEST_F(AccountRefusal, OfAWishThatASlowPlatformDoesNotReachInTime) {
    account_admission account({.requests_per_second = 1000, .in_flight = 2});
    auto& a = ticket();
    auto& b = ticket();
    EXPECT_TRUE(acquires(account, a));
    EXPECT_TRUE(acquires(account, b));
    now += seconds(6);
    finish(account, a, answered(verdict::executed));
    finish(account, b, answered(verdict::executed));
    waiting(account, 8);  // two start, six wait, six seconds each
    EXPECT_FALSE(account.refuses(method, now + seconds(22), now));
    expect_refused(account.refuses(method, now + seconds(20), now), reason::pace, seconds(1));
}

TEST_F(AccountRefusal, OfTheOneTooMany) {
    account_admission account({.requests_per_second = 1000, .in_flight = 2, .queue = 1});
    const auto far = now + seconds(60);
    std::vector<account_ticket*> some;
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(account.refuses(method, far, now)) << i;
        some.push_back(waiting(account, 1).front());
    }
    expect_refused(account.refuses(method, far, now), reason::queue_full, seconds(1));
    finish(account, *some[0], answered(verdict::executed));
    EXPECT_FALSE(account.refuses(method, far, now));
}

// A day's quota is used up, and as many redemptions wait for the next day as may. The other method
// of the account is not banned.
TEST_F(AccountRefusal, TheBacklogOfABannedMethodFillsTheQueueOfNoOther) {
    account_admission account({.in_flight = 1, .queue = 1});
    const auto far = now + std::chrono::hours(24);
    account.ban(method, now + seconds(100), false, now);
    std::vector<account_ticket*> some;
    for (int i = 0; i < 2; ++i) {
        EXPECT_FALSE(account.refuses(method, far, now)) << i;
        some.push_back(waiting(account, 1).front());
        EXPECT_FALSE(some.back()->holds_permit());
    }
    expect_refused(account.refuses(method, far, now), reason::queue_full, seconds(100));
    EXPECT_FALSE(account.refuses(other_method, far, now));
    now += seconds(100);
    // The redemptions that were banned are in the way again.
    expect_refused(account.refuses(other_method, far, now), reason::queue_full, seconds(1));
    EXPECT_EQ(account.waiting(), 2U);
    account.cancel_wait(*some[0]);
    EXPECT_EQ(account.waiting(), 1U);
    EXPECT_FALSE(account.refuses(other_method, far, now));
}

TEST_F(AccountRefusal, TheOthersLearnAboutWhenTheyStart) {
    account_admission account({.requests_per_second = 2, .in_flight = 100});
    auto& a = ticket();
    EXPECT_TRUE(acquires(account, a));
    EXPECT_TRUE(acquires(account, ticket()));
    auto& b = ticket();
    auto& c = ticket();
    acquires(account, b);
    acquires(account, c);
    EXPECT_EQ(b.starts_about(), now + milliseconds(500));
    EXPECT_EQ(c.starts_about(), now + seconds(1));
    finish(account, a, banned(seconds(30)));
    acquires(account, b);
    EXPECT_EQ(b.starts_about(), now + seconds(30));
    account.update_estimate(a, method, now);
    EXPECT_EQ(a.starts_about(), account.could_start(method, now));
}

TEST_F(AccountRefusal, TheEstimateIncludesThePauseOfTheAccount) {
    account_admission account({});
    attempt(account, account_fault());
    EXPECT_EQ(account.could_start(method, now), now + seconds(5));
}

}  // namespace
}  // namespace gateway::redemption
