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

// What a listener shows and asks for, as PEM text.
struct tls_server_material {
    std::string_view certificate_chain;  // the listener's own first
    std::string_view private_key;
    std::string_view client_ca;  // empty: no client certificates are asked for
    // With `client_ca`: nobody comes in without a certificate it vouches for. Otherwise one may
    // come without, but not with a bad one.
    bool client_certificate_required = false;
};

// A certificate as operators know it.
struct tls_certificate_facts {
    std::string subject;
    std::string serial;  // hexadecimal
    std::chrono::sys_seconds not_after;
};

// The server's side of TLS 1.2 and 1.3: forward secrecy and authenticated ciphers only, no
// renegotiation. A value; copies share it, a connection keeps the one it began with.
class tls_server_context {
public:
    // The alternative is one sentence on what is wrong with the material.
    static std::variant<tls_server_context, std::string> make(const tls_server_material& material);

    const tls_certificate_facts& certificate() const noexcept { return facts_; }
    ssl_ctx_st* native() const noexcept { return context_.get(); }

private:
    std::shared_ptr<ssl_ctx_st> context_;
    tls_certificate_facts facts_;
};

// Whom a client's certificate, checked against the listener's client CA, names: its DNS names, or
// its common name if it has none (RFC 6125 §6.4.4). Empty without a certificate.
using peer_names = std::vector<std::string>;

struct tls_accepted {
    error_code error;
    stream_ptr stream;  // set unless error
    peer_names peer;
};

// Shakes hands over `plain`, within its deadline; the stream that comes out keeps the deadline. A
// peer that says nothing costs no TLS state. The handshake's arithmetic runs on `workers`, so that
// a flood of them delays nobody on the loop; `try_again` if too many wait there. While this runs
// nothing but plain's close() may be called.
asio::awaitable<tls_accepted> accept_tls(
    stream_ptr plain, tls_server_context context, base::worker_pool& workers
);

}  // namespace gateway::net
