#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/worker_pool.hpp"
#include "net/byte_stream.hpp"

struct ssl_ctx_st;

namespace gateway::net {

// The certificates of a listener, as PEM text.
struct tls_server_material {
    std::string_view certificate_chain;  // the listener's own certificate first
    std::string_view private_key;
    std::string_view client_ca;  // empty: no client certificate is requested
    // With `client_ca`: clients without a certificate are refused, too, not only those whose
    // certificate does not verify.
    bool client_certificate_required = false;
};

// How operators identify a certificate.
struct tls_certificate_facts {
    std::string subject;
    std::string serial;  // hexadecimal
    std::chrono::sys_seconds not_after;
};

// The server's side of TLS 1.2 and 1.3: forward secrecy and authenticated ciphers only, no
// renegotiation. A value; copies share their state, and a connection keeps the one of its
// handshake.
class tls_server_context {
public:
    // The alternative is one sentence about the fault of the material.
    static std::variant<tls_server_context, std::string> make(const tls_server_material& material);

    const tls_certificate_facts& certificate() const noexcept { return facts_; }
    ssl_ctx_st* native() const noexcept { return context_.get(); }

private:
    std::shared_ptr<ssl_ctx_st> context_;
    tls_certificate_facts facts_;
};

// The names in a client's certificate, which was verified against the listener's client CA: its DNS
// names, or its common name if it has none (RFC 6125 §6.4.4). Empty without a certificate.
using peer_names = std::vector<std::string>;

struct tls_accepted {
    error_code error;
    stream_ptr stream;  // set unless error
    peer_names peer;
};

// Performs the handshake over `plain` within its deadline, which the new stream keeps. A silent
// peer costs no TLS state. The computations run on `workers`, so that a flood of handshakes does
// not delay the loop; `try_again` if their queue is full. Until it ends only close() of `plain` may
// be called.
asio::awaitable<tls_accepted> accept_tls(
    stream_ptr plain, tls_server_context context, base::worker_pool& workers
);

}  // namespace gateway::net
