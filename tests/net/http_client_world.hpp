#pragma once

#include <gtest/gtest.h>

#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "net/http_client.hpp"
#include "net/http_server.hpp"
#include "tests/net/loopback.hpp"

namespace gateway::net {

using namespace std::chrono_literals;

inline http_request post(std::string body) {
    http_request request;
    request.method = "POST";
    request.body = std::move(body);
    return request;
}

inline exchange_options within(std::chrono::milliseconds time) {
    exchange_options options;
    options.limit = time;
    return options;
}

// A server with the given behaviour and its client.
struct http_client_world {
    http_client_world(
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

inline asio::awaitable<void> reset_first_then_echo(byte_stream& stream, int number) {
    if (number > 1) {
        co_await echo(stream, number);
        co_return;
    }
    co_await swallow(stream);
    stream.reset();
}

inline asio::awaitable<void> silent_first_then_echo(byte_stream& stream, int number) {
    if (number > 1) {
        co_await echo(stream, number);
        co_return;
    }
    co_await swallow(stream);
    // Until the client closes.
    char byte = 0;
    co_await stream.read_some(asio::buffer(&byte, 1));
}

}  // namespace gateway::net
