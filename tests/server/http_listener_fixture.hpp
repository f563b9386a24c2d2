#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "server/http/http_listener.hpp"
#include "tests/server/recording_probe.hpp"

namespace gateway::server {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
constexpr auto awaitable_tuple = asio::as_tuple(asio::use_awaitable);

// Answers with `size` bytes, after the gate has opened if there is one.
class body_of final : public handlers::handler {
public:
    explicit body_of(std::size_t size, asio::steady_timer* gate = nullptr)
        : size_(size), gate_(gate) {}

    awaitable<net::http_response> handle(const handlers::request_context&) override {
        if (gate_ != nullptr) {
            co_await gate_->async_wait(awaitable_tuple);
        }
        net::http_response response;
        response.body = std::string(size_, 'x');
        co_return response;
    }

private:
    std::size_t size_;
    asio::steady_timer* gate_;
};

// Answers when the caller hangs up.
class until_caller_leaves final : public handlers::handler {
public:
    awaitable<net::http_response> handle(const handlers::request_context& context) override {
        base::system_runtime time(co_await asio::this_coro::executor);
        auto& present = *context.caller_connection;
        while (!present.closed()) {
            co_await present.changed().wait_until(time, base::steady_time::max());
        }
        net::http_response response;
        response.body = "as it stands";
        co_return response;
    }
};

// A listener on loopback, its sessions, and clients with plain sockets, on one loop.
class HttpListener : public testing::Test {
protected:
    // Serves with these limits while `script` runs; fails if a task is left afterwards.
    void play(
        const config::server_settings& limits, std::function<awaitable<void>(http_listener&)> script
    ) {
        std::vector<route> routes;
        routes.push_back({"GET", "/quick", {}, std::make_unique<body_of>(2)});
        routes.push_back({"GET", "/long-poll", {}, std::make_unique<until_caller_leaves>()});
        routes.push_back({"GET", "/huge", {}, std::make_unique<body_of>(32 * 1024 * 1024)});
        routes.push_back({"GET", "/held", {}, std::make_unique<body_of>(4, &gate_)});
        routes.push_back(
            {"GET",
             "/narrow",
             {},
             std::make_unique<body_of>(4, &gate_),
             std::make_unique<base::async_semaphore>(1, 1)}
        );
        const router table(std::move(routes));
        authenticator open_access({});
        const endpoint where{"api", table, open_access, probe_};
        base::task_group tasks(loop_.get_executor(), [](const auto& e) {
            ADD_FAILURE() << e.what();
        });
        config::listener_settings loopback;
        loopback.address = "127.0.0.1";
        http_listener listener(loop_.get_executor(), where, limits, loopback, tasks);
        port_ = listener.port();
        tasks.spawn(listener.run());
        tasks.spawn(script(listener));
        loop_.restart();
        loop_.run_for(std::chrono::seconds(20));
        EXPECT_EQ(tasks.size(), 0U) << "a task is still running";
        if (tasks.size() > 0) {
            listener.close_all();
            gate_.cancel();
            loop_.restart();
            loop_.run_for(std::chrono::seconds(5));
        }
    }

    awaitable<tcp::socket> connect() {
        tcp::socket socket(loop_);
        const tcp::endpoint to(asio::ip::address_v4::loopback(), port_);
        co_await socket.async_connect(to, asio::use_awaitable);
        co_return socket;
    }
    static awaitable<void> send(tcp::socket& socket, std::string text) {
        co_await asio::async_write(socket, asio::buffer(text), asio::use_awaitable);
    }
    static awaitable<void> ask(tcp::socket& socket, std::string path) {
        std::string request = "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
        co_await asio::async_write(socket, asio::buffer(request), asio::use_awaitable);
    }
    // The next bytes; "closed" or "reset" when there are none.
    static awaitable<std::string> next(tcp::socket& socket) {
        std::string got(4096, '\0');
        const auto [error, count] =
            co_await socket.async_read_some(asio::buffer(got), awaitable_tuple);
        if (error) {
            co_return error == asio::error::eof ? "closed" : "reset";
        }
        got.resize(count);
        co_return got;
    }
    static awaitable<std::string> get(tcp::socket& socket, std::string path) {
        co_await ask(socket, std::move(path));
        const auto answer = co_await next(socket);
        co_return answer;
    }
    awaitable<void> expect_newcomer_is_served() {
        auto newcomer = co_await connect();
        const auto answer = co_await get(newcomer, "/quick");
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer;
    }
    // Repeats a request until it is refused: the kernel decides which of two is read first.
    static awaitable<std::string> refusal(tcp::socket& socket) {
        std::string answer;
        for (int i = 0; i < 100 && !answer.starts_with("HTTP/1.1 503"); ++i) {
            answer = co_await get(socket, "/quick");
        }
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 503")) << answer;
        co_return answer;
    }
    // From a refusal to the answer to the next request on the same connection.
    static awaitable<std::chrono::nanoseconds> time_to_next_answer(tcp::socket& socket) {
        co_await refusal(socket);
        const auto refused_at = std::chrono::steady_clock::now();
        co_await get(socket, "/quick");
        co_return std::chrono::steady_clock::now() - refused_at;
    }
    // Until the listener's side has got that far.
    awaitable<void> until(std::function<bool()> done) {
        asio::steady_timer pause(loop_);
        for (int i = 0; i < 5000 && !done(); ++i) {
            pause.expires_after(std::chrono::milliseconds(1));
            co_await pause.async_wait(awaitable_tuple);
        }
        EXPECT_TRUE(done());
    }
    std::ptrdiff_t reported(const std::string& line) const {
        return std::count(probe_.lines.begin(), probe_.lines.end(), line);
    }

    asio::io_context loop_{1};
    asio::steady_timer gate_{loop_, std::chrono::steady_clock::time_point::max()};
    support::recording_probe probe_;
    std::uint16_t port_ = 0;
};

inline config::server_settings with_connections(std::size_t count) {
    config::server_settings out;
    out.max_connections = count;
    return out;
}

inline config::server_settings with_in_flight(std::size_t count) {
    config::server_settings out;
    out.max_in_flight = count;
    return out;
}

}  // namespace gateway::server
