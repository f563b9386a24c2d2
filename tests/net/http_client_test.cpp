#include "net/http_client.hpp"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>

#include "tests/net/http_client_world.hpp"
#include "tests/support/run_coro.hpp"

namespace gateway::net {
namespace {

using clock = std::chrono::steady_clock;
using world = http_client_world;

asio::awaitable<void> answer_once_then_close(byte_stream& stream, int) {
    co_await swallow(stream);
    http_response response;
    response.body = "after";
    co_await write_response(stream, response);
}

TEST(HttpClient, SendsOneRequestAfterAnotherOverOneConnection) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        world w(loop, echo);
        for (const std::string body : {"one", "two", "three"}) {
            const exchange_outcome outcome = co_await w.send(body);
            EXPECT_EQ(outcome.response.body, body);
        }
        EXPECT_EQ(w.server.connections(), 1);
        EXPECT_EQ(w.client->open_connections(), 1u);
        co_await w.end();
    });
}

// The server answers with keep-alive and closes: its FIN has been received when the next request
// starts.
TEST(HttpClient, ChecksForAFinBeforeItReusesAConnection) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        world w(loop, answer_once_then_close);
        for (int i = 1; i <= 3; ++i) {
            co_await w.expect_normal_exchange();
            EXPECT_EQ(w.server.connections(), i);
            // The server's coroutine closes its end.
            for (int step = 0; step < 5; ++step) {
                co_await asio::post(asio::use_awaitable);
            }
        }
        co_await w.end();
    });
}

asio::awaitable<void> close_after_answer(byte_stream& stream, int) {
    co_await swallow(stream);
    http_response response;
    response.body = "after";
    response.keep_alive = false;
    co_await write_response(stream, response);
}

TEST(HttpClient, DoesNotKeepAConnectionThatWillBeClosed) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        world w(loop, close_after_answer);
        co_await w.expect_normal_exchange();
        EXPECT_EQ(w.client->open_connections(), 0u);
        co_await w.expect_normal_exchange();
        co_await w.end();
    });
}

TEST(HttpClient, ReportsAResetAfterTheRequestAsMaybeSent) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        world w(loop, reset_first_then_echo);
        const exchange_outcome outcome = co_await w.send("x");
        EXPECT_EQ(outcome.phase, send_phase::maybe_sent);
        EXPECT_EQ(outcome.error, asio::error::connection_reset);
        EXPECT_EQ(w.client->open_connections(), 0u);
        co_await w.expect_normal_exchange();
        co_await w.end();
    });
}

TEST(HttpClient, GivesUpAtTheDeadlineAndReportsMaybeSent) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        world w(loop, silent_first_then_echo);
        const auto start = clock::now();
        const exchange_outcome outcome = co_await w.send("x", 50ms);
        EXPECT_EQ(outcome.phase, send_phase::maybe_sent);
        EXPECT_EQ(outcome.error, asio::error::timed_out);
        EXPECT_GE(clock::now() - start, 50ms);
        co_await w.expect_normal_exchange();
        co_await w.end();
    });
}

TEST(HttpClient, ReportsARefusedConnectionAsNotSent) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        world w(loop, echo);
        const std::uint16_t port = w.server.port();
        co_await w.server.stop();
        const exchange_outcome outcome = co_await w.send("x");
        EXPECT_EQ(outcome.phase, send_phase::not_sent);
        EXPECT_EQ(outcome.error, asio::error::connection_refused);
        EXPECT_FALSE(outcome.pool_exhausted);
        EXPECT_NE(outcome.detail.find("server.test:" + std::to_string(port)), std::string::npos);
        EXPECT_EQ(w.client->open_connections(), 0u);

        world back(loop, echo);
        co_await back.expect_normal_exchange();
        co_await back.end();
    });
}

TEST(HttpClient, ReportsAnUnknownNameAsNotSent) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        fixed_resolver resolver;
        const auto client =
            make_http_client(loop, resolver, origin{false, "nowhere.test", 80, "/"}, {});
        const http_request request = post("x");
        const exchange_outcome outcome = co_await client->exchange(request, within(5s));
        EXPECT_EQ(outcome.phase, send_phase::not_sent);
        EXPECT_EQ(outcome.error, asio::error::host_not_found);
        EXPECT_NE(outcome.detail.find("looking up nowhere.test"), std::string::npos);
    });
}

TEST(HttpClient, TriesTheNextAddressWhenOneRefuses) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        world w(loop, echo);
        w.resolver.addresses = {"127.0.0.9", "127.0.0.1"};
        co_await w.expect_normal_exchange();
        co_await w.end();
    });
}

TEST(HttpClient, RefusesARequestThatWouldBecomeTwo) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        world w(loop, echo);
        http_request request = post("x");
        request.headers.add("A", "b\r\n\r\nGET / HTTP/1.1");
        const exchange_outcome outcome = co_await w.client->exchange(request, within(5s));
        EXPECT_EQ(outcome.phase, send_phase::not_sent);
        EXPECT_EQ(w.server.connections(), 0);
        co_await w.expect_normal_exchange();
        co_await w.end();
    });
}

TEST(HttpClient, ClosesAnIdleConnectionByItselfWhenItIsTooOld) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        client_settings settings;
        settings.idle_timeout = 30ms;
        bool closed_by_client = false;
        const auto watch = [&](byte_stream& stream, int number) -> asio::awaitable<void> {
            co_await echo(stream, number);
            closed_by_client = true;
        };
        world w(loop, watch, settings);
        co_await w.expect_normal_exchange();
        const auto limit = clock::now() + 5s;
        while (!closed_by_client && clock::now() < limit) {
            co_await asio::post(asio::use_awaitable);
        }
        EXPECT_TRUE(closed_by_client);
        co_await w.expect_normal_exchange();
        EXPECT_EQ(w.server.connections(), 2);
        co_await w.end();
    });
}

}  // namespace
}  // namespace gateway::net
