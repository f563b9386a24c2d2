#pragma once

#include <boost/asio/ip/tcp.hpp>

#include "net/byte_stream.hpp"

namespace gateway::net {

// Wraps a connected socket; sets TCP_NODELAY and non-blocking mode.
stream_ptr make_tcp_stream(asio::ip::tcp::socket socket);

struct connect_result {
    error_code error;
    stream_ptr stream;  // set unless error
};

// Connects to one endpoint; `asio::error::timed_out` past the deadline, which stays set on the
// stream. The kernel gives up bytes that the peer has not acknowledged for `unacknowledged`.
asio::awaitable<connect_result> connect_tcp(
    asio::ip::tcp::endpoint to,
    steady_time deadline,
    std::chrono::milliseconds unacknowledged = std::chrono::seconds(10)
);

}  // namespace gateway::net
