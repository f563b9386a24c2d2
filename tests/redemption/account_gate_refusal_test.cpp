// Who is told at once that its turn would come too late, and about when the others' turn comes.
#include <memory>
#include <optional>
#include <vector>

#include "gates.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using why_not = account_gate::why_not;

struct refusal_row {
    const char* name;
    seconds expires_in;
    std::optional<why_not> reason;
    milliseconds again{0};
};

void expect_refused(
    const std::optional<account_gate::refusal>& refused, why_not reason, milliseconds again
) {
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->reason, reason);
    EXPECT_EQ(refused->again, again);
}

TEST_F(Gates, RefuseAtOnceWhatABanOutlasts) {
    account_gate gate({});
    const auto a = live();
    gate.enter(*a, now);
    gate.left(*a, banned(seconds(30)), now);
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
    expect_refused(gate.refuses(method, now + seconds(10), now), why_not::breaker, seconds(10));
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
    expect_refused(gate.refuses(method, now + seconds(5), now), why_not::rate, milliseconds(500));
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
    gate.left(*first, banned(seconds(8)), now);
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
    gate.left(*first, banned(seconds(8)), now);
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
    expect_refused(gate.refuses(method, then + seconds(20), then), why_not::pace, seconds(1));
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
    gate.left(*a, banned(seconds(30)), now);
    gate.enter(*b, now);
    EXPECT_EQ(b->starts_about, now + seconds(30));
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

// A day's quota is used up, and redemptions that can wait a day wait for it: as many as may. The
// other method of the account is not banned.
TEST_F(Gates, LetTheBacklogOfABannedMethodFillNoOthersQueue) {
    account_gate gate({.in_flight = 1, .queue = 1});
    const method_name other("other");
    const auto far = now + std::chrono::hours(24);
    gate.ban(method, now + seconds(100));
    std::vector<std::unique_ptr<live_redemption>> some;
    for (int i = 0; i < 2; ++i) {
        EXPECT_FALSE(gate.refuses(method, far, now)) << i;
        some.push_back(live());
        gate.count_waiting(*some.back());
        EXPECT_FALSE(gate.enter(*some.back(), now).entered);
    }
    // Before the ban is over nobody leaves the queue.
    expect_refused(gate.refuses(method, far, now), why_not::queue_full, seconds(100));
    EXPECT_FALSE(gate.refuses(other, far, now));
    const auto later = now + seconds(100);
    ASSERT_TRUE(gate.refuses(other, far, later)) << "those that were banned are in the way again";
    EXPECT_EQ(gate.refuses(other, far, later)->again, seconds(1));
    EXPECT_EQ(gate.waiting(), 2U);
    gate.forget(*some[0]);
    EXPECT_EQ(gate.waiting(), 1U);
    EXPECT_FALSE(gate.refuses(other, far, later));
}

}  // namespace
}  // namespace gateway::redemption
