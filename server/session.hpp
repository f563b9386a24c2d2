#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>

#include "net/byte_stream.hpp"
#include "net/http_server.hpp"
#include "server/connections.hpp"
#include "server/dispatch.hpp"

namespace gateway::server {

struct session_limits {
    net::request_limits request;
    std::chrono::milliseconds write{30'000};  // for one answer to be taken
};

// One connection from its first byte to its close: read, dispatch, write, again. Pipelined requests
// are answered in order, the next is not read before the last is answered; what isn't HTTP gets its
// problem and a close. Never cancels what a request has begun.
boost::asio::awaitable<void> run_session(
    net::stream_ptr stream, const endpoint& where, session_limits limits, connections& all
);

// Tells a connection too many that it is one, and closes it.
boost::asio::awaitable<void> refuse_session(net::stream_ptr stream);

}  // namespace gateway::server
