#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <optional>

#include "net/byte_stream.hpp"
#include "net/http_server.hpp"
#include "net/tls_server.hpp"
#include "server/http/connections.hpp"
#include "server/http/dispatch.hpp"

namespace gateway::server {

struct session_limits {
    net::request_limits request;
    std::chrono::milliseconds write{30'000};  // for one answer to be taken
    std::size_t requests = 10'000;            // on one connection
};

// The context of a connection's TLS handshake; its arithmetic runs on `workers`, which outlive
// the session.
struct tls_entry {
    net::tls_server_context context;
    base::worker_pool* workers = nullptr;
};

// One connection from its first byte to its close: a handshake where there is TLS, then read,
// dispatch, write, again. Pipelined requests are answered in order, the next is not read before the
// last is answered; input that isn't HTTP gets a problem and a close. Never cancels what a request
// has begun. A connection that is slow to take its answer may be evicted.
boost::asio::awaitable<void> run_session(
    net::stream_ptr stream,
    const endpoint& where,
    session_limits limits,
    connections& all,
    request_limiter& limiter,
    std::optional<tls_entry> tls = std::nullopt
);

// Answers a connection that is one too many with 503, and closes it.
boost::asio::awaitable<void> refuse_session(net::stream_ptr stream);

}  // namespace gateway::server
