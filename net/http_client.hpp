#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "net/byte_stream.hpp"
#include "net/http_message.hpp"
#include "net/probes.hpp"
#include "net/tls_stream.hpp"

namespace gateway::net {

// How far an exchange got. The difference between the first two decides whether
// sending again can double a redemption (contract §4).
enum class send_phase {
    not_sent,    // no byte of the request was accepted by a socket: name, connect,
                 // TLS, no free connection, no time
    maybe_sent,  // at least one byte went out and no complete answer came back
    answered,    // a complete answer is here
};

struct exchange_outcome {
    send_phase phase = send_phase::not_sent;
    error_code error;    // set unless answered
    std::string detail;  // one sentence: what was being done when it failed, to whom
    // No connection of our own became free in time: it says nothing about the peer.
    bool crowded = false;
    steady_time begun{};     // when the limit began to count; of an exchange that had a connection
    http_response response;  // when answered
};

// Where a platform gateway lives, parsed from its URL.
struct origin {
    bool tls = false;
    std::string host;
    std::uint16_t port = 0;
    std::string target;  // path (and query) of the gateway URL

    std::string authority() const;  // the Host header's value
};

struct client_settings {
    std::size_t connections = 32;
    std::chrono::milliseconds line{3'000};     // for one of them to become free
    std::chrono::milliseconds connect{3'000};  // name, TCP and TLS together
    std::chrono::milliseconds idle{15'000};  // an idle connection older than this is not used again
    std::size_t response_header_bytes = 32 * 1024;
    std::size_t response_body_bytes = 1024 * 1024;
    std::string ca_file;  // whom it trusts at first; empty: the system's
};

// What one request needs beside its bytes.
struct exchange_options {
    // For connect, write and read, from the moment it has a connection: standing in our own line is
    // not the peer's slowness and has its own limit.
    std::chrono::milliseconds limit{10'000};
    bool prefer_fresh = false;  // a request that must not be sent twice does not
                                // ride on an old idle connection
};

// HTTP/1.1 client for one origin with a bounded connection pool. Connections
// close unless the exchange proved them reusable. Verifies TLS certificates and
// names always. Loop thread only. Never throws for what the network does.
class http_client {
public:
    virtual ~http_client() = default;
    // `request.target` empty: the origin's. Adds Host, Content-Length,
    // Connection.
    virtual asio::awaitable<exchange_outcome> exchange(
        const http_request& request, const exchange_options& options
    ) = 0;
    virtual std::size_t open_connections() const noexcept = 0;
    // Closes idle connections; those at work finish.
    virtual void close_idle() noexcept = 0;
    // Whom connections opened from now on trust, idle ones are closed. Means nothing to an origin
    // without TLS.
    virtual void replace_trust(tls_client_context trust) = 0;
};

class resolver_cache;

// `resolver` and `probe`, which may be null, must outlive the client.
std::unique_ptr<http_client> make_http_client(
    asio::any_io_executor loop,
    resolver_cache& resolver,
    origin where,
    client_settings settings,
    pool_probe* probe = nullptr
);

}  // namespace gateway::net
