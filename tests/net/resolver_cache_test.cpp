#include "net/resolver_cache.hpp"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <netdb.h>

#include <boost/asio/error.hpp>
#include <condition_variable>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/task_group.hpp"
#include "tests/support/run_coro.hpp"

// Look-ups of one name hang while a test holds it; all others are the C library's.
namespace hanging_name {

constexpr const char* name = "hangs.test";
std::mutex guard;
std::condition_variable changed;
bool held = false;
int inside = 0;

void hold() {
    const std::lock_guard lock(guard);
    held = true;
}

// Returns when no look-up hangs any more.
void release() {
    std::unique_lock lock(guard);
    held = false;
    changed.notify_all();
    changed.wait(lock, [] { return inside == 0; });
}

void pass() {
    std::unique_lock lock(guard);
    ++inside;
    changed.wait(lock, [] { return !held; });
    --inside;
    changed.notify_all();
}

}  // namespace hanging_name

extern "C" int getaddrinfo(
    const char* host, const char* service, const addrinfo* hints, addrinfo** found
) {
    if (host != nullptr && std::string_view(host) == hanging_name::name) {
        hanging_name::pass();
        return EAI_FAIL;
    }
    static const auto real =
        reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
    return real(host, service, hints, found);
}

namespace gateway::net {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

TEST(ResolverCache, TakesLiteralAddressesAsTheyAre) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        const auto cache = make_resolver_cache(loop);
        // With a deadline in the past no look-up can succeed.
        const auto v4 = co_await cache->resolve("192.0.2.7", 80, clock::now() - 1s);
        EXPECT_EQ(v4.endpoints.at(0).address().to_string(), "192.0.2.7");
        EXPECT_EQ(v4.endpoints.at(0).port(), 80);
        const auto v6 = co_await cache->resolve("2001:db8::1", 443, clock::now() - 1s);
        EXPECT_EQ(v6.endpoints.at(0).address().to_string(), "2001:db8::1");
    });
}

TEST(ResolverCache, CachesAnAnswer) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        const auto cache = make_resolver_cache(loop);
        const auto first = co_await cache->resolve("localhost", 80, clock::now() + 5s);
        EXPECT_FALSE(first.error) << first.error.message();
        EXPECT_FALSE(first.endpoints.empty());
        // Only a cached answer can be returned after the deadline.
        const auto again = co_await cache->resolve("localhost", 81, clock::now() - 1s);
        EXPECT_EQ(again.endpoints.at(0).address(), first.endpoints.at(0).address());
        EXPECT_EQ(again.endpoints.at(0).port(), 81);
    });
}

TEST(ResolverCache, ReturnsAStaleAddressWhileItResolvesAgain) {
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

TEST(ResolverCache, EndsAWaitAtItsDeadlineAndStillCachesTheAnswer) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        const auto cache = make_resolver_cache(loop);
        const auto hurried = co_await cache->resolve("localhost", 80, clock::now() - 1s);
        // The answer may arrive before the expired timer.
        EXPECT_EQ(hurried.endpoints.empty(), hurried.error == asio::error::timed_out);
        const auto patient = co_await cache->resolve("localhost", 80, clock::now() + 5s);
        EXPECT_FALSE(patient.error) << patient.error.message();
    });
}

asio::awaitable<void> resolve_into(resolver_cache& cache, resolve_result& result) {
    result = co_await cache.resolve("localhost", 80, clock::now() + 5s);
}

TEST(ResolverCache, ResumesAllWaitersOfOneLookUp) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        const auto cache = make_resolver_cache(loop);
        std::vector<resolve_result> results(5);
        base::task_group group(loop, [](const std::exception& e) { ADD_FAILURE() << e.what(); });
        for (resolve_result& result : results) {
            group.spawn(resolve_into(*cache, result));
        }
        co_await group.wait_empty(clock::now() + 5s);
        for (const resolve_result& result : results) {
            EXPECT_FALSE(result.endpoints.empty());
        }
    });
}

TEST(ResolverCache, CachesAFailureBriefly) {
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

class recording_resolver_probe final : public resolver_probe {
public:
    void host_resolved(std::string_view host) override { lines.push_back(std::string(host)); }
    void host_not_resolved(std::string_view host, std::string_view why) override {
        EXPECT_FALSE(why.empty());
        lines.push_back("not " + std::string(host));
    }

    std::vector<std::string> lines;
};

TEST(ResolverCache, ReportsEachLookUpToItsProbe) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        recording_resolver_probe probe;
        const auto cache = make_resolver_cache(loop, 1min, &probe);
        const std::string none(100, 'a');
        for (const std::string host : {"localhost", "localhost", none.c_str(), none.c_str()}) {
            co_await cache->resolve(host, 80, clock::now() + 5s);
        }
        EXPECT_EQ(probe.lines, (std::vector<std::string>{"localhost", "not " + none}));
    });
}

// A name server that does not answer for one name must not delay the others.
TEST(ResolverCache, ResolvesANameWhileAnotherHangs) {
    hanging_name::hold();
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        const auto cache = make_resolver_cache(loop);
        const auto hangs = co_await cache->resolve(hanging_name::name, 80, clock::now() + 20ms);
        EXPECT_EQ(hangs.error, asio::error::timed_out);
        const auto other = co_await cache->resolve("localhost", 80, clock::now() + 5s);
        EXPECT_FALSE(other.error) << other.error.message();
    });
    hanging_name::release();
}

TEST(ResolverCache, MayBeDestroyedDuringALookUp) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        auto cache = make_resolver_cache(loop);
        co_await cache->resolve("localhost", 80, clock::now() - 1s);
        cache.reset();
    });
}

}  // namespace
}  // namespace gateway::net
