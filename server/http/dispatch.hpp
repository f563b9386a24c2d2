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

// What stands behind one listener; everything outlives its sessions.
struct endpoint {
    std::string_view name;  // "api", "admin"
    const router& routes;
    callers& who;
    http_probe& probe;
};

// authenticate → the caller's rate → route → a turn among `turns` → handle. Every outcome is a
// response, a handler's exception a 500 that is told to the probe; HEAD is answered like GET, the
// body is left out by the writer. `peer`: whom the connection's certificate names; `present`:
// whether it is still there.
boost::asio::awaitable<net::http_response> dispatch(
    const endpoint& where,
    in_flight& turns,
    const net::http_request& request,
    const net::peer_names& peer = {},
    redemption::presence* present = nullptr
);

// The trace id of a `traceparent` field (W3C Trace Context §3.2.2), or nothing.
std::string_view trace_id(std::string_view traceparent) noexcept;

}  // namespace gateway::server
