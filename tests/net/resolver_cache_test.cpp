#include "net/resolver_cache.hpp"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <vector>

#include "net/task_group.hpp"
#include "tests/support/run_coro.hpp"

namespace gateway::net {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

TEST(ResolverCache, TakesLiteralAddressesAsTheyAre) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        const auto cache = make_resolver_cache(loop);
        // The deadline has passed: nothing that needs time can succeed.
        const auto v4 = co_await cache->resolve("192.0.2.7", 80, clock::now() - 1s);
        EXPECT_EQ(v4.endpoints.at(0).address().to_string(), "192.0.2.7");
        EXPECT_EQ(v4.endpoints.at(0).port(), 80);
        const auto v6 = co_await cache->resolve("2001:db8::1", 443, clock::now() - 1s);
        EXPECT_EQ(v6.endpoints.at(0).address().to_string(), "2001:db8::1");
    });
}

TEST(ResolverCache, RemembersAnAnswer) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        const auto cache = make_resolver_cache(loop);
        const auto first = co_await cache->resolve("localhost", 80, clock::now() + 5s);
        EXPECT_FALSE(first.error) << first.error.message();
        EXPECT_FALSE(first.endpoints.empty());
        // Only a remembered answer can be given after the deadline.
        const auto again = co_await cache->resolve("localhost", 81, clock::now() - 1s);
        EXPECT_EQ(again.endpoints.at(0).address(), first.endpoints.at(0).address());
        EXPECT_EQ(again.endpoints.at(0).port(), 81);
    });
}

TEST(ResolverCache, AnswersWithAStaleAddressWhileItAsksAgain) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        const auto cache = make_resolver_cache(loop, 10ms);
        const auto first = co_await cache->resolve("localhost", 80, clock::now() + 5s);
        EXPECT_FALSE(first.error);
        asio::steady_timer older(loop, 20ms);
        co_await older.async_wait(asio::use_awaitable);
        const auto stale = co_await cache->resolve("localhost", 80, clock::now() - 1s);
        EXPECT_FALSE(stale.error) << stale.error.message();
    });
}

TEST(ResolverCache, LetsARequestGoAtItsDeadlineAndLearnsTheAnswerAllTheSame) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        const auto cache = make_resolver_cache(loop);
        const auto hurried = co_await cache->resolve("localhost", 80, clock::now() - 1s);
        // A quick resolver may win the race against a deadline that has passed.
        EXPECT_EQ(hurried.endpoints.empty(), hurried.error == asio::error::timed_out);
        const auto patient = co_await cache->resolve("localhost", 80, clock::now() + 5s);
        EXPECT_FALSE(patient.error) << patient.error.message();
    });
}

asio::awaitable<void> resolve_into(resolver_cache& cache, resolve_result& result) {
    result = co_await cache.resolve("localhost", 80, clock::now() + 5s);
}

TEST(ResolverCache, WakesEverybodyWhoWaitsForOneLookUp) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        const auto cache = make_resolver_cache(loop);
        std::vector<resolve_result> results(5);
        task_group group(loop, [](const std::exception& e) { ADD_FAILURE() << e.what(); });
        for (resolve_result& result : results) {
            group.spawn(resolve_into(*cache, result));
        }
        co_await group.wait_empty(clock::now() + 5s);
        for (const resolve_result& result : results) {
            EXPECT_FALSE(result.endpoints.empty());
        }
    });
}

TEST(ResolverCache, RemembersAFailureBriefly) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        const auto cache = make_resolver_cache(loop);
        // Longer than a DNS label may be, so that no name server is asked.
        const std::string name(100, 'a');
        const auto first = co_await cache->resolve(name, 80, clock::now() + 5s);
        EXPECT_TRUE(first.error);
        EXPECT_TRUE(first.endpoints.empty());
        const auto again = co_await cache->resolve(name, 80, clock::now() - 1s);
        EXPECT_EQ(again.error, first.error);
        const auto other = co_await cache->resolve("localhost", 80, clock::now() + 5s);
        EXPECT_FALSE(other.error);
    });
}

TEST(ResolverCache, MayGoWhileALookUpIsUnderWay) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        auto cache = make_resolver_cache(loop);
        co_await cache->resolve("localhost", 80, clock::now() - 1s);
        cache.reset();
    });
}

}  // namespace
}  // namespace gateway::net
