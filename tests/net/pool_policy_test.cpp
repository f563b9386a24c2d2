#include "net/pool_policy.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace gateway::net {
namespace {

using namespace std::chrono_literals;

constexpr pool_limits two_connections{2, 15s, 100ms, 1s, 5min};

// The policy's decisions as text, with time in milliseconds since the start.
class scene {
public:
    explicit scene(pool_limits limits = two_connections) : policy(limits) {}

    std::string acquire(ticket_id ticket, int at, sending how = sending::repeatable) {
        return words(policy.acquire(ticket, how, time(at)));
    }
    std::string grant_next(int at) {
        const auto grant = policy.grant_next(time(at));
        return grant ? std::to_string(grant->ticket) + " gets " + words(grant->step) : "nothing";
    }
    bool release(connection_id id, int at) { return policy.release(id, time(at)); }

    static pool_policy::time_point time(int at) {
        return pool_policy::time_point() + std::chrono::milliseconds(at);
    }

    pool_policy policy;

private:
    static std::string words(const pool_step& step) {
        std::string text = "wait";
        if (step.what != pool_step::kind::wait) {
            text = step.what == pool_step::kind::open ? "open " : "reuse ";
            text += std::to_string(step.connection);
        }
        for (const connection_id id : step.discard) {
            text += ", discard " + std::to_string(id);
        }
        return text;
    }
};

TEST(PoolPolicy, OpensUpToTheLimitAndThenQueues) {
    scene s;
    EXPECT_EQ(s.acquire(1, 0), "open 1");
    EXPECT_EQ(s.acquire(2, 0), "open 2");
    EXPECT_EQ(s.acquire(3, 0), "wait");
    EXPECT_EQ(s.policy.open_connections(), 2u);
    EXPECT_EQ(s.policy.waiting(), 1u);
}

TEST(PoolPolicy, ReusesTheConnectionUsedLast) {
    scene s;
    s.acquire(1, 0);
    s.acquire(2, 0);
    s.release(1, 10);
    s.release(2, 20);
    EXPECT_EQ(s.acquire(3, 130), "reuse 2");
    EXPECT_EQ(s.acquire(4, 130), "reuse 1");
}

struct age_row {
    std::string name;
    int asked_at;
    sending how;
    std::string expected;
};

TEST(PoolPolicy, DecidesByTheIdleTimeOfAConnection) {
    constexpr auto repeatable = sending::repeatable;
    constexpr auto once = sending::once;
    const std::vector<age_row> rows = {
        {"just back", 0, repeatable, "reuse 1"},
        {"almost too old", 14'999, repeatable, "reuse 1"},
        {"too old", 15'000, repeatable, "open 2, discard 1"},
        {"a second answer may still come", 0, once, "open 2"},
        {"just before it is settled", 99, once, "open 2"},
        {"settled", 100, once, "reuse 1"},
        {"fresh enough", 1'000, once, "reuse 1"},
        {"the server may close it", 1'001, once, "open 2"},
        {"that and too old", 15'000, once, "open 2, discard 1"},
    };
    for (const age_row& row : rows) {
        SCOPED_TRACE(row.name);
        scene s;
        s.acquire(1, 0);
        s.release(1, 0);
        EXPECT_EQ(s.acquire(2, row.asked_at, row.how), row.expected);
    }
}

struct choice_row {
    std::string name;
    std::vector<int> released_at;  // of connections 1, 2, …, in this order
    sending how;
    std::string expected;  // at 2,000
};

TEST(PoolPolicy, ChoosesAmongIdleConnections) {
    constexpr auto repeatable = sending::repeatable;
    constexpr auto once = sending::once;
    const std::vector<choice_row> rows = {
        {"the settled one used last", {1'000, 1'500, 1'950}, repeatable, "reuse 2"},
        {"none is settled: the longest idle", {1'910, 1'950, 1'990}, repeatable, "reuse 1"},
        {"all are old", {100, 200, 300}, repeatable, "reuse 3"},
        {"the longest idle of the settled ones", {1'000, 1'500, 1'950}, once, "reuse 1"},
        {"the longest idle that is fresh", {500, 1'200, 1'800}, once, "reuse 2"},
        {"one old, the others not settled", {500, 1'950, 1'960}, once, "open 4, discard 1"},
        {"the limit reached, none settled", {1'910, 1'950, 1'990}, once, "open 4, discard 3"},
    };
    for (const choice_row& row : rows) {
        SCOPED_TRACE(row.name);
        scene s({3, 15s, 100ms, 1s, 5min});
        for (ticket_id ticket = 1; ticket <= row.released_at.size(); ++ticket) {
            s.acquire(ticket, 0);
        }
        for (connection_id id = 1; id <= row.released_at.size(); ++id) {
            s.release(id, row.released_at[id - 1]);
        }
        EXPECT_EQ(s.acquire(9, 2'000, row.how), row.expected);
        EXPECT_LE(s.policy.open_connections(), 3U);
    }
}

// A busy account's requests that go out once take turns on a few connections instead of opening
// one each.
TEST(PoolPolicy, KeepsConnectionsAliveUnderLoad) {
    scene s({32, 15s, 100ms, 1s, 5min});
    connection_id opened = 0;
    ticket_id ticket = 0;
    // One request every 10 ms that takes 30 ms.
    std::deque<std::pair<int, connection_id>> at_work;
    for (int at = 0; at < 60'000; at += 10) {
        while (!at_work.empty() && at_work.front().first <= at) {
            s.release(at_work.front().second, at_work.front().first);
            at_work.pop_front();
        }
        const auto step = s.policy.acquire(++ticket, sending::once, scene::time(at));
        ASSERT_NE(step.what, pool_step::kind::wait);
        opened += step.what == pool_step::kind::open ? 1 : 0;
        at_work.emplace_back(at + 30, step.connection);
    }
    EXPECT_LE(opened, 13U) << "three at work and ten that settle";
}

// An account at its limit, whose requests follow each other at once.
TEST(PoolPolicy, ReplacesFewConnectionsHoweverBusy) {
    scene s({1, 15s, 100ms, 1s, 5min});
    connection_id at_work = 1;
    EXPECT_EQ(s.acquire(1, 0, sending::once), "open 1");
    int opened = 0;
    for (int at = 10; at <= 10'000; at += 10) {
        s.release(at_work, at);
        const auto step = s.policy.acquire(1, sending::once, scene::time(at));
        opened += step.what == pool_step::kind::open ? 1 : 0;
        at_work = step.connection;
    }
    EXPECT_GE(opened, 100);
    EXPECT_LE(opened, 111) << "ten at once, and ten a second";
}

TEST(PoolPolicy, ClosesAnOldIdleConnectionToOpenAFreshOne) {
    scene s;
    s.acquire(1, 0);
    s.acquire(2, 0);
    s.release(1, 0);
    s.release(2, 100);
    EXPECT_EQ(s.acquire(3, 5'000, sending::once), "open 3, discard 1");
    EXPECT_EQ(s.policy.open_connections(), 2u);
}

TEST(PoolPolicy, ServesTheQueueInOrderOfArrival) {
    scene s;
    s.acquire(1, 0);
    s.acquire(2, 0);
    s.acquire(3, 0);
    s.acquire(4, 0);
    EXPECT_EQ(s.grant_next(1), "nothing");
    s.release(2, 10);
    EXPECT_EQ(s.grant_next(10), "3 gets reuse 2");
    EXPECT_EQ(s.grant_next(10), "nothing");
    s.policy.on_closed(1);
    EXPECT_EQ(s.grant_next(20), "4 gets open 3");
    EXPECT_EQ(s.policy.waiting(), 0u);
}

TEST(PoolPolicy, LetsNoRequestOvertakeTheQueue) {
    scene s({1, 15s, 100ms, 1s, 5min});
    s.acquire(1, 0);
    s.acquire(2, 0);
    s.release(1, 10);
    EXPECT_EQ(s.acquire(3, 10), "wait") << "ticket 2 came first";
    EXPECT_EQ(s.grant_next(10), "2 gets reuse 1");
    EXPECT_EQ(s.grant_next(10), "nothing");
}

TEST(PoolPolicy, GrantsNothingToACancelledRequest) {
    scene s({1, 15s, 100ms, 1s, 5min});
    s.acquire(1, 0);
    s.acquire(2, 0);
    s.acquire(3, 0);
    s.policy.cancel(2);
    s.policy.on_closed(1);
    EXPECT_EQ(s.grant_next(10), "3 gets open 2");
}

TEST(PoolPolicy, KeepsNoConnectionBeyondItsLifeHoweverBusy) {
    scene s({1, 15s, 100ms, 1s, 60s});
    s.acquire(1, 0);
    for (int at = 1'000; at < 60'000; at += 1'000) {
        EXPECT_TRUE(s.release(1, at));
        EXPECT_EQ(s.acquire(2, at), "reuse 1");
    }
    s.acquire(3, 59'500);
    EXPECT_FALSE(s.release(1, 60'000));
    EXPECT_EQ(s.policy.open_connections(), 0u);
    EXPECT_EQ(s.grant_next(60'000), "3 gets open 2");
    EXPECT_TRUE(s.release(2, 119'999)) << "its own life counts";
}

TEST(PoolPolicy, EvictsAllIdleConnectionsAtOnce) {
    scene s;
    s.acquire(1, 0);
    s.acquire(2, 0);
    s.release(1, 0);
    EXPECT_EQ(s.policy.evict_idle(), std::vector<connection_id>{1});
    EXPECT_EQ(s.policy.open_connections(), 1u);
    EXPECT_EQ(s.acquire(3, 10), "open 3");
}

}  // namespace
}  // namespace gateway::net
