#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "base/wait_list.hpp"
#include "tests/support/virtual_time.hpp"

namespace gateway::support {
namespace {

using namespace std::chrono_literals;

TEST(VirtualTime, JumpsToTheNextTimerWhenNothingIsReady) {
    virtual_time time;
    const auto start = time.now();
    std::vector<std::pair<int, base::steady_time::duration>> log;
    const auto note = [&](int who) {
        log.emplace_back(who, time.now() - start);
    };
    const auto late = time.make_timer();
    const auto early = time.make_timer();
    const auto same = time.make_timer();
    late->start(start + 1h, [&] { note(3); });
    early->start(start + 1s, [&] { note(1); });
    same->start(start + 1h, [&] { note(4); });
    asio::post(time.executor(), [&] { note(0); });
    time.run_for(2h);
    EXPECT_EQ(
        log,
        (std::vector<std::pair<int, base::steady_time::duration>>{
            {0, 0s}, {1, 1s}, {3, 1h}, {4, 1h}
        })
    );
    EXPECT_EQ(time.now(), start + 2h);
}

TEST(VirtualTime, RunsUntilSomethingIsTrueOrUntilALimit) {
    virtual_time time;
    const auto start = time.now();
    bool rung = false;
    const auto bell = time.make_timer();
    bell->start(start + 5s, [&] { rung = true; });
    EXPECT_FALSE(time.run_until([&] { return rung; }, start + 4s));
    EXPECT_EQ(time.now(), start + 4s);
    EXPECT_TRUE(time.run_until([&] { return rung; }));
    EXPECT_EQ(time.now(), start + 5s);
    // A timer that never ends is not waited for.
    bell->start(base::steady_time::max(), [] {});
    EXPECT_FALSE(time.run_until([] { return false; }));
    EXPECT_EQ(time.now(), start + 5s);
}

TEST(VirtualTime, HasAWallClockThatJumpsWithoutTheSteadyOne) {
    virtual_time time;
    const auto wall = time.wall_now();
    EXPECT_EQ(wall.time_since_epoch(), virtual_time::default_wall);
    const auto now = time.now();
    time.shift_wall(-1h);
    EXPECT_EQ(time.wall_now(), wall - 1h);
    EXPECT_EQ(time.now(), now);
    time.run_for(10min);
    EXPECT_EQ(time.wall_now(), wall - 50min);
}

TEST(VirtualTime, DrawsTheSameFromTheSameSeed) {
    virtual_time one(7);
    virtual_time same(7);
    virtual_time other(8);
    const auto bits = one.random_bits();
    EXPECT_EQ(same.random_bits(), bits);
    EXPECT_NE(other.random_bits(), bits);
    EXPECT_NE(one.random_bits(), bits);
}

using spans = std::vector<base::steady_time::duration>;

asio::awaitable<void> wait_twice(virtual_time& time, base::wait_list& list, spans& ended) {
    const auto start = time.now();
    for (int i = 0; i < 2; ++i) {
        co_await list.wait_until(time, start + 1min);
        ended.push_back(time.now() - start);
    }
}

TEST(VirtualTime, NotifiesAWaiterBeforeItsDeadline) {
    virtual_time time;
    base::wait_list list;
    spans ended;
    asio::co_spawn(time.executor(), wait_twice(time, list, ended), asio::detached);
    time.run_for(3s);
    list.notify();
    time.run_for(1h);
    EXPECT_EQ(ended, (spans{3s, 1min}));
}

struct guard {
    explicit guard(int& alive) : of(alive) { ++of; }
    ~guard() { --of; }
    guard(const guard&) = delete;
    guard& operator=(const guard&) = delete;
    int& of;
};

asio::awaitable<void> wander(virtual_time& time, base::wait_list& list, int& alive) {
    const guard here(alive);
    for (;;) {
        const auto pause = std::chrono::milliseconds(time.random_bits() % 50);
        co_await list.wait_until(time, time.now() + pause);
        if (time.random_bits() % 4 == 0) {
            list.notify();
        }
    }
}

TEST(VirtualTime, DestroysEverySuspendedFrameAtAnyMoment) {
    for (int steps = 0; steps < 300; ++steps) {
        int alive = 0;
        base::wait_list list;
        virtual_time time(static_cast<std::uint64_t>(steps));
        for (int i = 0; i < 20; ++i) {
            asio::co_spawn(time.executor(), wander(time, list, alive), asio::detached);
        }
        for (int i = 0; i < steps; ++i) {
            ASSERT_TRUE(time.step());
        }
        time.drop();
        EXPECT_EQ(alive, 0) << "after " << steps << " steps";
        EXPECT_EQ(time.pending_timers(), 0U);
    }
}

TEST(Timeline, CarriesSeveralLoopsOfWhichOneMayDie) {
    timeline line;
    virtual_time first(line, 1);
    virtual_time second(line, 2);
    second.shift_wall(1min);
    int alive = 0;
    base::wait_list list_of_first;
    base::wait_list list_of_second;
    asio::co_spawn(first.executor(), wander(first, list_of_first, alive), asio::detached);
    asio::co_spawn(second.executor(), wander(second, list_of_second, alive), asio::detached);
    line.run_for(1s);
    EXPECT_EQ(alive, 2);
    EXPECT_EQ(first.now(), second.now());
    EXPECT_EQ(second.wall_now() - first.wall_now(), 1min);
    first.drop();
    EXPECT_EQ(alive, 1);
    line.run_for(1s);
    EXPECT_EQ(alive, 1);
    second.drop();
    EXPECT_EQ(alive, 0);
}

}  // namespace
}  // namespace gateway::support
