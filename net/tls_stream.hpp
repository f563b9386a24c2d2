#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "net/byte_stream.hpp"

struct ssl_ctx_st;

namespace gateway::net {

// The certificates that a client trusts. TLS 1.2 or later; certificates and names are always
// verified. Caches its sessions, so that the next connection to the same peer resumes one. A value;
// copies share their state.
class tls_client_context {
public:
    // `ca_file`: PEM certificates; empty for the system's. Throws `std::runtime_error` with the
    // file's name if it cannot be used.
    explicit tls_client_context(const std::string& ca_file);

    // Number of CA certificates in the file (those of the system are loaded when needed).
    std::size_t authorities() const noexcept;
    ssl_ctx_st* native() const noexcept { return context_.get(); }

private:
    std::shared_ptr<ssl_ctx_st> context_;
};

struct tls_result {
    error_code error;
    std::string reason;  // the fault of the peer's certificate, if that was the cause
    stream_ptr stream;   // set unless error
};

// Performs the handshake over `plain` within its deadline. The peer must prove to be `host` (a
// name, sent as SNI, or an address). The new stream keeps the deadline.
asio::awaitable<tls_result> connect_tls(
    stream_ptr plain, tls_client_context context, std::string host
);

}  // namespace gateway::net
