#include "net/pool_policy.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gateway::net {
namespace {

using namespace std::chrono_literals;

constexpr pool_limits two_connections{2, 15s, 1s, 5min};

// The policy's decisions as text, with time in milliseconds since the start.
class scene {
public:
    explicit scene(pool_limits limits = two_connections) : policy(limits) {}

    std::string acquire(ticket_id ticket, int at, bool prefer_fresh = false) {
        return words(policy.acquire(ticket, prefer_fresh, time(at)));
    }
    std::string grant_next(int at) {
        const auto grant = policy.grant_next(time(at));
        return grant ? std::to_string(grant->ticket) + " gets " + words(grant->step) : "nothing";
    }
    bool release(connection_id id, int at) { return policy.release(id, time(at)); }

    pool_policy policy;

private:
    static pool_policy::time_point time(int at) {
        return pool_policy::time_point() + std::chrono::milliseconds(at);
    }
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
    EXPECT_EQ(s.acquire(3, 30), "reuse 2");
    EXPECT_EQ(s.acquire(4, 30), "reuse 1");
}

struct age_row {
    std::string name;
    int asked_at;
    bool prefer_fresh;
    std::string expected;
};

TEST(PoolPolicy, DecidesByTheIdleTimeOfAConnection) {
    const std::vector<age_row> rows = {
        {"just back", 0, false, "reuse 1"},
        {"almost too old", 14'999, false, "reuse 1"},
        {"too old", 15'000, false, "open 2, discard 1"},
        {"fresh enough", 1'000, true, "reuse 1"},
        {"not fresh", 1'001, true, "open 2"},
        {"not fresh and too old", 15'000, true, "open 2, discard 1"},
    };
    for (const age_row& row : rows) {
        SCOPED_TRACE(row.name);
        scene s;
        s.acquire(1, 0);
        s.release(1, 0);
        EXPECT_EQ(s.acquire(2, row.asked_at, row.prefer_fresh), row.expected);
    }
}

TEST(PoolPolicy, ClosesAnOldIdleConnectionToOpenAFreshOne) {
    scene s;
    s.acquire(1, 0);
    s.acquire(2, 0);
    s.release(1, 0);
    s.release(2, 100);
    EXPECT_EQ(s.acquire(3, 5'000, true), "open 3, discard 1");
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
    scene s({1, 15s, 1s, 5min});
    s.acquire(1, 0);
    s.acquire(2, 0);
    s.release(1, 10);
    EXPECT_EQ(s.acquire(3, 10), "wait") << "ticket 2 came first";
    EXPECT_EQ(s.grant_next(10), "2 gets reuse 1");
    EXPECT_EQ(s.grant_next(10), "nothing");
}

TEST(PoolPolicy, GrantsNothingToACancelledRequest) {
    scene s({1, 15s, 1s, 5min});
    s.acquire(1, 0);
    s.acquire(2, 0);
    s.acquire(3, 0);
    s.policy.cancel(2);
    s.policy.on_closed(1);
    EXPECT_EQ(s.grant_next(10), "3 gets open 2");
}

TEST(PoolPolicy, KeepsNoConnectionBeyondItsLifeHoweverBusy) {
    scene s({1, 15s, 1s, 60s});
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
