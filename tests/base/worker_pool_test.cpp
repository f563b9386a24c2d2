#include "base/worker_pool.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/steady_timer.hpp>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>

#include "base/task_group.hpp"
#include "tests/support/run_coro.hpp"

namespace gateway::base {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

asio::awaitable<std::thread::id> thread_job() {
    co_return std::this_thread::get_id();
}

asio::awaitable<int> niceness_job() {
    co_return ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
}

// Holds its worker until the test releases it.
asio::awaitable<int> held_job(std::shared_future<void> release) {
    release.wait();
    co_return 1;
}

asio::awaitable<int> throwing_job() {
    throw std::runtime_error("broken job");
    co_return 0;
}

void fail(const std::exception& e) {
    ADD_FAILURE() << e.what();
}

TEST(WorkerPool, RunsTheJobOnAThreadAndResumesOnTheLoop) {
    worker_pool pool(2, 8);
    support::run_coro([&](asio::any_io_executor) -> asio::awaitable<void> {
        const auto here = std::this_thread::get_id();
        const auto there = co_await pool.run(thread_job());
        EXPECT_NE(there, here);
        EXPECT_EQ(std::this_thread::get_id(), here);
        const auto tried = co_await pool.try_run(thread_job());
        EXPECT_TRUE(tried.has_value());
        EXPECT_NE(*tried, here);
        EXPECT_EQ(pool.queued(), 0U);
    });
}

TEST(WorkerPool, HasALowerPriorityThanTheLoop) {
    const int here = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
    worker_pool pool(1, 8);
    support::run_coro([&](asio::any_io_executor) -> asio::awaitable<void> {
        const int there = co_await pool.run(niceness_job());
        EXPECT_GT(there, here);
        EXPECT_EQ(::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())), here);
    });
}

TEST(WorkerPool, RefusesAJobBeyondItsBoundButQueuesOneThatMustRun) {
    std::promise<void> release;
    const auto held = release.get_future().share();
    worker_pool pool(1, 2);
    support::run_coro([&](asio::any_io_executor loop) -> asio::awaitable<void> {
        task_group tasks(loop, fail);
        int ran = 0;
        for (int i = 0; i < 2; ++i) {
            tasks.spawn([](worker_pool& on, auto job, int& count) -> asio::awaitable<void> {
                const auto result = co_await on.try_run(std::move(job));
                count += result.value_or(0);
            }(pool, held_job(held), ran));
        }
        co_await asio::post(loop, asio::use_awaitable);
        EXPECT_EQ(pool.queued(), 2U);
        const auto refused = co_await pool.try_run(held_job(held));
        EXPECT_FALSE(refused);
        tasks.spawn([](worker_pool& on, auto job, int& count) -> asio::awaitable<void> {
            count += co_await on.run(std::move(job));
        }(pool, held_job(held), ran));
        co_await asio::post(loop, asio::use_awaitable);
        EXPECT_EQ(pool.queued(), 3U);
        release.set_value();
        const bool ended = co_await tasks.wait_empty(steady_clock::now() + std::chrono::seconds(5));
        EXPECT_TRUE(ended);
        EXPECT_EQ(ran, 3);
        EXPECT_EQ(pool.queued(), 0U);
    });
}

asio::awaitable<int> quick_job() {
    co_return 1;
}

asio::awaitable<void> note_when_run(worker_pool& on, char name, std::string& order) {
    co_await on.run(quick_job());
    order += name;
}

// One pool has hundreds of queued jobs when the other's only job arrives.
TEST(WorkerPool, TakesOneJobOfEachPoolThatSharesItsThreadsInTurn) {
    std::promise<void> release;
    const auto held = release.get_future().share();
    worker_pool busy(1, 0);
    worker_pool quiet(busy, 1);
    support::run_coro([&](asio::any_io_executor loop) -> asio::awaitable<void> {
        task_group tasks(loop, fail);
        tasks.spawn([](worker_pool& on, auto job) -> asio::awaitable<void> {
            co_await on.run(std::move(job));
        }(busy, held_job(held)));
        std::string order;
        for (int i = 0; i < 300; ++i) {
            tasks.spawn(note_when_run(busy, 'c', order));
        }
        tasks.spawn(note_when_run(quiet, 'q', order));
        while (quiet.queued() == 0) {
            co_await asio::post(loop, asio::use_awaitable);
        }
        EXPECT_EQ(busy.queued(), 301U);
        EXPECT_EQ(quiet.queued(), 1U) << "each has its own queue and bound";
        const auto refused = co_await quiet.try_run(quick_job());
        EXPECT_FALSE(refused);
        release.set_value();
        const bool ended = co_await tasks.wait_empty(steady_clock::now() + std::chrono::seconds(5));
        EXPECT_TRUE(ended);
        EXPECT_EQ(order.size(), 301U);
        EXPECT_LT(order.find('q'), 20U);
    });
}

asio::awaitable<void> note_when_held_ran(
    worker_pool& on, std::shared_future<void> release, std::string& order
) {
    co_await on.run(held_job(release));
    order += 'x';
}

// A coroutine that waits for a slot when the pool is destroyed is not resumed any more.
TEST(WorkerPool, MayBeDestroyedWhileJobsAreQueued) {
    std::promise<void> release;
    const auto held = release.get_future().share();
    std::string order;
    asio::io_context loop(1);
    auto pool = std::make_unique<worker_pool>(1, 0);
    for (int i = 0; i < 40; ++i) {
        asio::co_spawn(loop, note_when_held_ran(*pool, held, order), [](const auto&) {
            ADD_FAILURE() << "a queued job was resumed";
        });
    }
    while (pool->queued() < 40) {
        loop.run_one();
    }
    release.set_value();
    pool.reset();
    EXPECT_TRUE(order.empty());
}

TEST(WorkerPool, RethrowsTheExceptionOfAJobAndKeepsItsCount) {
    worker_pool pool(1, 2);
    support::run_coro([&](asio::any_io_executor) -> asio::awaitable<void> {
        bool thrown = false;
        try {
            co_await pool.run(throwing_job());
        } catch (const std::runtime_error&) {
            thrown = true;
        }
        EXPECT_TRUE(thrown);
        EXPECT_EQ(pool.queued(), 0U);
    });
}

// With the workers saturated for as long as the loop needs: its timers still fire. How late they
// are is measured by script/bench-signing.
TEST(WorkerPool, LeavesTheLoopItsTimeWhileItsThreadsAreSaturated) {
    std::promise<void> release;
    const auto held = release.get_future().share();
    worker_pool pool(2, 0);
    support::run_coro([&](asio::any_io_executor loop) -> asio::awaitable<void> {
        task_group tasks(loop, fail);
        std::string order;
        for (int i = 0; i < 64; ++i) {
            tasks.spawn(note_when_held_ran(pool, held, order));
        }
        asio::steady_timer timer(loop);
        for (int i = 0; i < 10; ++i) {
            timer.expires_after(milliseconds(1));
            co_await timer.async_wait(asio::use_awaitable);
        }
        EXPECT_EQ(order, "");
        EXPECT_EQ(pool.queued(), 64U);
        release.set_value();
        co_await tasks.wait_empty(steady_clock::now() + std::chrono::seconds(5));
        EXPECT_EQ(order.size(), 64U);
    });
}

TEST(WorkerPool, KeepsTheSlotsOfJobsThatAreDestroyedBeforeTheyResume) {
    constexpr int slots = 8;  // of one thread
    std::promise<void> release;
    const auto held = release.get_future().share();
    worker_pool pool(1, 8);
    asio::io_context loop(1);
    const auto run = [&](asio::io_context& on, asio::awaitable<int> job, int& count) {
        asio::co_spawn(
            on,
            [](worker_pool& at, asio::awaitable<int> what, int& ran) -> asio::awaitable<void> {
                ran += co_await at.run(std::move(what));
            }(pool, std::move(job), count),
            [](const auto&) {}
        );
    };
    int ran = 0;
    {
        asio::io_context other(1);
        for (int i = 0; i < slots; ++i) {
            run(loop, held_job(held), ran);
        }
        loop.poll();
        for (int i = 0; i < slots; ++i) {
            run(other, held_job(held), ran);
        }
        other.poll();
        release.set_value();
        loop.run_for(std::chrono::seconds(10));
        EXPECT_EQ(ran, slots);
    }
    EXPECT_EQ(pool.queued(), 0U);
    loop.restart();
    run(loop, held_job(held), ran);
    loop.run_for(std::chrono::seconds(10));
    EXPECT_EQ(ran, slots + 1);
}

}  // namespace
}  // namespace gateway::base
