#include "base/worker_pool.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/steady_timer.hpp>
#include <future>
#include <iostream>
#include <thread>

#include "base/task_group.hpp"
#include "base/thread_priority.hpp"
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

// Holds its worker until the test lets go.
asio::awaitable<int> held_job(std::shared_future<void> let_go) {
    let_go.wait();
    co_return 1;
}

asio::awaitable<int> throwing_job() {
    throw std::runtime_error("broken job");
    co_return 0;
}

void fail(const std::exception& e) {
    ADD_FAILURE() << e.what();
}

TEST(WorkerPool, RunsTheJobElsewhereAndComesBack) {
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

TEST(WorkerPool, GivesWayToTheLoop) {
    const int here = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
    worker_pool pool(1, 8);
    support::run_coro([&](asio::any_io_executor) -> asio::awaitable<void> {
        const int there = co_await pool.run(niceness_job());
        EXPECT_GT(there, here);
        EXPECT_EQ(::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())), here);
    });
}

TEST(WorkerPool, RefusesWhatIsOneTooManyButNotWhatMustNotBeGivenUp) {
    std::promise<void> let_go;
    const auto held = let_go.get_future().share();
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
        let_go.set_value();
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

// One pool has hundreds waiting when the other's only job comes.
TEST(WorkerPool, TakesTurnsWithThoseItSharesItsThreadsWith) {
    std::promise<void> let_go;
    const auto held = let_go.get_future().share();
    worker_pool crowded(1, 0);
    worker_pool quiet(crowded, 1);
    support::run_coro([&](asio::any_io_executor loop) -> asio::awaitable<void> {
        task_group tasks(loop, fail);
        tasks.spawn([](worker_pool& on, auto job) -> asio::awaitable<void> {
            co_await on.run(std::move(job));
        }(crowded, held_job(held)));
        std::string order;
        for (int i = 0; i < 300; ++i) {
            tasks.spawn(note_when_run(crowded, 'c', order));
        }
        tasks.spawn(note_when_run(quiet, 'q', order));
        while (quiet.queued() == 0) {
            co_await asio::post(loop, asio::use_awaitable);
        }
        EXPECT_EQ(crowded.queued(), 301U);
        EXPECT_EQ(quiet.queued(), 1U) << "each has its own queue and bound";
        const auto refused = co_await quiet.try_run(quick_job());
        EXPECT_FALSE(refused);
        let_go.set_value();
        const bool ended = co_await tasks.wait_empty(steady_clock::now() + std::chrono::seconds(5));
        EXPECT_TRUE(ended);
        EXPECT_EQ(order.size(), 301U);
        EXPECT_LT(order.find('q'), 20U);
    });
}

asio::awaitable<void> note_when_held_ran(
    worker_pool& on, std::shared_future<void> let_go, std::string& order
) {
    co_await on.run(held_job(let_go));
    order += 'x';
}

// Whoever waits for its turn when the threads go is not called any more.
TEST(WorkerPool, MayGoWhileSomeWait) {
    std::promise<void> let_go;
    const auto held = let_go.get_future().share();
    std::string order;
    asio::io_context loop(1);
    auto pool = std::make_unique<worker_pool>(1, 0);
    for (int i = 0; i < 40; ++i) {
        asio::co_spawn(loop, note_when_held_ran(*pool, held, order), [](const auto&) {
            ADD_FAILURE() << "it went on";
        });
    }
    while (pool->queued() < 40) {
        loop.run_one();
    }
    let_go.set_value();
    pool.reset();
    EXPECT_TRUE(order.empty());
}

TEST(WorkerPool, HandsOnWhatAJobThrowsAndKeepsItsCount) {
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

// What the loop's other work notices of signing at full load: contract of the milestone is p99
// below 2 ms. The bound here leaves room for a busy build machine and for sanitizers.
TEST(WorkerPool, LeavesTheLoopItsTimeWhileSigningIsSaturated) {
    const std::shared_ptr<EVP_PKEY> key(EVP_RSA_gen(2048), EVP_PKEY_free);
    ASSERT_TRUE(key);
    static constexpr auto sign = [](std::shared_ptr<EVP_PKEY> with) -> asio::awaitable<bool> {
        const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(
            EVP_MD_CTX_new(), EVP_MD_CTX_free
        );
        std::array<unsigned char, 256> signature;
        std::size_t length = signature.size();
        const std::array<unsigned char, 300> text{};
        co_return EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, with.get()) ==
                1 &&
            EVP_DigestSign(context.get(), signature.data(), &length, text.data(), text.size()) == 1;
    };
    worker_pool pool(std::clamp(std::thread::hardware_concurrency(), 1U, 4U), 1024);
    std::vector<steady_clock::duration> late;
    std::size_t signatures = 0;
    support::run_coro([&](asio::any_io_executor loop) -> asio::awaitable<void> {
        take_short_turns();
        task_group tasks(loop, fail);
        const auto end = steady_clock::now() + std::chrono::seconds(2);
        static constexpr auto keep_signing = [](worker_pool& on, auto with, auto until, auto& count
                                             ) -> asio::awaitable<void> {
            while (steady_clock::now() < until) {
                count += co_await on.run(sign(with)) ? 1U : 0U;
            }
        };
        for (int i = 0; i < 64; ++i) {
            tasks.spawn(keep_signing(pool, key, end, signatures));
        }
        asio::steady_timer timer(loop);
        while (steady_clock::now() < end) {
            timer.expires_after(milliseconds(2));
            const auto due = timer.expiry();
            co_await timer.async_wait(asio::use_awaitable);
            late.push_back(steady_clock::now() - due);
        }
        co_await tasks.wait_empty(end + std::chrono::seconds(5));
    });
    std::sort(late.begin(), late.end());
    const auto p99 = late[late.size() * 99 / 100];
    std::cout << "signatures/s " << signatures / 2 << ", loop lag p50 "
              << std::chrono::duration<double, std::milli>(late[late.size() / 2]).count()
              << " ms, p99 " << std::chrono::duration<double, std::milli>(p99).count() << " ms\n";
    EXPECT_GT(signatures, 0U);
    EXPECT_LT(p99, milliseconds(50));
}

}  // namespace
}  // namespace gateway::base
