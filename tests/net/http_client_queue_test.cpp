// Requests wait for the client's few connections.

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tests/net/http_client_world.hpp"
#include "tests/support/run_coro.hpp"

namespace gateway::net {
namespace {

using clock = std::chrono::steady_clock;
using world = http_client_world;

class recording_pool_probe final : public pool_probe {
public:
    void pool_changed(const pool_usage& now) override {
        last = now;
        most_waiting = std::max(most_waiting, now.waiting);
        most_open = std::max(most_open, now.open);
    }
    void acquire_timed_out() override { ++timeouts; }

    pool_usage last;
    std::size_t most_waiting = 0;
    std::size_t most_open = 0;
    int timeouts = 0;
};

asio::awaitable<void> note_when_done(
    world& w, std::string body, std::vector<std::string>& done, std::chrono::milliseconds limit = 5s
) {
    const exchange_outcome outcome = co_await w.send(body, limit);
    done.push_back(outcome.response.body);
}

TEST(HttpClient, QueuesRequestsForItsFewConnections) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        client_settings settings;
        settings.connections = 1;
        world w(loop, echo, settings);
        std::vector<std::string> done;
        base::task_group group(loop, [](const std::exception& e) { ADD_FAILURE() << e.what(); });
        const std::vector<std::string> bodies = {"1", "2", "3", "4"};
        for (const std::string& body : bodies) {
            group.spawn(note_when_done(w, body, done));
        }
        co_await group.wait_empty(clock::now() + 5s);
        EXPECT_EQ(done, bodies);
        EXPECT_EQ(w.server.connections(), 1);
        co_await w.end();
    });
}

asio::awaitable<void> echo_slowly(byte_stream& stream, int) {
    request_reader reader(stream);
    for (;;) {
        auto got = co_await reader.read({});
        const auto* request = std::get_if<http_request>(&got);
        if (request == nullptr) {
            co_return;
        }
        asio::steady_timer slow(co_await asio::this_coro::executor, 100ms);
        co_await slow.async_wait(asio::use_awaitable);
        http_response response;
        response.body = request->body;
        co_await write_response(stream, response);
    }
}

// Of eight requests for one connection the last waits longer than its limit.
TEST(HttpClient, CountsNoWaitForAConnectionAgainstTheLimit) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        client_settings settings;
        settings.connections = 1;
        settings.acquire_timeout = 10s;
        world w(loop, echo_slowly, settings);
        std::vector<std::string> done;
        base::task_group group(loop, [](const std::exception& e) { ADD_FAILURE() << e.what(); });
        const std::vector<std::string> bodies = {"1", "2", "3", "4", "5", "6", "7", "8"};
        for (const std::string& body : bodies) {
            group.spawn(note_when_done(w, body, done, 700ms));
        }
        co_await group.wait_empty(clock::now() + 20s);
        EXPECT_EQ(done, bodies);
        co_await w.end();
    });
}

TEST(HttpClient, ReportsTheUseOfItsConnectionsToItsProbe) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        client_settings settings;
        settings.connections = 2;
        recording_pool_probe probe;
        world w(loop, echo, settings, &probe);
        std::vector<std::string> done;
        base::task_group group(loop, [](const std::exception& e) { ADD_FAILURE() << e.what(); });
        for (const std::string body : {"1", "2", "3"}) {
            group.spawn(note_when_done(w, body, done));
        }
        co_await group.wait_empty(clock::now() + 5s);
        EXPECT_EQ(probe.most_open, 2u);
        EXPECT_EQ(probe.most_waiting, 1u);
        EXPECT_EQ(probe.last.open, 2u);
        EXPECT_EQ(probe.last.idle, 2u);
        EXPECT_EQ(probe.last.waiting, 0u);
        co_await w.end();
        EXPECT_EQ(probe.last.open, 0u);
        EXPECT_EQ(probe.last.idle, 0u);
        EXPECT_EQ(probe.timeouts, 0);
    });
}

TEST(HttpClient, ReportsARequestWithoutAConnectionInTimeAsNotSent) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        client_settings settings;
        settings.connections = 1;
        settings.acquire_timeout = 50ms;
        recording_pool_probe probe;
        world w(loop, silent_first_then_echo, settings, &probe);
        std::vector<std::string> done;
        base::task_group group(loop, [](const std::exception& e) { ADD_FAILURE() << e.what(); });
        group.spawn(note_when_done(w, "holds the connection", done));
        co_await asio::post(asio::use_awaitable);

        const exchange_outcome outcome = co_await w.send("waits");
        EXPECT_EQ(outcome.phase, send_phase::not_sent);
        EXPECT_TRUE(outcome.pool_exhausted);
        EXPECT_EQ(outcome.error, asio::error::timed_out);
        EXPECT_NE(outcome.detail.find("became free"), std::string::npos);
        EXPECT_EQ(probe.timeouts, 1);
        EXPECT_EQ(probe.last.waiting, 0u);

        co_await w.server.stop();
        co_await group.wait_empty(clock::now() + 5s);
        EXPECT_EQ(w.client->open_connections(), 0u);

        world back(loop, echo);
        co_await back.expect_normal_exchange();
        co_await back.end();
    });
}

TEST(HttpClient, LetsTheNextWaiterOpenAConnectionWhenOneBreaks) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        client_settings settings;
        settings.connections = 1;
        world w(loop, reset_first_then_echo, settings);
        std::vector<std::string> done;
        base::task_group group(loop, [](const std::exception& e) { ADD_FAILURE() << e.what(); });
        group.spawn(note_when_done(w, "broken", done));
        group.spawn(note_when_done(w, "next", done));
        co_await group.wait_empty(clock::now() + 5s);
        EXPECT_EQ(done, (std::vector<std::string>{"", "next"}));
        EXPECT_EQ(w.server.connections(), 2);
        co_await w.end();
    });
}

}  // namespace
}  // namespace gateway::net
