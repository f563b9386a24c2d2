#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "net/byte_stream.hpp"
#include "net/http_message.hpp"
#include "net/probes.hpp"
#include "net/proxy_tunnel.hpp"
#include "net/tls_stream.hpp"

namespace gateway::net {

// How far an exchange got. The difference between the first two decides whether another attempt may
// redeem twice (docs/redemption-rules.md, Phases and verdicts).
enum class send_phase {
    not_sent,    // no byte of the request was accepted by a socket: name, connect,
                 // proxy, TLS, no free connection, no time
    maybe_sent,  // at least one byte went out and no complete answer came back
    answered,    // a complete answer is here
};

struct exchange_outcome {
    send_phase phase = send_phase::not_sent;
    error_code error;    // set unless answered
    std::string detail;  // one sentence: the step that failed, and the peer
    // No connection of the pool became free in time, which says nothing about the peer.
    bool pool_exhausted = false;
    // exchange_options::send_by had passed, which says nothing about the peer.
    bool too_late = false;
    // The proxy wants other credentials (407), which says nothing about the peer either.
    bool proxy_denied = false;
    steady_time begun{};     // when the limit began to count; only of an exchange with a connection
    http_response response;  // when answered
};

// The address of a platform gateway, parsed from its URL.
struct origin {
    bool tls = false;
    std::string host;
    std::uint16_t port = 0;
    std::string target;  // path (and query) of the gateway URL

    std::string authority() const;      // the Host header's value
    std::string host_and_port() const;  // with the port even if it is the usual one
};

struct client_settings {
    std::size_t connections = 32;
    std::chrono::milliseconds acquire_timeout{3'000};  // for a connection of the pool
    std::chrono::milliseconds connect_timeout{3'000};  // name, TCP, proxy and TLS together
    std::chrono::milliseconds idle_timeout{15'000};    // of a connection between two requests
    // How long the kernel may go on sending bytes that the peer does not acknowledge.
    std::chrono::milliseconds unacknowledged_timeout{10'000};
    std::size_t response_header_bytes = 32 * 1024;
    std::size_t response_body_bytes = 1024 * 1024;
    std::string ca_file;  // trusted until replace_trust(); empty: the system's certificates
    // Its name is resolved instead of the origin's, which only the proxy needs to know.
    std::optional<proxy_address> proxy{};
};

// The settings of one request beside its bytes.
struct exchange_options {
    // For connect, write and read, from when a connection was acquired: the wait for one says
    // nothing about the peer and has its own timeout.
    std::chrono::milliseconds limit{10'000};
    // The request must not be sent twice: no connection that the server may be about to close, or
    // on which an answer to another request may still arrive.
    bool once = false;
    // Until when the first byte may leave (base::since_boot), asked right before it does; empty:
    // any time.
    std::function<std::chrono::nanoseconds()> send_by{};
};

// HTTP/1.1 client for one origin, reached directly or through a proxy's tunnels, with a bounded
// connection pool. Connections close unless the
// exchange proved them reusable. Certificates and names are always verified. Loop thread only. No
// fault of the network is thrown.
class http_client {
public:
    virtual ~http_client() = default;
    // An empty `request.target` stands for the origin's. Adds Host, Content-Length and Connection.
    virtual asio::awaitable<exchange_outcome> exchange(
        const http_request& request, const exchange_options& options
    ) = 0;
    virtual std::size_t open_connections() const noexcept = 0;
    // Closes idle connections; the others finish their requests.
    virtual void close_idle() noexcept = 0;
    // Connections opened from now on verify against `trust`; idle ones are closed. Without effect
    // on an origin without TLS.
    virtual void replace_trust(tls_client_context trust) = 0;
    // The proxy, if there is one, gets them with the next connection ("user:password").
    virtual void replace_proxy_credentials(base::secret_text credentials) = 0;
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
