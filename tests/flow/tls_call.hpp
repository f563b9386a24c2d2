#pragma once

#include <memory>
#include <string>

#include "http_call.hpp"

namespace gateway::flow {

// How a client speaks TLS with the gateway; PEM texts.
struct tls_manners {
    std::string trusted;  // the CA of the gateway's certificate, whose name must be "gateway.test"
    std::string certificate;  // the client's own; empty: it shows none
    std::string key;
};

// One connection over TLS to 127.0.0.1, blocking, ten seconds for each step.
class tls_connection {
public:
    tls_connection(std::uint16_t port, const tls_manners& how);
    ~tls_connection();
    tls_connection(const tls_connection&) = delete;

    // Status 0: no handshake, or no answer.
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
