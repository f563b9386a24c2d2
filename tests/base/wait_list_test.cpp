#include "base/wait_list.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <string>

#include "base/async_semaphore.hpp"
#include "base/task_group.hpp"
#include "tests/support/run_coro.hpp"

namespace gateway::base {
namespace {

using namespace std::chrono_literals;

void fail(const std::exception& e) {
    ADD_FAILURE() << e.what();
}

asio::awaitable<void> yield(int times) {
    for (int i = 0; i < times; ++i) {
        co_await asio::post(asio::use_awaitable);
    }
}

asio::awaitable<void> note_when_notified(wait_list& list, char name, std::string& order) {
    bool notified = false;
    co_await list.wait(notified);
    order += name;
}

TEST(WaitList, ResumesTheFirstWaiterOrAllInOrderOfArrival) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        task_group tasks(loop, fail);
        wait_list list;
        std::string order;
        for (const char name : {'a', 'b', 'c', 'd'}) {
            tasks.spawn(note_when_notified(list, name, order));
        }
        co_await yield(3);
        EXPECT_EQ(list.size(), 4U);
        EXPECT_TRUE(list.notify_first());
        EXPECT_EQ(list.size(), 3U) << "it leaves the list before it is resumed";
        EXPECT_TRUE(list.notify_first());
        EXPECT_EQ(order, "") << "through the loop";
        co_await yield(3);
        EXPECT_EQ(order, "ab");
        list.notify();
        co_await yield(3);
        EXPECT_EQ(order, "abcd");
        EXPECT_FALSE(list.notify_first());
    });
}

TEST(WaitList, EndsAWaitAtItsDeadline) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        system_runtime time(loop);
        wait_list list;
        const bool notified = co_await list.wait_until(time, time.now() + 1ms);
        EXPECT_FALSE(notified);
        EXPECT_EQ(list.size(), 0U);
    });
}

// A notification that comes after the deadline, but before the waiter is resumed, is not lost.
TEST(WaitList, CountsANotificationThatCrossesTheDeadline) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        task_group tasks(loop, fail);
        system_runtime time(loop);
        wait_list list;
        std::string order;
        tasks.spawn([](runtime& clock, wait_list& on, std::string& out) -> asio::awaitable<void> {
            const bool notified = co_await on.wait_until(clock, steady_time::min());
            out += notified ? 'n' : 'd';
        }(time, list, order));
        while (list.size() == 0) {
            co_await yield(1);
        }
        EXPECT_TRUE(list.notify_first());
        co_await yield(3);
        EXPECT_EQ(order, "n");
    });
}

TEST(WaitList, EndsAWaitOnTwoListsWithTheFirstNotification) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        task_group tasks(loop, fail);
        system_runtime time(loop);
        wait_list one;
        wait_list other;
        std::string order;
        tasks.spawn(
            [](runtime& clock, wait_list& first, wait_list& second, std::string& out
            ) -> asio::awaitable<void> {
                const bool notified = co_await first.wait_until(clock, steady_time::max(), &second);
                out += notified ? 'n' : 'd';
            }(time, one, other, order)
        );
        co_await yield(3);
        other.notify();
        co_await yield(3);
        EXPECT_EQ(order, "n");
        EXPECT_EQ(one.size(), 0U);
    });
}

TEST(WaitList, MayBeDestroyedBeforeOrAfterItsWaiters) {
    std::string order;
    auto list = std::make_unique<wait_list>();
    {
        asio::io_context loop(1);
        asio::co_spawn(loop, note_when_notified(*list, 'a', order), [](const auto&) {});
        loop.poll();
        EXPECT_EQ(list->size(), 1U);
    }
    EXPECT_EQ(list->size(), 0U);
    asio::io_context loop(1);
    asio::co_spawn(loop, note_when_notified(*list, 'b', order), [](const auto&) {});
    loop.poll();
    list.reset();
    EXPECT_EQ(order, "");
}

asio::awaitable<void> hold(async_semaphore& semaphore, char name, std::string& order) {
    const auto permit = co_await semaphore.acquire();
    order += permit ? name : '-';
    co_await yield(5);
}

TEST(AsyncSemaphore, HandsPermitsOnInOrderOfArrivalAndRefusesBeyondItsBound) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        task_group tasks(loop, fail);
        async_semaphore semaphore(1, 2);
        std::string order;
        for (const char name : {'a', 'b', 'c', 'd'}) {
            tasks.spawn(hold(semaphore, name, order));
        }
        co_await yield(3);
        EXPECT_EQ(order, "a-");
        co_await tasks.wait_empty(std::chrono::steady_clock::now() + 5s);
        EXPECT_EQ(order, "a-bc");
        tasks.spawn(hold(semaphore, 'e', order));
        co_await tasks.wait_empty(std::chrono::steady_clock::now() + 5s);
        EXPECT_EQ(order, "a-bce") << "the permit has come back";
    });
}

// Acquires on a loop of its own and holds the permit for as long as that exists.
class holder {
public:
    explicit holder(async_semaphore& semaphore) {
        asio::co_spawn(
            loop_,
            [](async_semaphore& from, holder& by) -> asio::awaitable<void> {
                const auto permit = co_await from.acquire();
                by.acquired_ = permit.has_value();
                bool never = false;
                co_await by.end_.wait(never);
            }(semaphore, *this),
            [](const auto&) {}
        );
        run();
    }
    void run() { loop_.poll(); }
    bool acquired() const { return acquired_; }

private:
    bool acquired_ = false;
    wait_list end_;
    asio::io_context loop_{1};
};

TEST(AsyncSemaphore, KeepsThePermitOfAWaiterThatIsDestroyedBeforeItResumes) {
    async_semaphore semaphore(1, 3);
    std::optional<holder> first(semaphore);
    std::optional<holder> second(semaphore);
    holder third(semaphore);
    EXPECT_TRUE(first->acquired());
    EXPECT_FALSE(second->acquired());
    first.reset();  // grants the permit to the second, which is not resumed
    second.reset();
    third.run();
    EXPECT_TRUE(third.acquired());
}

}  // namespace
}  // namespace gateway::base
