#include "tests/net/loopback.hpp"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>
#include <variant>

#include "net/http_server.hpp"
#include "net/tcp_stream.hpp"

namespace gateway::net {

using asio::ip::tcp;

asio::awaitable<stream_pair> connected_pair(asio::any_io_executor loop) {
    tcp::acceptor acceptor(loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    tcp::socket client(loop);
    client.connect(acceptor.local_endpoint());
    tcp::socket server = co_await acceptor.async_accept(asio::use_awaitable);
    stream_pair pair;
    pair.server = make_tcp_stream(std::move(server));
    pair.client = make_tcp_stream(std::move(client));
    co_return pair;
}

loopback_server::loopback_server(asio::any_io_executor loop, behaviour serve)
    : listener_(loop, {"127.0.0.1", 0}),
      serve_(std::move(serve)),
      tasks_(loop, [](const std::exception& e) { ADD_FAILURE() << "server: " << e.what(); }) {
    tasks_.spawn(listener_.run([this](stream_ptr stream) { accepted(std::move(stream)); }));
}

void loopback_server::accepted(stream_ptr stream) {
    ++connections_;
    tasks_.spawn(serve_one(std::move(stream), connections_));
}

asio::awaitable<void> loopback_server::serve_one(stream_ptr stream, int number) {
    open_.emplace(number, stream.get());
    co_await serve_(*stream, number);
    open_.erase(number);
    stream->close();
}

asio::awaitable<void> loopback_server::stop() {
    listener_.stop();
    for (const auto& [number, stream] : open_) {
        stream->close();
    }
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    const bool empty = co_await tasks_.wait_empty(limit);
    EXPECT_TRUE(empty) << "the server is still at work";
}

asio::awaitable<void> echo(byte_stream& stream, int) {
    request_reader reader(stream);
    for (;;) {
        auto got = co_await reader.read({});
        if (std::holds_alternative<request_fault>(got)) {
            break;
        }
        http_response response;
        response.body = std::move(std::get<http_request>(got).body);
        const io_result written = co_await write_response(stream, response);
        if (written.error) {
            break;
        }
    }
}

asio::awaitable<void> swallow(byte_stream& stream) {
    request_reader reader(stream);
    const auto got = co_await reader.read({});
    EXPECT_TRUE(std::holds_alternative<http_request>(got));
}

asio::awaitable<resolve_result> fixed_resolver::resolve(
    const std::string& host, std::uint16_t port, steady_time
) {
    resolve_result result;
    if (host != "server.test") {
        result.error = asio::error::host_not_found;
        co_return result;
    }
    for (const std::string& address : addresses) {
        result.endpoints.emplace_back(asio::ip::make_address(address), port);
    }
    co_return result;
}

}  // namespace gateway::net
