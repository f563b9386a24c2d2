#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "net/byte_stream.hpp"

struct ssl_ctx_st;

namespace gateway::net {

// Whom a client trusts: TLS 1.2 or later, certificates and names always verified. Remembers its
// sessions, so that the next connection to the same peer resumes one. A value; copies share it.
class tls_client_context {
public:
    // `ca_file`: PEM certificates; empty for the system's. Throws `std::runtime_error` naming a
    // file it can't use.
    explicit tls_client_context(const std::string& ca_file);

    // How many certificates of a CA were in the file (those of the system are found when needed).
    std::size_t authorities() const noexcept;
    ssl_ctx_st* native() const noexcept { return context_.get(); }

private:
    std::shared_ptr<ssl_ctx_st> context_;
};

struct tls_result {
    error_code error;
    std::string reason;  // what is wrong with the peer's certificate, if that is what failed
    stream_ptr stream;   // set unless error
};

// Shakes hands over `plain`, within its deadline, with whoever proves to be `host` (a name, sent as
// SNI, or a literal address). The stream that comes out keeps the deadline.
asio::awaitable<tls_result> connect_tls(
    stream_ptr plain, tls_client_context context, std::string host
);

}  // namespace gateway::net
