#include "base/task_group.hpp"

#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/run_coro.hpp"

namespace gateway::base {
namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

asio::awaitable<void> turn(int times) {
    for (int i = 0; i < times; ++i) {
        co_await asio::post(asio::use_awaitable);
    }
}

asio::awaitable<void> fail(std::string why) {
    co_await asio::post(asio::use_awaitable);
    throw std::runtime_error(why);
}

asio::awaitable<void> wait_for(asio::steady_timer& timer) {
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

TEST(TaskGroup, WaitsUntilTheLastTaskHasEnded) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        task_group group(loop, {});
        group.spawn(turn(3));
        group.spawn(turn(30));
        EXPECT_EQ(group.size(), 2u);
        const bool empty = co_await group.wait_empty(clock::now() + 5s);
        EXPECT_TRUE(empty);
        EXPECT_EQ(group.size(), 0u);
    });
}

TEST(TaskGroup, ReturnsFalseAtTheLimitAndLetsTheTasksContinue) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        task_group group(loop, {});
        asio::steady_timer held(loop, 1h);
        group.spawn(wait_for(held));
        const bool early = co_await group.wait_empty(clock::now() + 5ms);
        EXPECT_FALSE(early);
        EXPECT_EQ(group.size(), 1u);
        held.expires_at(clock::time_point::min());
        const bool late = co_await group.wait_empty(clock::now() + 5s);
        EXPECT_TRUE(late);
    });
}

TEST(TaskGroup, ReportsEveryExceptionThatReachesTheTop) {
    std::vector<std::string> failures;
    support::run_coro([&](asio::any_io_executor loop) -> asio::awaitable<void> {
        task_group group(loop, [&](const std::exception& e) { failures.push_back(e.what()); });
        group.spawn(fail("first"));
        group.spawn(turn(1));
        group.spawn(fail("second"));
        co_await group.wait_empty(clock::now() + 5s);
        group.spawn(turn(1));
        co_await group.wait_empty(clock::now() + 5s);
    });
    EXPECT_EQ(failures, (std::vector<std::string>{"first", "second"}));
}

}  // namespace
}  // namespace gateway::base
