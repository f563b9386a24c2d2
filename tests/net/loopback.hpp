#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/task_group.hpp"
#include "net/http_client.hpp"
#include "net/listener.hpp"
#include "net/resolver_cache.hpp"

// Real sockets on the loopback address, for tests that a scripted stream cannot serve.

namespace gateway::net {

struct stream_pair {
    stream_ptr server;
    stream_ptr client;
};

// Two ends of one TCP connection.
asio::awaitable<stream_pair> connected_pair(asio::any_io_executor loop);

// Serves each connection with `behaviour(stream, number)`, numbers counted from 1; failures of a
// behaviour fail the test. stop() must be awaited before its destruction.
class loopback_server {
public:
    using behaviour = std::function<asio::awaitable<void>(byte_stream&, int)>;

    loopback_server(asio::any_io_executor loop, behaviour serve);

    std::uint16_t port() const noexcept { return listener_.port(); }
    int connections() const noexcept { return connections_; }
    asio::awaitable<void> stop();

private:
    asio::awaitable<void> serve_one(stream_ptr stream, int number);
    void accepted(stream_ptr stream);

    listener listener_;
    behaviour serve_;
    base::task_group tasks_;
    std::map<int, byte_stream*> open_;
    int connections_ = 0;
};

// Answers every request with 200 and the request's body, until the client closes.
asio::awaitable<void> echo(byte_stream& stream, int number);
// Reads one whole request without an answer.
asio::awaitable<void> swallow(byte_stream& stream);

// Resolves only "server.test", to the given addresses.
class fixed_resolver final : public resolver_cache {
public:
    std::vector<std::string> addresses = {"127.0.0.1"};
    asio::awaitable<resolve_result> resolve(
        const std::string& host, std::uint16_t port, steady_time deadline
    ) override;
};

}  // namespace gateway::net
