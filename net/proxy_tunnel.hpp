#pragma once

#include <cstdint>
#include <string>

#include "base/secret_text.hpp"
#include "net/byte_stream.hpp"

namespace gateway::net {

// The HTTP proxy through which an origin is reached.
struct proxy_address {
    std::string host;
    std::uint16_t port = 0;
    base::secret_text credentials;  // "user:password" for Basic; empty: none

    std::string authority() const;
};

struct tunnel_result {
    error_code error;     // set unless the tunnel stands
    std::string detail;   // with error: what went wrong, without the proxy's name
    unsigned status = 0;  // of the proxy's answer, if a complete one came
};

// Asks the proxy at the other end of `plain`, within its deadline, for a tunnel to `target`
// ("name:port", RFC 9110 §9.3.6). Without error the stream ends at the target from then on, and no
// byte of the target has been read.
asio::awaitable<tunnel_result> open_tunnel(
    byte_stream& plain, std::string target, base::secret_text credentials
);

}  // namespace gateway::net
