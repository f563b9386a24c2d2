#include "net/http_client.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "net/http_server.hpp"
#include "tests/net/loopback.hpp"
#include "tests/support/run_coro.hpp"

namespace gateway::net {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

http_request post(std::string body) {
    http_request request;
    request.method = "POST";
    request.body = std::move(body);
    return request;
}

exchange_options within(std::chrono::milliseconds time) {
    exchange_options options;
    options.limit = time;
    return options;
}

// A server with the given behaviour and its client.
struct world {
    world(
        asio::any_io_executor executor,
        loopback_server::behaviour serve,
        client_settings settings = {},
        pool_probe* probe = nullptr
    )
        : loop(executor),
          server(loop, std::move(serve)),
          client(make_http_client(
              loop, resolver, origin{false, "server.test", server.port(), "/"}, settings, probe
          )) {}

    asio::awaitable<exchange_outcome> send(std::string body, std::chrono::milliseconds time = 5s) {
        const http_request request = post(std::move(body));
        exchange_outcome outcome = co_await client->exchange(request, within(time));
        co_return outcome;
    }
    // A fault must leave the client fit for the next request.
    asio::awaitable<void> expect_normal_exchange() {
        const exchange_outcome outcome = co_await send("after");
        EXPECT_EQ(outcome.phase, send_phase::answered) << outcome.detail;
        EXPECT_EQ(outcome.response.body, "after");
    }
    asio::awaitable<void> end() {
        client->close_idle();
        EXPECT_EQ(client->open_connections(), 0u);
        co_await server.stop();
    }

    asio::any_io_executor loop;
    fixed_resolver resolver;
    loopback_server server;
    std::unique_ptr<http_client> client;
};

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

asio::awaitable<void> reset_first_then_echo(byte_stream& stream, int number) {
    if (number > 1) {
        co_await echo(stream, number);
        co_return;
    }
    co_await swallow(stream);
    stream.reset();
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

asio::awaitable<void> silent_first_then_echo(byte_stream& stream, int number) {
    if (number > 1) {
        co_await echo(stream, number);
        co_return;
    }
    co_await swallow(stream);
    // Until the client closes.
    char byte = 0;
    co_await stream.read_some(asio::buffer(&byte, 1));
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
