#pragma once

#include <memory>
#include <string>

#include "http_call.hpp"

namespace gateway::flow {

// The TLS options of a client of the gateway, as PEM texts.
struct tls_client_options {
    std::string trusted;      // the CA of the gateway's certificate, which must name "gateway.test"
    std::string certificate;  // the client's certificate; empty: none
    std::string key;
};

// One blocking TLS connection to 127.0.0.1 with ten seconds for each step.
class tls_connection {
public:
    tls_connection(std::uint16_t port, const tls_client_options& options);
    ~tls_connection();
    tls_connection(const tls_connection&) = delete;

    // Returns status 0 when the handshake failed or no answer arrived.
    answer call(
        const std::string& method,
        const std::string& target,
        const std::map<std::string, std::string>& headers = {},
        const std::string& body = {}
    );

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace gateway::flow
