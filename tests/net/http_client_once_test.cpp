// A request that goes out once takes a connection on which no stray answer can be left.

#include <gtest/gtest.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>
#include <utility>
#include <variant>

#include "tests/net/http_client_world.hpp"
#include "tests/support/run_coro.hpp"

namespace gateway::net {
namespace {

using world = http_client_world;

// As a proxy in front of the platform that has retried does.
asio::awaitable<void> answer_twice(byte_stream& stream, int number) {
    request_reader reader(stream);
    for (;;) {
        auto got = co_await reader.read({});
        const auto* request = std::get_if<http_request>(&got);
        if (request == nullptr) {
            co_return;
        }
        http_response response;
        response.body = request->body;
        co_await write_response(stream, response);
        if (number == 1) {
            asio::steady_timer soon(co_await asio::this_coro::executor, 5ms);
            co_await soon.async_wait(asio::use_awaitable);
            response.body = "again";
            co_await write_response(stream, response);
        }
    }
}

asio::awaitable<void> pause(std::chrono::milliseconds time) {
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(asio::use_awaitable);
}

// The second answer is not that of the next request, however soon or late that goes out.
TEST(HttpClient, TakesNoSecondAnswerForThatOfARequestThatGoesOutOnce) {
    const std::pair<std::size_t, std::chrono::milliseconds> rows[] = {
        {32, 0ms}, {32, 2ms}, {32, 10ms}, {32, 200ms}, {1, 0ms}, {1, 10ms}, {1, 200ms}
    };
    for (const auto& [connections, wait] : rows) {
        SCOPED_TRACE(std::to_string(connections) + ", " + std::to_string(wait.count()));
        support::run_coro([&](asio::any_io_executor loop) -> asio::awaitable<void> {
            client_settings settings;
            settings.connections = connections;
            world w(loop, answer_twice, settings);
            exchange_options once = within(5s);
            once.once = true;
            const http_request first = post("first");
            const http_request second = post("second");
            const auto got = co_await w.client->exchange(first, once);
            EXPECT_EQ(got.response.body, "first");
            co_await pause(wait);
            const auto next = co_await w.client->exchange(second, once);
            EXPECT_EQ(next.response.body, "second");
            EXPECT_EQ(w.server.connections(), 2);
            co_await pause(20ms);
            co_await w.end();
        });
    }
}

TEST(HttpClient, ReusesASettledConnectionForARequestThatGoesOutOnce) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        world w(loop, echo);
        exchange_options once = within(5s);
        once.once = true;
        for (const std::string body : {"1", "2", "3"}) {
            const http_request request = post(body);
            const auto got = co_await w.client->exchange(request, once);
            EXPECT_EQ(got.response.body, body);
            co_await pause(150ms);
        }
        EXPECT_EQ(w.server.connections(), 1);
        co_await w.end();
    });
}

}  // namespace
}  // namespace gateway::net
