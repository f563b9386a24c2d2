#include "base/task_group.hpp"

#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
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

TEST(TaskGroup, SaysSoWhenTheLimitPassesFirstAndLetsTheTasksGoOn) {
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

// Cancelled while it waits, a shielded coroutine still reaches what comes after.
asio::awaitable<void> record(asio::steady_timer& answer, bool shielded, bool& recorded) {
    if (shielded) {
        co_await shield();
    }
    co_await wait_for(answer);
    co_await turn(2);
    recorded = true;
}

bool recorded_after_cancel(bool shielded) {
    bool recorded = false;
    support::run_coro([&](asio::any_io_executor loop) -> asio::awaitable<void> {
        asio::cancellation_signal hang_up;
        asio::steady_timer answer(loop, 1h);
        bool ended = false;
        asio::co_spawn(
            loop,
            record(answer, shielded, recorded),
            asio::bind_cancellation_slot(hang_up.slot(), [&](std::exception_ptr) { ended = true; })
        );
        co_await turn(3);
        hang_up.emit(asio::cancellation_type::all);
        co_await turn(3);
        EXPECT_EQ(ended, !shielded);
        answer.expires_at(clock::time_point::min());
        while (!ended) {
            co_await turn(1);
        }
    });
    return recorded;
}

TEST(Shield, KeepsACancellationFromWhatMustBeRecorded) {
    EXPECT_TRUE(recorded_after_cancel(true));
    EXPECT_FALSE(recorded_after_cancel(false));
}

}  // namespace
}  // namespace gateway::base
