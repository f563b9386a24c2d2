#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>

#include "net/http_message.hpp"
#include "server/http/authenticator.hpp"
#include "server/http/http_probe.hpp"
#include "server/http/request_limiter.hpp"
#include "server/http/router.hpp"

namespace gateway::server {

// The services of one listener; everything outlives its sessions.
struct endpoint {
    base::fixed_text name;  // "api", "admin"
    const router& routes;
    server::authenticator& authenticator;
    http_probe& probe;
};

// authenticate → the caller's rate → role → the header of a POST → a permit of `limiter` → handle.
// Every outcome is a response; an exception of a handler is a 500 and reported to the probe; HEAD
// is answered like GET, the writer leaves the body out. `peer`: the names in the connection's
// certificate; `present`: whether it is still there.
boost::asio::awaitable<net::http_response> dispatch(
    const endpoint& where,
    request_limiter& limiter,
    const net::http_request& request,
    const net::peer_names& peer = {},
    redemption::caller_connection* present = nullptr
);

}  // namespace gateway::server
